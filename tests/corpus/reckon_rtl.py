"""Plays networks of the corpus on the public Verilog sources of ReckOn (ChFrenkel/ReckOn).

    python -m tests.corpus.reckon_rtl RTL [--networks NAME,...] [--samples 4] [--out FOLDER]

RTL is a checkout of the sources. Needs Verilator 5, which builds the bench once, in some minutes. Of each network the
first samples are played: all bytes, membranes and clocks have to be those that were computed. Then one weight that is
in use is changed in what is loaded, and the bench has to find it. The exit code is 1 where either is not so.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from spikec.compiler.pipeline import compile_graph
from spikec.targets import load
from spikec.targets.reckon.files import LOAD, decode, encode
from spikec.targets.reckon.vectors import STIMULUS
from spikec.targets.verilog_bench import BENCH

from .samples import CORPUS, network, some

NETWORKS = (
    "norse_mlp_digits_lifbox",
    "sj_mlp_digits_lif",
    "snntorch_mlp_digits_sub",
    "snntorch_rleaky_140_64_20",
    "spyx_psu_140_64_20",
    "spyx_rif_140_48_20",
)
VERILATOR = (
    "verilator --binary --timing -Wno-fatal -Wno-lint -Wno-style --x-assign 0 --x-initial 0 -O3 -CFLAGS -O1"
)


def build(rtl: Path, bench: bytes, folder: Path) -> Path:
    """The bench over these sources."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / BENCH).write_bytes(bench)
    source = rtl.resolve() / "src"
    files = [source / f"{name}.v" for name in ("reckon", "srnn", "spi_slave", "fifo")]
    files += sorted(source.glob("lfsr/*.v"))
    words = [*VERILATOR.split(), "--top-module", "testbench", "-Mdir", "obj", BENCH, *map(str, files)]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return (folder / "obj" / "Vtestbench").resolve()


def vectors(name: str, samples: int, out: Path) -> dict[str, bytes]:
    """What is loaded, played and expected, of a compiled network."""
    raw, options, stimulus = network(name)
    chosen = replace(options, target="reckon", allow_approximation=True)
    source = (CORPUS / f"{name}.nir").read_bytes()
    compile_graph(raw, chosen, stimulus=some(stimulus, samples), source=source).write(out / f"{name}.out")
    words = [sys.executable, "-m", "spikec", "vectors", str(out / f"{name}.out"), "-q"]
    subprocess.run([*words, "-o", str(out / f"{name}.vectors")], check=True, capture_output=True)
    folders = (out / f"{name}.out", out / f"{name}.vectors")
    return {file.name: file.read_bytes() for folder in folders for file in sorted(folder.iterdir())}


def with_other_weight(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """With one weight changed in what is loaded: the largest of the row that has most events."""
    chip = load("reckon")
    core = decode({name: files[name] for name in ("reckon.json", LOAD)}, chip)
    events = re.findall(rb"^00000000 ([0-9a-f]{8})$", files[STIMULUS], re.MULTILINE)
    row = int(Counter(events).most_common(1)[0][0], 16)
    weights = core.weights_in.copy()
    neuron = int(np.abs(weights[row].astype(np.int64)).argmax())
    weights[row, neuron] ^= 1 << 5
    return {**files, **encode(replace(core, weights_in=weights), chip)}


def played(bench: Path, folder: Path, files: Mapping[str, bytes]) -> str:
    """The bench's verdict on files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    ran = subprocess.run([str(bench)], cwd=folder, capture_output=True, text=True, check=False)
    return next(line for line in ran.stdout.splitlines() if line.startswith(("PASS", "FAIL")))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rtl", type=Path)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--out", type=Path, default=Path("reckon_rtl"))
    given = parser.parse_args()
    wrong, bench = 0, Path()
    for name in given.networks.split(","):
        files = vectors(name, given.samples, given.out)
        if not bench.name:
            bench = build(given.rtl, files[BENCH], given.out)
        right = played(bench, given.out / name, files)
        changed = played(bench, given.out / f"{name}_changed", with_other_weight(files))
        print(f"{name}\n  {right}\n  a weight changed: {changed}", flush=True)
        wrong += not right.startswith("PASS") or not changed.startswith("FAIL")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
