"""Puts neurons into words of two, which share alpha and threshold, at the least cost.

Neurons are sorted by alpha, then by the threshold that each would like; only neighbours share a word, and as few as the
chip needs. A pair takes the lower threshold: the other neuron loses that much of its resolution. Alphas that differ
meet in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FREE = 0.02
"""What a pair may cost, in bits of resolution, if there is room for two words: each word takes two clocks an event."""
ALIKE = 1e-9
PER_TIME = 250.0
"""Bits of resolution that are worth as much as an error of the whole time constant."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """first, second: (w,) neurons of each word, in order of the first; second -1 where a neuron has no partner."""

    first: np.ndarray
    second: np.ndarray

    @property
    def slot(self) -> np.ndarray:
        """(n,) int64 the number of each neuron on the core."""
        found = np.full(self.first.size + int((self.second >= 0).sum()), -1, dtype=np.int64)
        found[self.first] = 2 * np.arange(self.first.size)
        shared = self.second >= 0
        found[self.second[shared]] = 2 * np.flatnonzero(shared) + 1
        return found

    def of(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(w,) values of both neurons of each word; twice that of the first where it has no partner."""
        return values[self.first], values[np.where(self.second >= 0, self.second, self.first)]


def paired(alpha: np.ndarray, bits: np.ndarray, most_words: int, *, free: float = FREE) -> Words:
    """Choose words for n neurons. alpha: (n,) codes of 15 fraction bits. bits: (n,) logarithm to base 2 of the
    thresholds that they would like. free: what a pair may cost. most_words: that there are; more than these are taken
    where n is above twice as many, as then no choice fits."""
    n = alpha.size
    order = np.lexsort((bits, alpha))
    lost = np.abs(np.diff(bits[order]))
    apart = np.abs(np.diff(alpha[order])) / 2
    forgets = np.maximum(np.abs((1 << 15) - alpha[order][:-1]), 1)
    cost = lost + PER_TIME * apart / forgets
    pairs = min(max(0, n - most_words), n // 2)
    joined = _cheapest(cost, n, pairs, free + ALIKE)
    first, second = order.copy(), np.full(n, -1, dtype=np.int64)
    second[joined] = order[joined + 1]
    kept = np.ones(n, dtype=np.bool_)
    kept[joined + 1] = False
    first, second = first[kept], second[kept]
    first, second = (
        np.where(second >= 0, np.minimum(first, second), first),
        np.where(second >= 0, np.maximum(first, second), second),
    )
    by_number = np.argsort(first)
    return Words(first=first[by_number], second=second[by_number])


def _cheapest(cost: np.ndarray, n: int, least: int, free: float) -> np.ndarray:
    """The places i of a sorted list at which i and i + 1 become a pair: `least` pairs or more, where those cost less
    than `free` each, at the least cost."""
    most = n // 2
    best = np.full((n + 1, most + 1), np.inf)
    best[0, 0] = 0.0
    took = np.zeros((n + 1, most + 1), dtype=np.bool_)
    for i in range(1, n + 1):
        best[i] = best[i - 1]
        if i >= 2:
            with_pair = np.concatenate([[np.inf], best[i - 2][:-1] + cost[i - 2] - free])
            took[i] = with_pair < best[i]
            best[i] = np.where(took[i], with_pair, best[i])
    pairs = least + int(best[n, least:].argmin())
    places: list[int] = []
    i = n
    while i > 0:
        if took[i, pairs]:
            places.append(i - 2)
            i, pairs = i - 2, pairs - 1
        else:
            i -= 1
    return np.array(sorted(places), dtype=np.int64)
