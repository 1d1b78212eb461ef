"""Computes one step of Lava's fixed-point sigma-delta neurons, bit for bit.

They send the change of their activation, as a signed number, whenever it is as large as a threshold. No NIR node means
such a neuron: the arithmetic is here for machines that are made otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple

from ..arrays import Namespace, V


class State(NamedTuple, Generic[V]):
    """State of neurons, int32 arrays (..., N): sigma, what arrived so far; act, the activation that was last seen or,
    corrected, that was sent; residue and error, what was not sent; payload, what the step sent."""

    sigma: V
    act: V
    residue: V
    error: V
    payload: V


class Parameters(NamedTuple, Generic[V]):
    """Parameters of neurons, int32 arrays (N,): threshold and bias in units of sigma; by how much a payload is shifted
    down; whether the activation is cut off below 0, and whether changes are added up until they are sent."""

    vth: V
    bias: V
    state_exp: V
    relu: V
    cum_error: V


class Counters(NamedTuple):
    """Nothing is counted."""


@dataclass(frozen=True)
class SigmaDelta:
    """corrected: Lava's model that goes on from what was sent; else the one that keeps the residue."""

    corrected: bool = False

    STATES: ClassVar[tuple[str, ...]] = ("sigma", "act", "residue", "error", "payload")
    Counters: ClassVar[type[NamedTuple]] = Counters

    def parameters(self, registers: Mapping[str, V]) -> Parameters[V]:
        """Convert registers to parameters: vth, bias, spike_exp, state_exp, relu and cum_error (0 or 1)."""
        places = registers["spike_exp"] + registers["state_exp"]
        return Parameters(
            vth=registers["vth"] << places,
            bias=registers["bias"] << places,
            state_exp=registers["state_exp"],
            relu=registers["relu"],
            cum_error=registers["cum_error"],
        )

    def initial(self, xp: Namespace[V], registers: Mapping[str, V], shape: tuple[int, ...]) -> State[V]:
        """Return the state after a reset: all 0."""
        zero = xp.zeros(shape, dtype=xp.int32)
        return State(zero, zero, zero, zero, zero)

    def step(
        self, xp: Namespace[V], p: Parameters[V], state: State[V], arrived: V
    ) -> tuple[State[V], V, Counters]:
        """Compute a step; a neuron sends where its payload is not 0."""
        sigma = state.sigma + arrived
        biased = sigma + p.bias
        act = xp.where(p.relu > 0, xp.maximum(biased, 0), biased)
        if self.corrected:
            delta = act - state.act
            payload = xp.where(xp.abs(delta) < p.vth, 0, delta) >> p.state_exp
            kept = state.act + (payload << p.state_exp)
            return (
                State(sigma, kept, state.residue, state.error, payload),
                xp.abs(payload) > 0,
                Counters(),
            )
        delta = act - state.act + state.residue
        error = xp.where(p.cum_error > 0, state.error + delta, state.error)
        compared = xp.where(p.cum_error > 0, error, delta)
        sent = xp.where(xp.abs(compared) < p.vth, 0, delta)
        cleared = xp.where(xp.abs(sent) > 0, 0, error)
        payload = sent >> p.state_exp
        after = State(sigma, act, delta - sent, xp.where(p.cum_error > 0, cleared, error), payload)
        return after, xp.abs(payload) > 0, Counters()
