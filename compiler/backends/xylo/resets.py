"""What a spike takes off a membrane that is kept in the currents, by synapses, in the chip's integers.

theta is the integer of the threshold. A reset by subtraction takes a share of theta, by a synapse of each neuron onto
itself. A reset to a value takes a share of theta - d/2 by that synapse, and of d for each spike of a second neuron,
which spikes once for each grain d from the threshold on; both neurons lose both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ...ir.quantized import QuantizedPopulation, ReceptorProjection, SplitTie, TiedSynapses
from ...ir.timed_network import TimedPopulation
from .currents import Currents, shared

OVERSHOOT = "overshoot"


def overshoot_name(name: str) -> str:
    """Name the population that tells how far `name` is past its threshold."""
    return f"{OVERSHOOT}:{name}"


@dataclass(frozen=True, kw_only=True)
class Reset:
    """Of one population, in float. currents: where its membrane is. share: (k, n) of what a spike takes, the weight
    onto each current, 0 or below. worth: (k, n) by which weights are summed where the sum is to be right: before they
    decay, where a spike takes from the membrane what is there, else after it. grain: share of the threshold that a
    spike of the second neuron stands for, None where there are none. once: at most one spike a step."""

    currents: Currents
    share: np.ndarray
    worth: np.ndarray
    grain: float | None
    once: bool


def reset_of(population: TimedPopulation, currents: Currents) -> Reset:
    """Read the reset that a construct gave to a population: off each current as much as it has of the membrane. What
    takes off a membrane before it decays does so by the decays that the currents have.

    Raises ValueError for synapses that are no reset."""
    neuron, over = population.neuron, population.overshoot
    if over is not None:
        found, grain = over.share, over.grain
    else:
        (tie,) = population.ties
        if tie.source != population.name or tie.held_steps:
            raise ValueError(f"{population.name}: a tie that is no reset")
        found, grain = tie.share, None
    before = found == -neuron.beta
    worth = np.where(before, 1.0, currents.kept)
    share = currents.content * np.where(before, -1.0, found) / worth
    return Reset(currents=currents, share=share, worth=worth, grain=grain, once=neuron.multi == 1)


@dataclass(frozen=True, kw_only=True)
class Made:
    """The same in the chip's integers. code, theta, grain: (n,) int64; code: from which a membrane fires, theta what a
    spike takes a share of, grain None where there are no second neurons. weights: (k, n) int64 of each neuron onto
    itself, then of the second one onto both."""

    reset: Reset
    code: np.ndarray
    theta: np.ndarray
    grain: np.ndarray | None
    weights: list[np.ndarray]

    def counting(self, population: QuantizedPopulation) -> list[QuantizedPopulation]:
        """The second neurons, where there are some: the same with the grain as threshold, which they reach where the
        others reach theirs."""
        if self.grain is None:
            return []
        bias = population.params["bias"] - population.params["threshold"] + self.grain
        params = {**population.params, "threshold": self.grain, "bias": bias}
        return [replace(population, name=overshoot_name(population.name), params=params, role=OVERSHOOT)]

    def tied(
        self, population: QuantizedPopulation, projections: Iterable[ReceptorProjection]
    ) -> list[TiedSynapses]:
        """List the synapses for whoever checks the chip's words."""
        name, params = population.name, population.params
        below = self.theta - (params["threshold"] - params["bias"])
        sources = (name, overshoot_name(name))[: len(self.weights)]
        held = {source: np.zeros_like(self.weights[0]) for source in sources}
        for p in projections:
            if p.post == name and p.pre in sources:
                own = p.rows == p.cols
                held[p.pre][p.receptor, p.rows[own]] += p.code[own] << p.shift
        return [
            TiedSynapses(
                source=source,
                post=name,
                first=name,
                times=1.0,
                forgets=True,
                share=(self.reset.currents.kept * self.reset.share).sum(axis=0),
                below=below,
                delay=0,
                split=SplitTie(share=self.reset.share, worth=self.reset.worth, beside=held[source] - weights),
            )
            for source, weights in zip(sources, self.weights, strict=True)
        ]


def made_of(
    reset: Reset, threshold: tuple[np.ndarray, np.ndarray], past: float, most: int, grid: int
) -> Made:
    """Round a reset. threshold: (n,) the integers from which membranes fire, and what they were rounded from. past: how
    far membranes go past their thresholds, in the same. most: spikes of a second neuron in a step. grid: of recurrent
    weights."""
    code, theta = threshold[0], np.rint(threshold[1]).astype(np.int64)
    grain = None if reset.grain is None else grain_units(theta, reset.grain, past, most, grid)
    weights = reset_weights(reset.share, reset.worth, theta, grain, grid)
    return Made(reset=reset, code=code, theta=theta, grain=grain, weights=weights)


def grain_units(theta: np.ndarray, grain: float, past: float, most: int, grid: int) -> np.ndarray:
    """(n,) int64 grains d: the share of the threshold, or as much as `most` spikes need to tell how far a membrane is
    past it; even multiples of `grid`, so that half of one is on it too."""
    wanted = np.maximum(grain * theta, past / most)
    return 2 * grid * np.maximum(1, np.rint(wanted / (2 * grid))).astype(np.int64)


def reset_weights(
    share: np.ndarray, worth: np.ndarray, theta: np.ndarray, grain: np.ndarray | None, grid: int
) -> list[np.ndarray]:
    """(k, n) int64 weights onto the currents for a spike of the neuron, and for one of the second neuron where there is
    one. theta, grain: (n,) integers. share, worth: see `Reset`."""
    amounts = [theta] if grain is None else [theta - grain // 2, grain]
    return [shared(share * amount, worth, grid) for amount in amounts]
