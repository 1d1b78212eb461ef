"""Runs a machine of layers on flat events, its neurons laid end to end, core after core."""

from __future__ import annotations

import numpy as np

from ....sim.engines.convolution import simulate_layers
from ....sim.engines.synapse_list import Run
from ....targets.machines.convolution import ConvolutionMachine
from ....targets.speck import neuron


def simulate(machine: ConvolutionMachine, events: np.ndarray, *, states: bool) -> Run:
    """Run a machine on events (T, B, C * H * W). (T, B, C * H * W) counts. Spikes in the narrowest unsigned type
    that holds them; state `v` if asked for; counter `beyond_16_bits`.

    Raises DiagnosticError: SPK4010 where sums leave 32 bits."""
    shaped = events.reshape(*events.shape[:2], *machine.input_shape)
    run = simulate_layers(machine, neuron, shaped, states=states)
    numbers = [core.core for core in machine.cores]

    def flat(by_core: dict[int, np.ndarray]) -> np.ndarray:
        return np.concatenate([by_core[k].reshape(*events.shape[:2], -1) for k in numbers], axis=2)

    return Run(
        spikes=flat(dict(run.spikes)),
        states={"v": flat(dict(run.states))} if states else {},
        counters={"beyond_16_bits": np.concatenate([run.beyond_16_bits[k].ravel() for k in numbers])},
    )
