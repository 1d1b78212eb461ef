"""What the quantised network of every family takes from the network on the chip's clock as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ...ir.quantized import (
    QuantizedInput,
    QuantizedNetwork,
    QuantizedPopulation,
    QuantizedProjection,
    Rounding,
    TiedSynapses,
)
from ...ir.timed_network import TimedNetwork

P = TypeVar("P", bound=QuantizedProjection)


def inputs_of(timed: TimedNetwork) -> tuple[QuantizedInput, ...]:
    """List the inputs of a network, sorted by name."""
    shapes = timed.network.inputs
    return tuple(QuantizedInput(name=name, shape=shapes[name]) for name in sorted(shapes))


def quantized_network(
    target: str,
    timed: TimedNetwork,
    populations: Sequence[QuantizedPopulation],
    projections: Sequence[P],
    roundings: Sequence[Rounding],
    constant_inputs: Sequence[QuantizedInput] = (),
    tied: Sequence[TiedSynapses] = (),
) -> QuantizedNetwork[P]:
    """Join quantised populations and projections into a network with the inputs, outputs and lags of `timed`.

    target: name of the chip. constant_inputs: further ones, which spike in every step. tied: synapses of constructs."""
    return QuantizedNetwork(
        target=target,
        populations=tuple(populations),
        inputs=(*inputs_of(timed), *constant_inputs),
        projections=tuple(projections),
        outputs=timed.outputs,
        max_lag_steps=timed.max_lag_steps,
        roundings=tuple(roundings),
        tied=tuple(tied),
    )
