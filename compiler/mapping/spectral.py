"""Splits vertices that share no regular structure into equal parts along the slowest modes of their sources."""

from __future__ import annotations

import numpy as np

from .graph import RATE_UNITS, GroupedGraph

_MODES = 7
_ROUNDS = 40


def bisect(where: np.ndarray, parts: int) -> np.ndarray:
    """(vertices,) part 0 .. parts - 1 of each vertex, sizes differing by rounding only: halves, halved again, each
    across the direction in which its vertices spread most. where: of each vertex, as `embedding` gives it."""
    part = np.zeros(len(where), dtype=np.int64)
    waiting = [(np.arange(len(where)), 0, parts)]
    while waiting:
        members, first, count = waiting.pop()
        if count == 1:
            part[members] = first
            continue
        left = count // 2
        order = members[np.argsort(_along(where[members]), kind="stable")]
        cut = round(len(members) * left / count)
        waiting += [(order[:cut], first, left), (order[cut:], first + left, count - left)]
    return part


def embedding(graph: GroupedGraph, vertices: np.ndarray) -> np.ndarray:
    """(len(vertices), modes) float64: the leading eigenvectors, after the constant one, of the random walk that
    goes from a vertex to one of its groups by rate and on to any of the targets, by subspace iteration. scipy's
    sparse products and sums are sequential: the same numbers for any number of threads."""
    from scipy import sparse

    width = np.diff(graph.in_start)[vertices]
    starts = np.concatenate([[0], np.cumsum(width)])
    pins = np.repeat(graph.in_start[vertices] - starts[:-1], width) + np.arange(starts[-1])
    group = graph.in_group[pins]
    reach = np.bincount(group, minlength=graph.groups)
    weight = np.sqrt((graph.group_rate[group] + 1) / RATE_UNITS / reach[group])
    to_group = sparse.csr_array((weight, group, starts), shape=(len(vertices), graph.groups))
    total = np.asarray(to_group @ (to_group.T @ np.ones(len(vertices))))
    scale = 1 / np.sqrt(np.maximum(total, 1e-12))
    walk = sparse.csr_array(to_group.multiply(scale[:, None]))
    back = sparse.csr_array(walk.T)
    modes = min(_MODES, len(vertices))
    space = np.random.default_rng(0).standard_normal((len(vertices), modes))
    space[:, 0] = 1 / scale  # the constant mode, known beforehand
    for _ in range(_ROUNDS):
        space = _orthonormal(np.asarray(walk @ (back @ space)))
    values = np.sqrt((np.asarray(back @ space) ** 2).sum(axis=0))
    return space[:, 1:] * values[1:] * scale[:, None]


def _orthonormal(space: np.ndarray) -> np.ndarray:
    """Gram-Schmidt, twice for the rounding, column by column."""
    for _ in range(2):
        for k in range(space.shape[1]):
            column = space[:, k]
            for j in range(k):
                column = column - (space[:, j] * column).sum() * space[:, j]
            space[:, k] = column / max(float(np.sqrt((column * column).sum())), 1e-300)
    return space


def _along(where: np.ndarray) -> np.ndarray:
    """Coordinate of each point in the direction in which they spread most."""
    centred = where - where.mean(axis=0)
    spread = (centred[:, :, None] * centred[:, None, :]).sum(axis=0)
    direction = np.linalg.eigh(spread)[1][:, -1]
    return (centred * direction).sum(axis=1)
