"""Checks that neurons whose rest is above the floor start there, fire that much higher, and are brought back there."""

from __future__ import annotations

import numpy as np

from ....targets.machines.crossbar_events import EventMachine
from ..shared.static import Findings, Names, numbered
from .quantized_network import QuantizedNetwork
from .routes import events_of


def compare_rest(network: QuantizedNetwork, machine: EventMachine, names: Names, findings: Findings) -> None:
    """Add a finding for each neuron of a decoded machine that does not start at its level of rest, does not fire its
    threshold above it, or is not given the level back after a spike: by the own row of its spikes where the loop is
    closed, else by the host's answer.

    names.machine: number in the network -> machine neuron."""
    number, closed = numbered(network), events_of(network).closed_loop
    answered, expected = machine.answered, np.zeros(machine.n_neurons, dtype=np.int64)
    threshold, start = (
        np.concatenate(values)
        for values in (
            [core.params["threshold"] for core in machine.cores],
            [core.initial["v"] for core in machine.cores],
        )
    )
    for name, rest in sorted(network.rest.items()):
        at = names.machine[number[name]]
        for what, held, above in (("threshold", threshold, rest.threshold), ("v", start, rest.start)):
            for k in np.flatnonzero(held[at] != above + rest.level):
                findings.add(
                    f"{name} {k}: {what} is {held[at[k]]}; {above[k]} above a rest of {rest.level} is asked for"
                )
        if not closed:
            expected[at] = rest.level
            continue
        first, delivered = machine.first_neuron[0], machine.cores[0].delivered
        row = names.machine[number[rest.source][rest.element]] - first
        brought = delivered[row, at - first]
        for k in np.flatnonzero(brought != rest.level):
            findings.add(
                f"{name} {k}: the own row of its spikes brings {brought[k]}; rest is {rest.level} above the floor"
            )
    for neuron in np.flatnonzero(answered != expected):
        findings.add(
            f"{names.of_machine(int(neuron))}: the host answers a spike with {answered[neuron]}; "
            f"expected {expected[neuron]}"
        )
