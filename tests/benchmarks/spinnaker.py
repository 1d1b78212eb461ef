"""Compiles three networks for SpiNNaker 1 and sets what that takes beside the vendor's tool chain.

    python -m tests.benchmarks.spinnaker [NAME ...]            from the repository root

Theirs: sPyNNaker 7.4.1 on a virtual board, measured on two shared cores; the source of the inputs takes a core there
too, which is in their cores and not in ours (it always runs on the core 1 of chip 0, 0).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import nir
import numpy as np
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.options import Options
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.sim.engines.synapse_list import simulate
from spikec.sim.nir.file import from_nir
from spikec.targets.spinnaker1 import neuron


@dataclass(frozen=True)
class Theirs:
    """None: not measured, or killed after 200 s."""

    cores: int
    chips: int
    entries: tuple[int, int]
    seconds: float | None


def layers(sizes: list[int], share: float = 1.0) -> nir.NIRGraph:
    """LIF layers, each connected to the next: to all of it, or to a random share."""
    random = np.random.default_rng(0)
    nodes: dict[str, Any] = {"input": nir.Input(np.array(sizes[:1]))}
    for k, (before, after) in enumerate(pairwise(sizes)):
        weight = random.normal(0.3, 1, (after, before)) / np.sqrt(share * before)
        weight[random.random(weight.shape) >= share] = 0
        ones = np.ones(after)
        nodes[f"w{k}"] = nir.Linear(weight)
        nodes[f"n{k}"] = nir.LIF(
            tau=ones * 20e-3, r=ones, v_leak=0 * ones, v_threshold=ones, v_reset=0 * ones
        )
    nodes["output"] = nir.Output(np.array(sizes[-1:]))
    names = list(nodes)
    return nir.NIRGraph(nodes=nodes, edges=list(pairwise(names)))


NETWORKS: dict[str, tuple[Callable[[], nir.NIRGraph], int, Theirs]] = {
    "700-256-20": (lambda: layers([700, 256, 20]), 256, Theirs(3, 1, (2, 2), 8.6)),
    "700-256-20, 64 a core": (lambda: layers([700, 256, 20]), 64, Theirs(6, 1, (2, 2), 9.1)),
    "4 x 1024, all to all": (lambda: layers([1024] * 4), 256, Theirs(13, 1, (3, 3), 24.7)),
    "4 x 1024, all to all, 64 a core": (lambda: layers([1024] * 4), 64, Theirs(49, 4, (7, 2), 29.3)),
    "4 x 4096, one in ten": (lambda: layers([4096] * 4, 0.1), 256, Theirs(49, 4, (7, 2), 172.9)),
    "4 x 4096, one in ten, 64 a core": (lambda: layers([4096] * 4, 0.1), 64, Theirs(193, 14, (44, 8), None)),
}


def measured(name: str) -> str:
    """A row: what was compiled, on how many cores, and seconds of each stage; theirs behind ours."""
    make, neurons, theirs = NETWORKS[name]
    options = Options(target="spinnaker1", dialect="nir.euler", dt_seconds=1e-3, max_neurons_per_core=neurons)
    raw, _ = from_nir(make())
    target = resolve_target(options)
    backend = backend_of(target)
    times = [time.perf_counter()]
    prepared = prepare(read_front(raw, options, target), options, target, None)
    times.append(time.perf_counter())
    placed = backend.place(prepared.quantized.network, target, options, {}, None)
    times.append(time.perf_counter())
    emitted = backend.emit(prepared.quantized.network, placed.placement, target)
    times.append(time.perf_counter())
    backend.machine(target, backend.read_files(target, emitted.files))
    times.append(time.perf_counter())
    resources: Any = placed.resources
    seconds = " | ".join(f"{b - a:.2f}" for a, b in pairwise(times))
    whole = times[3] - times[0]
    faster = "-" if theirs.seconds is None else f"{theirs.seconds / whole:.0f} x"
    return (
        f"| {name} | {prepared.quantized.network.synapses:,} | {resources.cores} ({theirs.cores - 1}) | "
        f"{resources.chips} ({theirs.chips}) | {resources.router_entries_total} / {resources.router_entries_most} "
        f"({theirs.entries[0]} / {theirs.entries[1]}) | {seconds} | "
        f"{whole:.2f} ({theirs.seconds or '> 200'}) | {faster} |"
    )


def simulated(sizes: list[int], rate: float, steps: int, samples: int) -> str:
    """A row: microseconds a step and sample of each engine, on the machine that the words make; all fire the same."""
    options = Options(target="spinnaker1", dialect="nir.euler", dt_seconds=1e-3)
    raw, _ = from_nir(layers(sizes))
    target = resolve_target(options)
    backend = backend_of(target)
    network = prepare(read_front(raw, options, target), options, target, None).quantized.network
    placed = backend.place(network, target, options, {}, None)
    files = backend.emit(network, placed.placement, target).files
    machine: Any = backend.machine(target, backend.read_files(target, files))
    events = (np.random.default_rng(1).random((steps, samples, sizes[0])) < rate).astype(np.uint8)
    found, columns = list[int](), list[str]()
    for engine in ("events", "jax"):
        for _ in range(2):  # the first compiles
            start = time.perf_counter()
            run = simulate(machine, neuron, target.latency, events, engine=engine)
            took = time.perf_counter() - start
        found.append(int(run.spikes.sum(dtype=np.int64)))
        columns.append(f"{took / steps / samples * 1e6:.2g}")
    assert len(set(found)) == 1
    return f"| {'-'.join(map(str, sizes))}, {rate:.0%} | {samples} | {' | '.join(columns)} | {found[0]:,} |"


def main() -> None:
    print(
        "| network | synapses | cores | chips | entries | quantise | place | write | read again | all but that | |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in sys.argv[1:] or NETWORKS:
        print(measured(name), flush=True)
    if sys.argv[1:]:
        return
    print("| machine | samples | us a step and sample: events | jax | spikes |")
    print("| --- | --- | --- | --- | --- |")
    print(simulated([1024, 1024, 10], 0.05, 2000, 1), flush=True)
    print(simulated([1024, 1024, 10], 0.05, 200, 256), flush=True)


if __name__ == "__main__":
    main()
