"""Gives the second synaptic current of a neuron with a synapse a decay of its own, so that weights are finer.

A spike that a synapse brings is answered by the membrane over many steps. Weights w1, w2 on two currents of the decays
p1, p2 are answered by w1 k1 + w2 k2, the answers k1, k2 of which are known; the network wants w k. Pairs of whole
weights lie closer to w k than halves of one weight do, as small steps of k2 fill what steps of k1 leave open, and where
k is not k1, since the network's decay is no power of two, shares of both come nearer to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....targets.xylo.model import XyloChip
from ...ir.network import Neuron
from .decays import Decays, answer, fit, kept_by
from .lower import CLOCK, Link

STEPS = 20
GAIN_STEPS = 4
"""In which a membrane that decays otherwise than the network's comes as near to it as one factor makes it."""
HELD_STEPS = 12
"""For how long the errors of a neuron's weights add up, until a spike sets it back."""
MOST_RATIO = 8.0
"""Between the answers of both currents: so many steps of the weaker one fill a step of the other."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What membranes of n neurons answer to a spike. held: (STEPS, n, j) of a weight of 1 on each of j currents.
    wanted: (STEPS, n) what the network wants of a weight of 1, with the chip's decay of the membrane, by which resets
    decay too, so that what arrives stays in step with them. gain: (n,) factor for that in `wanted`."""

    held: np.ndarray
    wanted: np.ndarray
    gain: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """(n, j) the weights that come nearest to what is wanted."""
        onto = [(self.held[:, :, j] * self.wanted).sum(axis=0) for j in range(self.held.shape[2])]
        first, second = self.held[:, :, 0], self.held[:, :, -1]
        a, b, c = ((x * y).sum(axis=0) for x, y in ((first, first), (second, second), (first, second)))
        if len(onto) == 1:
            return (onto[0] / a)[:, None]
        apart = a * b - c * c
        alike = (
            apart <= 1e-12 * a * b
        )  # the least weights that come nearest, where both answers are one shape
        divisor = np.where(alike, 1.0, apart)
        both = (b * onto[0] - c * onto[1]) / divisor, (a * onto[1] - c * onto[0]) / divisor
        return np.stack(
            [np.where(alike, one / (a + b), other) for one, other in zip(onto, both, strict=True)], axis=1
        )

    @property
    def worth(self) -> np.ndarray:
        """(n, j) of a weight of 1 on each current, as a weight of the network."""
        return np.einsum("tnj,tn->nj", self.held, self.wanted) / (self.wanted**2).sum(axis=0)[:, None]


def answers_of(decay: Decays, neuron: Neuron, currents: int) -> Answers:
    """Compute the answers over the first `currents` currents, which decay before the membrane hears them."""
    kept = [kept_by(code) for code in (decay.dash_syn, decay.dash_syn2)[:currents]]
    alpha = np.zeros_like(neuron.beta) if neuron.alpha is None else neuron.alpha
    held = [p * answer(p, decay.beta, STEPS) for p in kept]
    gain = fit(answer(alpha, neuron.beta, GAIN_STEPS), answer(alpha, decay.beta, GAIN_STEPS))
    return Answers(held=np.stack(held, axis=2), wanted=gain * answer(alpha, decay.beta, STEPS), gain=gain)


def with_second(decay: Decays, neuron: Neuron, links: Sequence[Link], chip: XyloChip) -> Decays:
    """Choose the decay of the second current of each neuron: of all codes, the one with the least expected error of
    its weights, from what both currents cannot answer at all and what whole weights leave open.

    decay: a `leaky` one, on neurons with two currents. links: onto them. The first's own code stands for halves."""
    n = neuron.beta.size
    sizes = [np.zeros(n), np.zeros(n), np.zeros(n)]
    for link in links:
        if link.source != CLOCK:
            exact = np.abs(link.weights / decay.charge[link.rows])
            np.maximum.at(sizes[0], link.rows, exact)
            sizes[1] += np.bincount(link.rows, exact**2, n)
            sizes[2] += np.bincount(link.rows, minlength=n)
    largest, mean = sizes[0], sizes[1] / np.maximum(sizes[2], 1.0)
    low, high = max(1, chip.ranges.dash[0]), chip.ranges.dash[1]
    found = [np.clip(decay.dash_syn * 0 + code, low, high) for code in range(low, high + 1)]
    errors = [
        _expected(replace(decay, second=second), neuron, largest, mean, chip.ranges.weight[1])
        for second in (decay.dash_syn, *found)
    ]
    best = np.argmin(np.stack(errors), axis=0)
    return replace(decay, second=np.stack([decay.dash_syn, *found])[best, np.arange(n)])


def _expected(decay: Decays, neuron: Neuron, largest: np.ndarray, mean: np.ndarray, top: int) -> np.ndarray:
    """(n,) mean squared error of the answer to a spike. largest: (n,) magnitude, mean: (n,) square of the weights."""
    answers = answers_of(decay, neuron, 2)
    first, second = answers.held[:, :, 0], answers.held[:, :, 1]
    share = answers.share
    missed = ((np.einsum("tnj,nj->tn", answers.held, share) - answers.wanted) ** 2).sum(axis=0)
    a, b, c = ((x * y).sum(axis=0) for x, y in ((first, first), (second, second), (first, second)))
    halves = decay.dash_syn2 == decay.dash_syn
    # A pair is rounded along one answer, then along what the other has beside it.
    apart = np.maximum(a * b - c * c, 0.0)
    cell = np.where(halves, a, np.minimum(b + apart / b, a + apart / a))
    step = largest * np.where(halves, 0.5 * np.abs(share.sum(axis=1)), np.abs(share).max(axis=1)) / top
    ratio = np.sqrt(np.maximum(a / b, b / a))
    error = missed * mean + cell / 12.0 * step**2
    return np.where(ratio <= MOST_RATIO, error, np.inf)
