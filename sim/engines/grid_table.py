"""Lays a grid of crossbar cores out in flat arrays: neurons core after core, axons core after core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...targets.machines.crossbar_grid import PARAMETERS, GridMachine

MERGED = "merged_arrivals"


@dataclass(frozen=True, kw_only=True)
class Links:
    """What leads to axons. source: neurons or input elements; target: axons of all cores; delay: ticks from the
    source's tick to the one in which the axon is read. (k,) int64 each."""

    source: np.ndarray
    target: np.ndarray
    delay: np.ndarray


@dataclass(frozen=True, kw_only=True)
class GridTable:
    """registers: PARAMETERS -> (n,) int32. neurons: those of the largest core. place: (n,) int64, core * neurons +
    number on the core. links, inputs: from neurons and from elements; what leaves the grid is not among them.
    count: the type that holds what can arrive at an axon in one tick. depth: ticks that arrivals are held."""

    registers: Mapping[str, np.ndarray]
    neurons: int
    place: np.ndarray
    links: Links
    inputs: Links
    count: np.dtype
    depth: int


def grid_table(machine: GridMachine) -> GridTable:
    """The arrays of a machine."""
    sizes = [core.n_neurons for core in machine.cores]
    largest = max(1, *sizes)
    number, axon, delay = machine.targets()
    links = _links(np.arange(machine.n_neurons), number, axon, delay + 1, machine.n_axons)
    element, x, y, input_axon, input_delay = machine.inputs.T
    inputs = _links(element, machine.core_numbers(x, y), input_axon, input_delay, machine.n_axons)
    senders = np.bincount(np.concatenate([links.target, inputs.target]))
    return GridTable(
        registers={
            name: np.concatenate([core.params[name] for core in machine.cores]).astype(np.int32)
            for name in PARAMETERS
        },
        neurons=largest,
        place=np.concatenate([k * largest + np.arange(size) for k, size in enumerate(sizes)]),
        links=links,
        inputs=inputs,
        count=np.min_scalar_type(int(senders.max(initial=1))),
        depth=1 + max(int(links.delay.max(initial=1)), int(inputs.delay.max(initial=0))),
    )


def _links(source: np.ndarray, core: np.ndarray, axon: np.ndarray, delay: np.ndarray, axons: int) -> Links:
    """core: negative for what leaves the grid."""
    kept = np.flatnonzero(core >= 0)
    return Links(source=source[kept], target=core[kept] * axons + axon[kept], delay=delay[kept])
