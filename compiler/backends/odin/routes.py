"""Finds the row that brings each synapse its events, and the signs of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...ir.quantized import EventOrder
from .quantized_network import QuantizedNetwork

OWN_ROW = -1
"""In the place of a row: that of the neuron itself, which its closed loop reads."""


@dataclass(frozen=True, kw_only=True)
class StoredSynapses:
    """All synapses as the chip stores them: (k,) int64 each, all projections one after the other.

    row: of the rows that the host sends, or OWN_ROW. source: number of the population or input; element: of it;
    delay: steps before. post: number of the population; neuron: of it. weight: with its sign, that of one event. times:
    events that a spike is."""

    row: np.ndarray
    source: np.ndarray
    element: np.ndarray
    post: np.ndarray
    neuron: np.ndarray
    weight: np.ndarray
    delay: np.ndarray
    times: np.ndarray


def events_of(network: QuantizedNetwork) -> EventOrder:
    """The order of events of a quantised network. Raises ValueError for one that another family made."""
    if network.order is None:
        raise ValueError("a network for a chip that works event by event says in which order")
    return network.order


def numbers(network: QuantizedNetwork) -> Mapping[str, int]:
    """Number the sources: populations, then inputs."""
    return {p.name: k for k, p in enumerate((*network.populations, *network.inputs))}


def starts(network: QuantizedNetwork) -> np.ndarray:
    """Number the elements of all sources: (sources + 1,) int64, of each source the number of its first element; then
    the end."""
    sizes = [part.size for part in (*network.populations, *network.inputs)]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def stored_synapses(network: QuantizedNetwork) -> StoredSynapses:
    """List all synapses with their rows. Raises ValueError for a synapse whose source is on no row."""
    number, events = numbers(network), events_of(network)
    parts = [np.zeros((8, 0), dtype=np.int64)]
    table = _table(events)
    for p in network.projections:
        source, post = number[p.pre], number[p.post]
        if events.closed_loop and source < len(network.populations):
            row = np.full(p.cols.size, OWN_ROW)
        else:
            sign, times = p.sign, p.times
            pairs = zip(p.cols.tolist(), p.delay.tolist(), strict=True)
            row = np.array(
                [table.get((source, col, delay, sign, times), -2) for col, delay in pairs], dtype=np.int64
            )
        if (row < OWN_ROW).any():
            raise ValueError(f"{p.pre} -> {p.post}: nothing is sent")
        same = [np.full(p.cols.size, value) for value in (source, post, p.times)]
        parts.append(np.stack([row, same[0], p.cols, same[1], p.rows, p.code, p.delay, same[2]]))
    row, source, element, post, neuron, weight, delay, times = np.concatenate(parts, axis=1)
    return StoredSynapses(
        row=row,
        source=source,
        element=element,
        post=post,
        neuron=neuron,
        weight=weight,
        delay=delay,
        times=times,
    )


def _table(events: EventOrder) -> dict[tuple[int, int, int, int, int], int]:
    """(source, element, delay, sign, times) -> row."""
    signs = events.sign[events.route_row]
    columns = (
        events.route_source, events.route_element, events.route_delay, signs, events.route_times, events.route_row
    )  # fmt: skip
    return {
        (source, element, delay, sign, times): row
        for source, element, delay, sign, times, row in zip(*(c.tolist() for c in columns), strict=True)
    }


def host_routes(
    events: EventOrder, chosen: np.ndarray, source: np.ndarray, core: int, row: np.ndarray
) -> np.ndarray:
    """List routes of the host to a core, (4, m) int64 source, core, row, delay; one that is sent several times for a
    spike as often. chosen: (K,) bool, of the routes; source: (K,) of the machine; row: of the core, of those chosen."""
    times = events.route_times[chosen]
    parts = (source[chosen], np.full_like(row, core), row, events.route_delay[chosen])
    return np.stack([np.repeat(part, times) for part in parts])


def answers_of(network: QuantizedNetwork) -> np.ndarray:
    """What the host answers a spike of each neuron with, populations end to end, (n,) int64: the level of rest where
    the loop is open, 0 for none."""
    closed = events_of(network).closed_loop
    parts = [np.zeros(0, dtype=np.int64)]
    for p in network.populations:
        rest = None if closed else network.rest.get(p.name)
        parts.append(np.full(p.size, 0 if rest is None else rest.level))
    return np.concatenate(parts)


def own_signs(network: QuantizedNetwork) -> Mapping[str, np.ndarray]:
    """Find the sign of each neuron's own row: population -> (n,) int64; 0 where it weighs nothing or holds both
    signs."""
    signs = {p.name: np.zeros(p.size, dtype=np.int64) for p in network.populations}
    if events_of(network).closed_loop:
        for p in network.projections:
            if p.pre in signs:
                signs[p.pre][p.cols] = p.sign
    return signs
