"""Checks a configuration against the limits of its chip: lists all that it breaks, with numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..violation import Violation, worst
from .configuration import XyloConfiguration
from .model import XyloChip


def violations(configuration: XyloConfiguration, revision: XyloChip) -> tuple[Violation, ...]:
    """Every limit once, at its worst place. The arrays must agree in their sizes: see `check_shapes`."""
    check_shapes(configuration)
    checked = (
        *_sizes(configuration, revision),
        *_ranges(configuration, revision),
        *_connections(configuration, revision),
        *_aliases(configuration),
    )
    return tuple(v for v in checked if not v.low <= v.found <= v.high)


def check_shapes(c: XyloConfiguration) -> None:
    """Raises ValueError for arrays that belong to no one network."""
    n, synapses = c.n_hidden, c.n_synapses
    expected = {
        "weights_in": c.weights_in.ndim == 3
        and c.weights_in.shape[2] == synapses
        and c.weights_in.shape[1] <= n,
        "weights_rec": c.weights_rec.shape == (n, n, synapses),
        "weights_out": c.weights_out.ndim == 2 and c.weights_out.shape[0] <= n,
        "alias_target": c.alias_target.shape == (n,),
        **{f"hidden {name}": c.hidden[name].shape == (n,) for name in sorted(c.hidden)},
        **{f"output {name}": c.output[name].shape == (c.n_outputs,) for name in sorted(c.output)},
    }
    for name, right in expected.items():
        if not right:
            raise ValueError(f"{name} has the wrong shape")


def _sizes(c: XyloConfiguration, revision: XyloChip) -> Iterator[Violation]:
    capacity = revision.capacity
    for what, value, most in (
        ("inputs", c.weights_in.shape[0], capacity.inputs),
        ("hidden neurons", c.n_hidden, capacity.hidden),
        ("outputs", c.n_outputs, capacity.outputs),
        ("synapses of a hidden neuron", c.n_synapses, capacity.synapses),
        ("hidden neurons that inputs may reach", c.weights_in.shape[1], capacity.input_expansion),
        ("hidden neurons that may reach outputs", c.weights_out.shape[0], capacity.output_expansion),
    ):
        yield Violation(what, "configuration", int(value), 1, most)


def _ranges(c: XyloConfiguration, revision: XyloChip) -> Iterator[Violation]:
    ranges = revision.ranges
    for what, shift in (("input", c.shift_in), ("recurrent", c.shift_rec), ("output", c.shift_out)):
        yield Violation("weight shift", f"{what} weights", shift, *ranges.weight_shift)
    for place, weights in (("input", c.weights_in), ("recurrent", c.weights_rec), ("output", c.weights_out)):
        yield from worst("weight", f"{place} weight", weights.ravel(), ranges.weight)
    second = ranges.dash if revision.capacity.synapses > 1 else (0, 0)
    limits = {"dash_syn": ranges.dash, "dash_syn2": second, "dash_mem": ranges.dash}
    limits |= {"threshold": ranges.threshold, "bias": ranges.bias}
    for place, parameters in (("hidden neuron", c.hidden), ("output neuron", c.output)):
        for name in sorted(parameters):
            yield from worst(name, place, parameters[name], limits[name])


def _connections(c: XyloConfiguration, revision: XyloChip) -> Iterator[Violation]:
    """A pair of hidden neurons takes one place, whichever of its two weights is used."""
    fan_out = c.weights_rec.any(axis=2).sum(axis=1)
    yield from worst("fan-out", "hidden neuron", fan_out, (0, revision.capacity.fan_out))
    most = revision.capacity.recurrent_connections
    yield Violation("connections between hidden neurons", "configuration", int(fan_out.sum()), 0, most)


def _aliases(c: XyloConfiguration) -> Iterator[Violation]:
    """-1 is no alias; a neuron is no alias of itself."""
    yield from worst("alias target", "hidden neuron", c.alias_target, (-1, c.n_hidden - 1))
    own = c.alias_target == np.arange(c.n_hidden)
    yield from worst("alias to itself", "hidden neuron", own, (0, 0))
