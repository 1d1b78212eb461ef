"""The neuron, one step: a leak by a power of two, a sum that saturates at 16 bits, a reset by subtraction."""

from __future__ import annotations

from typing import Any, NamedTuple

from spikec.targets.fixed import saturate

LOW, HIGH = -(1 << 15), (1 << 15) - 1
NO_LEAK = 16
STATES = ("v",)


class State(NamedTuple):
    """int32 membranes."""

    v: Any


class Parameters(NamedTuple):
    """int32; leaks: bool."""

    shift: Any
    leaks: Any
    threshold: Any
    bias: Any


class Counters(NamedTuple):
    """bool: the membrane saturated in this step."""

    saturations: Any


def initial(xp: Any, registers: Any, shape: tuple[int, ...]) -> State:
    """The register `initial`; shape: (samples, neurons)."""
    return State(xp.broadcast_to(xp.asarray(registers["initial"]), shape))


def parameters(registers: Any) -> Parameters:
    leak = registers["leak"]
    return Parameters(leak & (NO_LEAK - 1), leak < NO_LEAK, registers["threshold"], registers["bias"])


def step(xp: Any, p: Parameters, state: State, arrived: Any) -> tuple[State, Any, Counters]:
    """arrived: sum of the weights of the spikes that arrive. Returns state, spikes (bool) and what was counted."""
    total = state.v - xp.where(p.leaks, state.v >> p.shift, 0) + arrived + p.bias
    v = saturate(xp, total, LOW, HIGH)
    spikes = v >= p.threshold
    return State(xp.where(spikes, v - p.threshold, v)), spikes, Counters(v != total)
