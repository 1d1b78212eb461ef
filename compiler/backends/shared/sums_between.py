"""Adds up the weights of a machine between neurons that stand for each other."""

from __future__ import annotations

import numpy as np


def sums_between(
    sources: np.ndarray,
    posts: np.ndarray,
    weights: np.ndarray,
    delays: np.ndarray,
    source: np.ndarray,
    post: np.ndarray,
    delay: int,
) -> np.ndarray:
    """Add up, (n,) int64, the weights from machine neuron source[k] to post[k] with a delay."""
    partner = np.full(int(max(sources.max(initial=0), source.max(initial=0))) + 1, -1, dtype=np.int64)
    partner[source] = post
    order = np.argsort(post)
    mine = (partner[sources] == posts) & (delays == delay)
    at = order[np.searchsorted(post[order], posts[mine])]
    return np.bincount(at, weights[mine], post.size).astype(np.int64)
