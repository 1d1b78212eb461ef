"""Maps a grouped hypergraph to cores: choice of traversals, irregular parts, merging, refinement, certificate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import tiles
from .bounds import core_bound, too_large
from .choose import Choice, assign, choose, family, options
from .graph import RATE_UNITS, GroupedGraph, Limits
from .irregular import irregular_vertices, spread
from .items import vertex_items
from .metric import Cost, measure
from .refine import anneal, merge, numbered, refine


@dataclass(frozen=True, kw_only=True)
class Proof:
    """No member of `family` with as few cores has fewer packets per step than `bound`; value: of the best member."""

    family: str
    value: float
    bound: float

    @property
    def proven(self) -> bool:
        """Whether the best member reaches the bound."""
        return self.value <= self.bound


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapped:
    """core: (vertices,) int64, 0 .. cores - 1 in order of their first vertex. least_cores: no partition within the
    limits has fewer. proofs: of the choice of traversals, before merging and refinement (where all
    layers have a structure); of the tiles, at the end."""

    core: np.ndarray
    cost: Cost
    least_cores: int
    proofs: tuple[Proof, ...]


def map_graph(
    graph: GroupedGraph,
    limits: Limits,
    *,
    cores: int | None = None,
    slack: float = 0.0,
    polish: bool = True,
    seed: int = 1,
) -> Mapped:
    """Cores for every vertex, as few as found, then as few packets per step as found.

    cores: how many may be used; None: (1 + slack) times the fewest of the chosen family. polish: with annealing,
    refinement and, for a small network, CP-SAT on tiles.
    Raises ValueError where a vertex does not fit on an empty core."""
    if len(bad := too_large(graph, limits)):
        raise ValueError(f"vertex {bad[0]} does not fit on an empty core")
    odd = irregular_vertices(graph)
    proofs: list[Proof] = []
    core = np.full(graph.vertices, -1, dtype=np.int64)
    if len(odd) < graph.vertices:
        choice = choose(graph, options(graph, limits), cores, slack)
        core = assign(graph, limits, choice)
        proofs += [] if len(odd) else [_of_choice(choice, family(graph))]
    if len(odd):
        core[odd] = core.max() + 1 + spread(graph, limits, odd)
        core = anneal(graph, limits, numbered(core), odd, seed) if polish else numbered(core)
    whole = vertex_items(graph, limits)
    core = numbered(merge(whole, numbered(core), seed, at_any_price=cores is None and slack == 0))
    if polish:
        core = refine(graph, limits, core, seed)
        if (tiled := tiles.improve(graph, limits, core)) is not None:
            core = numbered(tiled.core)
            proofs.append(_of_tiles(tiled))
    cost = measure(graph, core)
    if not cost.within(limits):
        raise RuntimeError("the mapper broke a limit")
    return Mapped(core=core, cost=cost, least_cores=core_bound(graph, limits), proofs=tuple(proofs))


def _of_choice(choice: Choice, words: str) -> Proof:
    return Proof(family=words, value=choice.packets / RATE_UNITS, bound=choice.bound / RATE_UNITS)


def _of_tiles(tiled: tiles.Tiled) -> Proof:
    return Proof(family=tiles.FAMILY, value=tiled.packets / RATE_UNITS, bound=tiled.bound / RATE_UNITS)
