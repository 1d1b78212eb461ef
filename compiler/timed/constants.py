"""Moves what is constant to where a chip can hold it: to its first step, to a bias, to the membranes it starts with.

For neurons without a synaptic current.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..ir.timed_network import TimedPopulation


def add_from(constants: dict[int, np.ndarray], step: int, vector: np.ndarray) -> None:
    """Add a constant that arrives from chip step `step` on."""
    constants[step] = constants[step] + vector if step in constants else vector


def with_own_constant(population: TimedPopulation) -> dict[int, np.ndarray]:
    """List what every step adds to the membranes of neurons without a synaptic current, their own bias included: chip
    step -> (n,) from that one on."""
    constants = {population.lag_steps: population.neuron.bias}
    for step in sorted(population.constants):
        add_from(constants, step, population.constants[step])
    return {step: constants[step] for step in sorted(constants)}


def from_chip_start(population: TimedPopulation) -> TimedPopulation:
    """Let a population of neurons without a synaptic current begin with the chip's first step: what steps before it
    add is in the membranes that it starts with. All that is constant is in `constants` then, at step 0 or later."""
    neuron, start, constants = population.neuron, population.start, with_own_constant(population)
    before = {step: constants.pop(step) for step in list(constants) if step < 0}
    arriving = np.zeros(population.size)
    for step in range(min(before, default=0), 0):
        arriving = arriving + before.get(step, 0.0)
        start = neuron.beta * start + arriving
    if before:
        add_from(constants, 0, arriving)
    return replace(
        population,
        neuron=replace(neuron, bias=np.zeros(population.size), v_start=start),
        constants={step: constants[step] for step in sorted(constants) if constants[step].any()},
    )


def constant_from_chip_start(population: TimedPopulation) -> TimedPopulation:
    """Let every constant act from the chip's first step on, for chips that have no other: all are in `neuron.bias`, and
    the membranes start so that a neuron without leak has what it should have in its own first step."""
    constants = with_own_constant(population)
    early = sum((step * vector for step, vector in constants.items()), np.zeros(population.size))
    total = sum(constants.values(), np.zeros(population.size))
    neuron = replace(population.neuron, bias=total, v_start=population.start - early)
    return replace(population, neuron=neuron, constants={})
