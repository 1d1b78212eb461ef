"""Quantises relays: neurons that repeat the spikes of a source one step later, exactly, whatever the reset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.machines.synapse_rows import as_rows
from ...ir.quantized import ShiftedProjection
from .lower import Lowered, relay_name
from .scale import Shifts

ROLE = "relay"


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The k-th relay of a source. lag_steps: chip step minus float step of the source. elements: (n,) of the source."""

    name: str
    lag_steps: int
    elements: np.ndarray


def relays_of(lowered: Lowered, inputs: frozenset[str]) -> list[Relay]:
    """The relays of a network, sorted by source and number. What the host sends is repeated in its own step. inputs:
    with biases."""
    return [
        Relay(
            name=relay_name(source, k),
            lag_steps=k - 1 if source in inputs else lowered.lag[source] + k,
            elements=lowered.relayed[source, k],
        )
        for source, k in sorted(lowered.relayed)
    ]


def threshold_of(shifts: Shifts) -> int:
    """Of all relays: one weight of the coarser shift. With alpha 1 a spike leaves nothing behind."""
    return 1 << max(shifts.of_inputs, shifts.of_neurons)


def into_relays(lowered: Lowered, inputs: frozenset[str], shifts: Shifts) -> list[ShiftedProjection]:
    """The synapses onto relays, one each: a spike brings what the threshold is."""
    found: list[ShiftedProjection] = []
    for source, k in sorted(lowered.relayed):
        elements = lowered.relayed[source, k]
        direct = source in inputs and k == 1
        cols = elements if k == 1 else np.searchsorted(lowered.relayed[source, k - 1], elements)
        shift = shifts.of_inputs if direct else shifts.of_neurons
        code = np.full(elements.size, threshold_of(shifts) >> shift)
        found.append(
            ShiftedProjection(
                pre=relay_name(source, k - 1),
                post=relay_name(source, k),
                synapses=as_rows(cols, np.arange(elements.size), code),
                shift=shift,
            )
        )
    return found
