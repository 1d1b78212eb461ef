"""Sends numbers as spikes of 0 and 1: an element that is sent one has another for each of its binary places.

A spike there weighs as much more as the place, so that sums are the same, and every engine does with 0 and 1.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...targets.machines.synapse_list import Machine
from ...targets.machines.synapse_rows import joined, narrowest


def places_of(most: int) -> int:
    """Binary places of numbers up to `most`."""
    return max(1, int(most).bit_length())


def by_places(machine: Machine, places: int) -> Machine:
    """The machine with so many elements for each: those of the lowest place first."""
    if places == 1:
        return machine
    rows, n = machine.synapses, machine.n_neurons
    own = rows.of_axons(np.flatnonzero(rows.source >= n))
    used = np.zeros(rows.start.size - 1, dtype=np.bool_)
    used[own.row] = True
    own = own.kept(np.repeat(used, np.diff(rows.start)))
    parts = [(rows, 0, 0)]
    for place in range(1, places):
        weight = narrowest(own.weight.astype(np.int64) << place)
        source = own.source.astype(np.int64) + place * machine.n_inputs
        parts.append((replace(own, source=source, weight=weight), 0, 0))
    return replace(machine, n_inputs=places * machine.n_inputs, synapses=joined(parts).by_source())


def as_bits(events: np.ndarray, places: int) -> np.ndarray:
    """Numbers (T, B, n) as (T, B, places * n) uint8 of 0 and 1, the lowest place first."""
    return np.concatenate([(events >> place) & 1 for place in range(places)], axis=2).astype(np.uint8)
