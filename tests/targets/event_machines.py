"""Random machines of event cores behind a host, and all files of one with a stimulus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from spikec.sim.event_bench import bench_files
from spikec.targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes, Protocol
from spikec.targets.odin.files import encode
from spikec.targets.odin.model import OdinChip

from ..sim import event_networks as networks


def core(name: str, rng: np.random.Generator, *, closed: bool, learning: bool = True) -> EventCore:
    if name == "tinyodin":
        return networks.tinyodin(rng, busy=True, closed=closed, last=24)
    made = networks.odin(rng, closed=closed)
    return (
        made
        if learning
        else replace(made, params={**made.params, "calcium_enable": np.zeros(256, dtype=np.int64)})
    )


def machine(
    name: str,
    seed: int,
    *,
    chips: int = 1,
    closed: bool = False,
    protocol: Protocol = "wait",
    learning: bool = True,
) -> EventMachine:
    """20 inputs to the first chip, every chip to the next, the last back to the first after a step."""
    rng = np.random.default_rng(seed)
    cores = tuple(core(name, rng, closed=closed, learning=learning) for _ in range(chips))
    n = 256 * chips
    parts = [(n + e, 0, 200 + e, int(rng.integers(0, 3))) for e in range(20)]
    parts += [(256 * c + k, c + 1, 180 + k, 0) for c in range(chips - 1) for k in range(24)]
    parts += [(n - 256 + k, 0, 100 + k, 1) for k in range(24)] if chips > 1 else []
    source, chip, row, delay = np.array(parts, dtype=np.int64).T
    return EventMachine(
        n_inputs=20,
        cores=cores,
        routes=HostRoutes(source=source, core=chip, row=row, delay=delay),
        row_order=tuple(rng.permutation(256) for _ in range(chips)),
        leaks=int(rng.integers(1, 3)),
        protocol=protocol,
    )


def all_files(loaded: EventMachine, chip: OdinChip, events: np.ndarray) -> dict[str, bytes]:
    """Of the configuration, and for each chip its stimulus, what it answers, and its bench."""
    return {**encode(loaded, chip), **bench_files(loaded, chip, events[:, None], [0])}
