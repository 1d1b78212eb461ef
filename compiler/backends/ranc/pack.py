"""Packs clusters on as few cores as hold them: bins with two sizes, by CP-SAT where it is small enough to be exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clusters import Room

EXACT = 40
"""Clusters, at most, that the solver is asked about."""
SOLVER_TIME = 5.0


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Which bin each cluster is in, (k,). bound: no packing has fewer bins."""

    bin: np.ndarray
    bins: int
    bound: int
    status: str


def pack(axons: np.ndarray, rows: np.ndarray, room: Room) -> Packing:
    """Pack clusters into bins. axons, rows: (k,) int64 that each cluster takes, at most the room."""
    bin_of = _first_fit(axons, rows, room)
    bins = int(bin_of.max(initial=-1)) + 1
    bound = max(
        -(-int(axons.sum()) // room.axons), -(-int(rows.sum()) // room.rows), _apart(axons, rows, room)
    )
    status = "optimal" if bins == bound else "feasible (first fit)"
    if bins > bound and axons.size <= EXACT:
        solved, least = _solved(axons, rows, room, bins)
        bound = max(bound, least)
        if solved is not None:
            bin_of, bins = solved, int(solved.max()) + 1
        status = "optimal" if bins == bound else "feasible (solver's limit)"
    return Packing(bin=_in_order(bin_of), bins=bins, bound=bound, status=status)


def _apart(axons: np.ndarray, rows: np.ndarray, room: Room) -> int:
    """Clusters of which no two fit on one core, as many as are found at once."""
    chosen: list[int] = []
    for k in _largest_first(axons, rows, room):
        if ((axons[chosen] + axons[k] > room.axons) | (rows[chosen] + rows[k] > room.rows)).all():
            chosen.append(k)
    return len(chosen)


def _largest_first(axons: np.ndarray, rows: np.ndarray, room: Room) -> list[int]:
    share = np.maximum(axons / room.axons, rows / room.rows)
    return np.lexsort((np.arange(axons.size), -share)).tolist()


def _first_fit(axons: np.ndarray, rows: np.ndarray, room: Room) -> np.ndarray:
    """The largest first."""
    bin_of = np.full(axons.size, -1, dtype=np.int64)
    used: list[list[int]] = []
    for k in _largest_first(axons, rows, room):
        a, r = int(axons[k]), int(rows[k])
        at = next(
            (b for b, (x, y) in enumerate(used) if x + a <= room.axons and y + r <= room.rows), len(used)
        )
        if at == len(used):
            used.append([0, 0])
        used[at][0] += a
        used[at][1] += r
        bin_of[k] = at
    return bin_of


def _solved(axons: np.ndarray, rows: np.ndarray, room: Room, most: int) -> tuple[np.ndarray | None, int]:
    """A packing in fewer than `most` bins, if there is one, and a bound on all."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    k = axons.size
    bins = range(most - 1)
    on = [[model.new_bool_var(f"{i},{b}") for b in bins] for i in range(k)]
    used = [model.new_bool_var(f"{b}") for b in bins]
    for i in range(k):
        model.add_exactly_one(on[i])
    for b in bins:
        model.add(sum(int(axons[i]) * on[i][b] for i in range(k)) <= room.axons * used[b])
        model.add(sum(int(rows[i]) * on[i][b] for i in range(k)) <= room.rows * used[b])
        if b:
            model.add_implication(used[b], used[b - 1])
    model.minimize(sum(used))
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = SOLVER_TIME
    solver.parameters.random_seed = 1
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None, most
    bound = int(np.ceil(solver.best_objective_bound - 1e-6))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, max(bound, 1)
    return np.array([next(b for b in bins if solver.value(on[i][b])) for i in range(k)]), bound


def _in_order(bin_of: np.ndarray) -> np.ndarray:
    """Bins numbered by their first cluster."""
    _, first, inverse = np.unique(bin_of, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    return rank[inverse.reshape(-1)]
