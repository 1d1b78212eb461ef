"""Flattens a quantised network to numbers: neurons by slot, read-outs, and the rows of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...ir.quantized import QuantizedPopulation
from .gates import OPENS
from .quantized_network import QuantizedNetwork


def is_readout(population: QuantizedPopulation) -> bool:
    """Whether its neurons are read-outs."""
    return not population.spiking


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """neurons, readouts: populations of either, in order of names. element: (I,) int64 the input element of each row,
    elements numbered port after port; row: (port, row) -> the first of the rows of its elements. slots: neurons that
    words are needed for, in pairs. ticks: of a step; tick: (I,) int64, in which the events of a row come."""

    neurons: tuple[QuantizedPopulation, ...]
    readouts: tuple[QuantizedPopulation, ...]
    element: np.ndarray
    row: Mapping[tuple[str, int], int]
    slots: int
    ticks: int
    tick: np.ndarray

    @property
    def rows(self) -> int:
        """Input rows."""
        return int(self.element.size)

    @property
    def n_readouts(self) -> int:
        """Read-outs that hold membranes of the network."""
        return sum(p.size for p in self.readouts)


def wiring(network: QuantizedNetwork) -> Wiring:
    """Flatten a network. A row of an input that no synapse hangs on is there all the same, if it is the first."""
    most = {port.name: 0 for port in network.inputs}
    for p in network.projections:
        if p.pre in most:
            most[p.pre] = max(most[p.pre], p.row)
    ticks = max((p.core_params["ticks"] for p in network.populations), default=1)
    when = {
        p.pre: network.population(p.post).core_params["tick"] for p in network.projections if p.pre in most
    }
    when[OPENS] = ticks - 1
    element: list[np.ndarray] = [np.zeros(0, dtype=np.int64)]
    tick: list[np.ndarray] = [np.zeros(0, dtype=np.int64)]
    row: dict[tuple[str, int], int] = {}
    total = first = 0
    for port in network.inputs:
        for k in range(most[port.name] + 1):
            row[port.name, k] = total
            element.append(first + np.arange(port.size))
            tick.append(np.full(port.size, when.get(port.name, 0)))
            total += port.size
        first += port.size
    neurons = tuple(p for p in network.populations if not is_readout(p))
    last = max((int(p.params["turn"].max(initial=-1)) for p in neurons), default=-1)
    return Wiring(
        neurons=neurons,
        readouts=tuple(p for p in network.populations if is_readout(p)),
        element=np.concatenate(element),
        row=row,
        slots=2 * (last // 2 + 1),
        ticks=ticks,
        tick=np.concatenate(tick),
    )
