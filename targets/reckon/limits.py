"""Checks a configuration against the limits of its chip: lists all that it breaks, with numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..violation import Violation, worst
from .configuration import ReckonConfiguration, columns, written_neurons
from .model import ReckonChip
from .neuron import HIGH


def violations(c: ReckonConfiguration, chip: ReckonChip) -> tuple[Violation, ...]:
    """Every limit that is broken, at its worst place. The arrays must agree in their sizes: see `check_shapes`."""
    check_shapes(c)
    return tuple(v for v in (*_sizes(c, chip), *_ranges(c, chip), *_silent(c)) if not v.holds)


def check_shapes(c: ReckonConfiguration) -> None:
    """Raise ValueError for arrays that belong to no one core."""
    n, reached = c.neurons, columns(c.recurrent)
    expected = {
        "weights_in": c.weights_in.ndim == 2 and c.weights_in.shape[1] == reached,
        "weights_rec": c.weights_rec.shape == (n, reached),
        "weights_out": c.weights_out.ndim == 2 and c.weights_out.shape[0] == n,
        "alpha": c.alpha.shape == (n // 2,),
        "threshold": c.threshold.shape == (n // 2,),
        "v": c.v.shape == (n,),
        "o": c.o.shape == (c.outputs,),
        "element": c.element.shape == (c.inputs,),
        "tick": c.tick.shape == (c.inputs,),
    }
    for name, right in expected.items():
        if not right:
            raise ValueError(f"{name} has the wrong shape")


def _sizes(c: ReckonConfiguration, chip: ReckonChip) -> Iterator[Violation]:
    capacity = chip.capacity
    for what, value, most in (
        ("input rows", c.inputs, capacity.inputs),
        ("recurrent neurons", c.recurrent, capacity.neurons),
        ("read-outs", c.outputs, capacity.outputs),
    ):
        yield Violation(what, "core", value, 1, most)
    elements = 1 + int(c.element.max(initial=-1))
    missing = elements - np.unique(c.element).size
    yield Violation("input elements without a row", "host", missing, 0, 0)
    yield from worst("tick", "input row", c.tick, (0, c.ticks - 1))
    written = written_neurons(c.inputs, c.recurrent, c.outputs)
    yield Violation("neurons with words", "core", c.neurons, written, written)
    yield Violation("recurrent neurons without partner", "core", c.recurrent % 2, 0, 0)


def _ranges(c: ReckonConfiguration, chip: ReckonChip) -> Iterator[Violation]:
    ranges = chip.ranges
    for what, shift in (("input", c.shift_in), ("recurrent", c.shift_rec), ("output", c.shift_out)):
        yield Violation("weight shift", f"{what} weights", shift, *ranges.weight_shift)
    for place, weights in (("input", c.weights_in), ("recurrent", c.weights_rec), ("output", c.weights_out)):
        yield from worst("weight", f"{place} weight", weights.ravel(), ranges.weight)
    yield from worst("alpha", "pair", c.alpha, ranges.alpha)
    yield from worst("threshold", "pair", c.threshold, ranges.threshold)
    yield Violation("kappa", "read-outs", c.kappa, *ranges.kappa)
    yield from worst("membrane", "neuron", c.v, ranges.state)
    yield from worst("membrane", "read-out", c.o, ranges.state)


def _silent(c: ReckonConfiguration) -> Iterator[Violation]:
    """Neurons that are swept and are none of the network's must not fire: their rows hold noise."""
    spare = np.arange(c.recurrent // 2, c.alpha.size)
    yield from worst("threshold of a pair that is not used", "pair", c.threshold[spare], (HIGH, HIGH))
    yield from worst(
        "weight of a neuron that is not used", "neuron", c.weights_rec[c.recurrent :].ravel(), (0, 0)
    )
    yield from worst("membrane of a neuron that is not used", "neuron", c.v[c.recurrent :], (0, 0))
