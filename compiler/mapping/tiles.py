"""Improves partitions of small networks by CP-SAT: puts tiles of a few neurons on cores, and proves the result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .graph import UNLIMITED, GroupedGraph, Limits

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

MOST_VERTICES = 300
MOST_TILES = 450  # tile x core pairs
LONGEST_TILE = 8
_ROUNDING = 1e-3  # of the solver's bound, a float near a whole number
FAMILY = "tiles of up to 8 neurons that hear and reach the same, cut from the cores of the refined partition"


@dataclass(frozen=True, kw_only=True)
class Tiled:
    """core: (vertices,) int64. packets, bound: in RATE_UNITS; equal where the answer is proven for these tiles and
    this number of cores."""

    core: np.ndarray
    packets: int
    bound: int

    @property
    def proven(self) -> bool:
        """Whether packets reach the bound."""
        return self.packets == self.bound


@dataclass(frozen=True, kw_only=True)
class _Tile:
    vertices: np.ndarray
    core: int
    groups: tuple[int, ...]
    sends: int
    rate: int


def improve(
    graph: GroupedGraph, limits: Limits, core: np.ndarray, deterministic_seconds: float = 2.0
) -> Tiled | None:
    """Find the best placement of the tiles of `core` on as many cores; None for a network too large to try."""
    cores = int(core.max()) + 1
    if graph.vertices > MOST_VERTICES:
        return None
    tiles = _tiles(graph, limits, core)
    if len(tiles) * cores > MOST_TILES:
        return None
    return _solve(graph, limits, tiles, core, deterministic_seconds)


def _tiles(graph: GroupedGraph, limits: Limits, core: np.ndarray) -> list[_Tile]:
    """Neurons of one core that hear the same groups and are in the same group, hottest first, a few at a time; of one
    layer where the number of layers on a core is limited."""
    layers = graph.layer.tolist() if limits.layers < UNLIMITED else [0] * graph.vertices
    kinds: dict[tuple[int, int, tuple[int, ...], int], list[int]] = {}
    for v in range(graph.vertices):
        groups = tuple(graph.in_group[graph.in_start[v] : graph.in_start[v + 1]].tolist())
        kinds.setdefault((int(core[v]), layers[v], groups, int(graph.out_group[v])), []).append(v)
    tiles: list[_Tile] = []
    for (where, _, groups, sends), members in kinds.items():
        members.sort(key=lambda v: (-int(graph.out_rate[v]), v))
        for k in range(0, len(members), LONGEST_TILE):
            part = np.array(members[k : k + LONGEST_TILE])
            rate = int(graph.out_rate[part].sum())
            tiles.append(_Tile(vertices=part, core=where, groups=groups, sends=sends, rate=rate))
    return sorted(tiles, key=lambda tile: (tile.core, int(tile.vertices[0])))


def _solve(
    graph: GroupedGraph, limits: Limits, tiles: Sequence[_Tile], core: np.ndarray, seconds: float
) -> Tiled:
    from ortools.sat.python import cp_model

    cores = int(core.max()) + 1
    model = cp_model.CpModel()
    on = [[model.new_bool_var("") for _ in range(cores)] for _ in tiles]
    for tile, row in zip(tiles, on, strict=True):
        model.add_exactly_one(row)
        for c in range(cores):
            model.add_hint(row[c], int(tile.core == c))
    heard = sorted({group for tile in tiles for group in tile.groups})
    reach = {(g, c): model.new_bool_var("") for g in heard for c in range(cores)}
    for tile, row in zip(tiles, on, strict=True):
        for g in tile.groups:
            for c in range(cores):
                model.add_implication(row[c], reach[g, c])
    _hint_reach(model, reach, tiles)
    for c in range(cores):
        _limit(model, graph, limits, tiles, [row[c] for row in on])
        model.add(sum(int(graph.group_axons[g]) * reach[g, c] for g in heard) <= limits.axons)
    kept, saved = _kept(model, tiles, on, reach, cores)
    paid = [int(graph.group_rate[g]) for g, _ in reach]
    model.minimize(
        cp_model.LinearExpr.weighted_sum([*reach.values(), *kept], [*paid, *(-rate for rate in saved)])
    )
    _break_symmetry(model, tiles, on, cores)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.catch_sigint_signal = False
    solver.parameters.max_deterministic_time = seconds
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise RuntimeError("CP-SAT lost the partition that it was given")
    improved = core.copy()
    for tile, row in zip(tiles, on, strict=True):
        improved[tile.vertices] = next(c for c in range(cores) if solver.value(row[c]))
    bound = math.ceil(solver.best_objective_bound - _ROUNDING)
    return Tiled(core=improved, packets=round(solver.objective_value), bound=bound)


def _limit(
    model: cp_model.CpModel,
    graph: GroupedGraph,
    limits: Limits,
    tiles: Sequence[_Tile],
    column: Sequence[cp_model.IntVar],
) -> None:
    """The tiles of a core, whose variables are `column`, are within all limits but that of axons."""
    from ortools.sat.python import cp_model

    amounts = [
        (limits.neurons, [len(tile.vertices) for tile in tiles]),
        (limits.memory, [int(graph.vertex_memory[tile.vertices].sum()) for tile in tiles]),
        (limits.slots, [int(graph.vertex_slots[tile.vertices].sum()) for tile in tiles]),
    ]
    for limit, each in amounts:
        if limit < UNLIMITED:
            model.add(cp_model.LinearExpr.weighted_sum(column, each) <= limit)
    if limits.layers < UNLIMITED:
        layer = [int(graph.layer[tile.vertices[0]]) for tile in tiles]
        present = {number: model.new_bool_var("") for number in sorted(set(layer))}
        for number, chosen in zip(layer, column, strict=True):
            model.add_implication(chosen, present[number])
        model.add(sum(present.values()) <= limits.layers)


def _kept(
    model: cp_model.CpModel,
    tiles: Sequence[_Tile],
    on: Sequence[Sequence[cp_model.IntVar]],
    reach: dict[tuple[int, int], cp_model.IntVar],
    cores: int,
) -> tuple[list[cp_model.IntVar], list[int]]:
    """Whether the spikes of a tile stay on a core, and their rate (RATE_UNITS)."""
    stays: list[cp_model.IntVar] = []
    saved: list[int] = []
    for tile, row in zip(tiles, on, strict=True):
        if tile.sends < 0 or tile.rate == 0:
            continue
        for c in range(cores):
            saved.append(tile.rate)
            if tile.sends in tile.groups:
                stays.append(row[c])
                continue
            kept = model.new_bool_var("")
            model.add_implication(kept, row[c])
            model.add_implication(kept, reach[tile.sends, c])
            at_home = (tile.sends, c)
            model.add_hint(kept, int(tile.core == c and _reached(tiles, at_home)))
            stays.append(kept)
    return stays, saved


def _reached(tiles: Sequence[_Tile], pair: tuple[int, int]) -> bool:
    return any(tile.core == pair[1] and pair[0] in tile.groups for tile in tiles)


def _hint_reach(
    model: cp_model.CpModel, reach: dict[tuple[int, int], cp_model.IntVar], tiles: Sequence[_Tile]
) -> None:
    for pair, variable in reach.items():
        model.add_hint(variable, int(_reached(tiles, pair)))


def _break_symmetry(
    model: cp_model.CpModel, tiles: Sequence[_Tile], on: Sequence[Sequence[cp_model.IntVar]], cores: int
) -> None:
    """Cores are alike: a tile is on core c only if an earlier one is on core c - 1. Tiles come in the order of their
    given cores, so that the given partition obeys this."""
    for c in range(1, cores):
        for k in range(len(tiles)):
            model.add_bool_or([on[k][c].negated(), *(on[j][c - 1] for j in range(k))])
