"""What runs fill at their peak is never more than what was estimated before.

By day nothing; SPIKEC_EXAMPLES measures processes that run networks of several shapes in float and on chips.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.prepare import read_graph
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.nir.write import image_of
from spikec.sim.run_memory import bytes_a_step
from spikec.targets import load

from ..compiler.graphs import affine, graph, integrate_and_fire, port
from ..effort import THOROUGH

MEASURED = """
import resource, sys
from spikec.compiler.shell.cli import _run
def peak(stimulus):
    sys.argv[1:] = [word.replace("STIMULUS", stimulus) for word in words]
    assert _run() == 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
few, many, *words = sys.argv[1:]
first = peak(few)
print(peak(many) - first)
"""


def layers(*sizes: int) -> RawGraph:
    random = np.random.default_rng(len(sizes))
    nodes, edges, at = {"input": port("Input", sizes[0])}, list[tuple[str, str]](), "input"
    for k, (before, n) in enumerate(pairwise(sizes)):
        nodes |= {f"w{k}": affine(random.normal(0.3, 1, (n, before))), f"n{k}": integrate_and_fire(n, 1.0)}
        edges += [(at, f"w{k}"), (f"w{k}", f"n{k}")]
        at = f"n{k}"
    return graph({**nodes, "output": port("Output", sizes[-1])}, [*edges, (at, "output")])


@pytest.mark.skipif(not THOROUGH, reason="takes some minutes")
@pytest.mark.parametrize("target", ["", "loihi1", "xylo_audio3", "ranc", "speck2f", "tinyodin"])
@pytest.mark.parametrize("sizes", [(6, 6), (40, 4), (4, 60, 4)])
def test_the_estimate_holds(tmp_path: Path, sizes: tuple[int, ...], target: str) -> None:
    raw = layers(*sizes)
    values = read_graph(raw, Options(dialect="nir.euler", dt_seconds=1.0)).ports.values
    estimate = 1 << 28
    samples = estimate // (bytes_a_step(values, load(target) if target else None) * 256)
    random = np.random.default_rng(0)
    (tmp_path / "net.nir").write_bytes(image_of(raw))
    for name, count in (("few", 2), ("many", samples)):
        spikes = (random.random((256, count, sizes[0])) < 0.05).astype(np.uint8)
        np.savez_compressed(tmp_path / f"{name}.npz", input=spikes)
    words = ["compile", "net.nir", "--target", target, "--allow-approximation", "-o", "out"]
    words = words if target else ["reference", "net.nir", "-o", "trace.npz"]
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, "few.npz", "many.npz", *words, "-q", "--dialect", "nir.euler", "--dt", "1",
         "--stimulus", "STIMULUS"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    grown = int(ran.stdout.split()[-1])
    print(target or "float", sizes, f"{grown / estimate:.2f} of the estimate")
    assert grown <= estimate
