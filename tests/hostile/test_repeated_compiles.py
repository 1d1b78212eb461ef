"""Compiles in processes of their own: killed at any moment OUT is wholly old or wholly new, and bytes repeat.

SPIKEC_KILLS and SPIKEC_RUNS set how often (200 and 20 for a release).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from spikec.compiler.output.manifest import TIMED
from spikec.compiler.output.store import read

from ..effort import THOROUGH

CORPUS = Path(__file__).parents[1] / "corpus"
SMALL = ("norse_mlp_digits_lifbox.nir", "norse.LIFBox", "0.001")
SEVERAL_CORES = ("sj_cnn_digits_if.nir", "spikingjelly", "0.0001")
KILLS = int(os.environ.get("SPIKEC_KILLS", "2"))
RUNS = int(os.environ.get("SPIKEC_RUNS", "1" if THOROUGH else "0"))
PAIRS = tuple((seed, threads) for seed in range(5) for threads in (1, 2)) if RUNS > 1 else ((4, 1),)
DRIVER = """
import os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv.pop(1))])
from spikec.compiler.shell.cli import main
main()
"""


def started(
    net: tuple[str, str, str], out: Path, seed: int, *, threads: int = 2, hash_seed: int = 0
) -> subprocess.Popen[bytes]:
    file, dialect, dt = net
    reading = ["--dialect", dialect, "--dt", dt, "--seed", str(seed)]
    reading += ["--max-neurons-per-core", "100"] if net is SEVERAL_CORES else []
    arguments = ["compile", str(CORPUS / file), *reading, "-o", str(out)]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "OMP_NUM_THREADS": str(threads)}
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(threads), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def compiled(
    net: tuple[str, str, str], out: Path, seed: int, *, threads: int = 2, hash_seed: int = 0
) -> dict[str, bytes]:
    """What must be the same again: all but the page that shows times."""
    assert started(net, out, seed, threads=threads, hash_seed=hash_seed).wait() == 0
    return {name: data for name, data in read(out).items() if name not in TIMED}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="signals and affinity of Linux")
def test_killed_at_random_moments_of_a_compile(tmp_path: Path) -> None:
    out = tmp_path / "out"
    old = compiled(SMALL, tmp_path / "old", 1)
    start = time.perf_counter()
    new = compiled(SMALL, tmp_path / "new", 2)
    whole = time.perf_counter() - start
    assert old["stimulus.npz"] != new["stimulus.npz"]
    shutil.copytree(tmp_path / "old", out)
    draw = random.Random(7)
    replaced = 0
    for k in range(KILLS):
        child = started(SMALL, out, 2)
        # Every other kill falls into the last fifth, where the output is written.
        time.sleep(whole * (draw.uniform(0.8, 1.1) if k % 2 else draw.uniform(0.0, 0.8)))
        child.send_signal(signal.SIGKILL)
        child.wait()
        found = {name: data for name, data in read(out).items() if name not in TIMED}
        assert found in (old, new)
        if found == new:
            replaced += 1
            shutil.rmtree(out)
            shutil.copytree(tmp_path / "old", out)
    print(
        f"{KILLS} kills in {whole:.1f} s of a compile: {replaced} after the exchange, all wholly old or new"
    )
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith(".")) == ["new", "old", "out"]


@pytest.mark.skipif(not RUNS, reason="by day, tests of the command line and of the mapper repeat a compile")
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity of Linux")
def test_the_same_bytes_for_every_hash_seed_and_number_of_threads(tmp_path: Path) -> None:
    wanted = compiled(SEVERAL_CORES, tmp_path / "first", 3)
    for run in range(RUNS):
        for hash_seed, threads in PAIRS:
            out = tmp_path / f"{run}.{hash_seed}.{threads}"
            assert compiled(SEVERAL_CORES, out, 3, threads=threads, hash_seed=hash_seed) == wanted
