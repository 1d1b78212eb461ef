"""Rounds the weights of neurons so that what their membranes answer to spikes stays as near as it can.

The error of one weight acts when its source spikes, and errors of all weights of a neuron add up while sources spike
together. Both are squared and weighed for sources that spike independently at a common rate; weights are rounded one
after the other, the largest first, each so that the sum of both is least, and then again with the others known.
"""

from __future__ import annotations

import itertools

import numpy as np

from .ranges import RATE
from .second_current import HELD_STEPS, Answers

NEAR = 8
"""Steps of a current by which a weight may be off what is nearest by itself."""
PASSES = 4


def nearest_answers(
    weights: np.ndarray, rows: np.ndarray, grid: np.ndarray, answers: Answers, top: int
) -> np.ndarray:
    """Round weights to (j, k) int64 steps of the membrane on each of j currents, multiples of `grid` of at most `top`
    of them. weights: (k,) float64 in steps of the membrane. rows: (k,) the neuron of each. grid: (k,) int64."""
    n, currents = answers.held.shape[1:]
    basis = np.concatenate([answers.held, answers.wanted[:, :, None]], axis=2)
    alone = RATE * (1 - RATE) * np.einsum("tnj,tnk->njk", basis, basis)
    summed = np.cumsum(basis, axis=0)[:HELD_STEPS]
    together = RATE**2 / HELD_STEPS * np.einsum("tnj,tnk->njk", summed, summed)
    near = np.array(list(itertools.product(*[range(-NEAR, NEAR + 1)] * (currents - 1), (-1, 0, 1))))
    share = answers.share
    error = np.zeros((weights.size, currents + 1))
    error[:, -1] = -weights
    total = np.zeros((n, currents + 1))
    for first, ranks in itertools.product([True] + [False] * (PASSES - 1), [_ranks(weights, rows)]):
        for at in ranks:
            neuron, unit = rows[at], grid[at][:, None]
            rest = total[neuron] - (0.0 if first else error[at])
            tried = _candidates(weights[at], unit, near, share[neuron], alone[neuron], top)
            wholes = np.concatenate(
                [tried, np.broadcast_to(error[at, None, -1:], (*tried.shape[:2], 1))], axis=2
            )
            both = rest[:, None] + wholes
            cost = np.einsum("mcj,mjk,mck->mc", wholes, alone[neuron], wholes)
            cost += np.einsum("mcj,mjk,mck->mc", both, together[neuron], both)
            error[at] = wholes[np.arange(at.size), cost.argmin(axis=1)]
            total[neuron] = rest + error[at]
    return np.rint(error[:, :-1].T).astype(np.int64)


def _candidates(
    weights: np.ndarray, unit: np.ndarray, near: np.ndarray, share: np.ndarray, gram: np.ndarray, top: int
) -> np.ndarray:
    """(m, c, j) steps: of the last currents around their share, of the first what is nearest with these."""
    later = np.rint(weights[:, None] * share[:, 1:] / unit)[:, None, :] + near[None, :, :-1]
    later = np.clip(later, -top, top) * unit[:, :, None]
    onto = weights[:, None] * gram[:, 0, -1][:, None] - np.einsum("mcj,mj->mc", later, gram[:, 0, 1:-1])
    first = np.rint(onto / gram[:, 0, 0][:, None] / unit) + near[None, :, -1]
    first = np.clip(first, -top, top) * unit
    return np.concatenate([first[:, :, None], later], axis=2)


def _ranks(weights: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    """Places of the largest weight of each neuron, then of the second, and so on."""
    order = np.lexsort((np.arange(rows.size), -np.abs(weights), rows))
    ordered = rows[order]
    rank = np.arange(rows.size) - np.searchsorted(ordered, ordered)
    by_rank = np.argsort(rank, kind="stable")
    ends = np.cumsum(np.bincount(rank))
    return np.split(order[by_rank], ends[:-1]) if rows.size else []
