"""Compiles large networks for Loihi 1 from .nir to proven configurations, and says what that took.

    python -m tests.benchmarks.scale [NAME ...]            from the repository root; names of `scale_networks.NETWORKS`

Each is a process of its own: seconds of the wall clock and of the processor, and the most memory it had.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nir
import numpy as np

from .scale_networks import NETWORKS

STEPS, RATE = 10, 0.2


def measured(folder: Path, name: str) -> str:
    make, chips = NETWORKS[name]
    graph = make()
    nir.write(folder / "net.nir", graph)
    shape = tuple(graph.nodes["input"].output_type["output"].tolist())
    spikes = np.random.default_rng(1).random((STEPS, 1, *shape)) < RATE
    np.savez(folder / "x.npz", input=spikes.astype(np.uint8))
    sizes = [node.v_threshold.size for node in graph.nodes.values() if isinstance(node, nir.IF | nir.LIF)]
    what = f"| {name} | {sum(sizes):,} |"
    command = [
        *(sys.executable, "-m", "spikec", "compile", folder / "net.nir", "--stimulus", folder / "x.npz"),
        *(
            "--dialect",
            "nir.euler",
            "--dt",
            "1e-3",
            "--target",
            "loihi1",
            "--chips",
            chips,
            "-o",
            folder / "out",
        ),
    ]
    start = time.perf_counter()
    child = subprocess.Popen(
        [*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    said = "" if child.stderr is None else child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    took = f"{time.perf_counter() - start:.0f} | {used.ru_utime + used.ru_stime:.0f} | {used.ru_maxrss / (1 << 20):.1f}"
    if not (folder / "out" / "report.json").exists():
        why = next(
            (line for line in said.splitlines() if line.startswith("error[")),
            f"status {status}: {said[-200:]}",
        )
        return f"{what} | | {chips} | {why} | {took} |"
    report = json.loads((folder / "out" / "report.json").read_bytes())
    verdict = report["verdicts"]["placement"]
    proven = f"{'identical' if verdict['identical'] else 'DIFFERS'}, {verdict['dynamic']['spikes']:,} spikes"
    synapses, cores = report["network"]["synapses"], report["resources"]["cores"]
    return f"{what} {synapses:,} | {cores:,} | {chips} | {proven} | {took} |"


def main() -> None:
    print("| network | neurons | synapses | cores | chips | placement | wall, s | processor, s | GiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for name in sys.argv[1:] or NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            print(measured(Path(folder), name), flush=True)


if __name__ == "__main__":
    main()
