"""The inputs that a host drives with the network's own events."""

from __future__ import annotations

from ...ir.quantized import QuantizedInput
from ...ir.timed_network import TimedNetwork


def inputs_of(timed: TimedNetwork) -> tuple[QuantizedInput, ...]:
    """List the inputs of a network, sorted by name."""
    shapes = timed.network.inputs
    return tuple(QuantizedInput(name=name, shape=shapes[name]) for name in sorted(shapes))
