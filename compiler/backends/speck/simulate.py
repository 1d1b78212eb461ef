"""Runs a machine of layers on flat events, its neurons laid end to end, core after core."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....sim.engines.choice import Span
from ....sim.engines.convolution import start_layers
from ....sim.engines.provenance import Provenance
from ....sim.engines.synapse_list import Advance, Run
from ....targets.machines.convolution import ConvolutionMachine
from ....targets.speck import neuron


def start(machine: ConvolutionMachine, span: Span, *, states: bool) -> Advance:
    """Begin a run of a machine, which takes (T, B, C * H * W) counts of events. Spikes in the narrowest unsigned type
    that holds them; state `v` if asked for; counter `beyond_16_bits`.

    What is given raises DiagnosticError: SPK4010 where sums leave 32 bits."""
    layers = start_layers(machine, neuron, span, states=states)
    numbers = [core.core for core in machine.cores]

    def advance(events: np.ndarray) -> Run:
        run = layers(events.reshape(*events.shape[:2], *machine.input_shape))

        def flat(by_core: Mapping[int, np.ndarray]) -> np.ndarray:
            return np.concatenate([by_core[k].reshape(*events.shape[:2], -1) for k in numbers], axis=2)

        return Run(
            spikes=flat(run.spikes),
            states={"v": flat(run.states)} if states else {},
            counters={"beyond_16_bits": np.concatenate([run.beyond_16_bits[k].ravel() for k in numbers])},
            provenance=Provenance(
                engine="events", devices=1, steps=len(events), batch=span.batch, delivered=run.delivered
            ),
        )

    return advance
