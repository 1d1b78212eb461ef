"""Counts clock cycles of a time step, by the vendor's public estimate."""

from __future__ import annotations

import numpy as np

from .configuration import USUAL, XyloConfiguration
from .model import CycleModel, Spikes


def cycles(c: XyloConfiguration, model: CycleModel, events: np.ndarray, spikes: np.ndarray) -> np.ndarray:
    """(...,) float64 of steps with `events` (..., inputs), and `spikes` (..., hidden + outputs) of the step before.

    The vendor's formula has mean rates; it is linear in them, so that counts of a step may stand in their place."""
    inputs, reached, _ = c.weights_in.shape
    fan_out = c.weights_rec.any(axis=2).sum(axis=1)
    hidden = spikes[..., : c.n_hidden].astype(np.float64)
    feeding = hidden[..., c.n_hidden - len(c.weights_out) :].sum(axis=-1)
    fixed = inputs * model.input + c.n_hidden * model.neuron + c.n_outputs * model.output
    return (
        fixed
        + events.sum(axis=-1) * reached * model.input_synapse
        + hidden @ fan_out * model.synapse
        + feeding * (1 + c.n_outputs * model.output_synapse)
    )


def most_cycles(c: XyloConfiguration, model: CycleModel, most: Spikes = USUAL) -> float:
    """Of a step in which every input and every hidden neuron gives all the events that it can."""
    events = np.full(c.weights_in.shape[0], most.input)
    spikes = np.full(c.n_hidden + c.n_outputs, most.hidden)
    return float(cycles(c, model, events, spikes))
