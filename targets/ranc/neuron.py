"""Arithmetic of the RANC neuron, one tick: a wrapping sum, the leak, then a threshold above or one below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple

from .. import fixed
from ..arrays import Namespace, V

PARAMETERS = ("leak", "negative_threshold", "positive_threshold", "reset_mode", "reset_potential")


class State(NamedTuple, Generic[V]):
    """int32 potentials."""

    v: V


class Counters(NamedTuple, Generic[V]):
    """bool, in this tick: the sum of potential, arrivals and leak wrapped; the reset wrapped; the potential was
    below the negative threshold, and reset."""

    sum_wraps: V | bool
    reset_wraps: V | bool
    floor_resets: V


class Parameters(NamedTuple, Generic[V]):
    """int32; subtracts: bool, of the reset."""

    leak: V
    negative_threshold: V
    positive_threshold: V
    reset_potential: V
    subtracts: V | bool


@dataclass(frozen=True)
class Arithmetic:
    """Of potentials of `bits` bits (2 .. 24), the sign included."""

    bits: int
    Counters = Counters
    STATES = ("v",)

    def initial(self, xp: Namespace[V], registers: Mapping[str, V], shape: tuple[int, ...]) -> State[V]:
        """The register `initial_potential`, the same for all samples; shape: (samples, neurons)."""
        return State(xp.broadcast_to(xp.asarray(registers["initial_potential"]), shape))

    def state(self, potential: V) -> State[V]:
        """Make a state of potentials."""
        return State(potential)

    def parameters(self, registers: Mapping[str, V]) -> Parameters[V]:
        """From the registers PARAMETERS; arrays of one integer type."""
        return Parameters(
            leak=registers["leak"],
            negative_threshold=registers["negative_threshold"],
            positive_threshold=registers["positive_threshold"],
            reset_potential=registers["reset_potential"],
            subtracts=registers["reset_mode"] == 1,
        )

    def step(
        self, xp: Namespace[V], p: Parameters[V], state: State[V], arrived: V
    ) -> tuple[State[V], V, Counters[V]]:
        """One tick. arrived: sum of the weights of the spikes read in it, |arrived| < 2**30.

        Wrapping once is wrapping after each addition. Returns state, spikes (bool) and what was counted."""
        total = state.v + arrived + p.leak
        v = fixed.wrap(xp, total, self.bits)
        spikes = v >= p.positive_threshold
        below = ~spikes & (v < p.negative_threshold)
        fired = xp.where(p.subtracts, v - p.positive_threshold, p.reset_potential)
        raised = xp.where(p.subtracts, v - p.negative_threshold, -p.reset_potential)
        left = xp.where(spikes, fired, xp.where(below, raised, v))
        wrapped = fixed.wrap(xp, left, self.bits)
        return State(wrapped), spikes, Counters(total != v, left != wrapped, below)
