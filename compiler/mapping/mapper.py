"""Maps a grouped hypergraph to cores: choice of traversals, irregular parts, merging, refinement, certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import tiles
from .bounds import core_bound, too_large
from .choose import Choice, Option, again, assign, choose, family, options
from .graph import RATE_UNITS, UNLIMITED, GroupedGraph, Limits
from .irregular import irregular_vertices, spread
from .items import vertex_items
from .metric import Cost, measure
from .refine import anneal, merge, numbered, refine
from .said import Say, silent


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Draft:
    """core: (vertices,) int64 before cores are merged and refined. odd: vertices without a structure. candidates: the
    traversals that were chosen from. cramped: whether cores may be emptied at the price of packets."""

    core: np.ndarray
    odd: np.ndarray
    candidates: tuple[Option, ...]
    proofs: tuple[Proof, ...]
    cramped: bool


def draft(
    graph: GroupedGraph,
    limits: Limits,
    *,
    cores: int | None = None,
    slack: float = 0.0,
    known: Sequence[Option] = (),
    say: Say = silent,
) -> Draft:
    """Choose traversals and spread what has no structure: the part of `map_graph` that only few of its arguments
    change.

    known: options of a draft of the same layers; where there are any, no others are tried.
    Raises ValueError where a vertex does not fit on an empty core."""
    if len(bad := too_large(graph, limits)):
        raise ValueError(f"vertex {bad[0]} does not fit on an empty core")
    odd = irregular_vertices(graph)
    core = np.full(graph.vertices, -1, dtype=np.int64)
    proofs: tuple[Proof, ...] = ()
    candidates: tuple[Option, ...] = ()
    if len(odd) < graph.vertices:
        candidates = tuple(again(graph, limits, known) if known else options(graph, limits, say))
        choice = choose(graph, candidates, cores, slack)
        core = assign(graph, limits, choice)
        proofs = () if len(odd) else (_of_choice(choice, family(graph, limits, few=bool(known))),)
    if len(odd):
        core[odd] = core.max() + 1 + spread(graph, limits, odd, say)
    return Draft(
        core=numbered(core),
        odd=odd,
        candidates=candidates,
        proofs=proofs,
        cramped=cores is None and slack == 0,
    )


def finish(
    graph: GroupedGraph,
    limits: Limits,
    drafted: Draft,
    *,
    polish: bool = True,
    seed: int = 1,
    most: int = UNLIMITED,
    say: Say = silent,
) -> Mapped:
    """Merge and refine a draft of this graph under these limits; arguments as of `map_graph`.

    Raises ValueError where merging leaves more than `most` cores, which are not refined then, and where no partition
    within the limits is found."""
    core, proofs = drafted.core, drafted.proofs
    if len(drafted.odd) and polish:
        say(f"anneal {len(drafted.odd):,} neurons")
        core = numbered(anneal(graph, limits, core, drafted.odd, seed, say))
    say(f"merge {int(core.max(initial=-1)) + 1:,} cores")
    core = numbered(merge(vertex_items(graph, limits), core, seed, at_any_price=drafted.cramped))
    if int(core.max(initial=-1)) >= most:
        raise ValueError(f"more than {most} cores")
    if polish:
        say(f"refine {int(core.max(initial=-1)) + 1:,} cores")
        core = refine(graph, limits, core, seed, say)
        if (tiled := tiles.improve(graph, limits, core)) is not None:
            core = numbered(tiled.core)
            proofs = (*proofs, _of_tiles(tiled))
    cost = measure(graph, core)
    if not cost.within(limits):
        raise ValueError("no partition within the limits is found")
    return Mapped(core=core, cost=cost, least_cores=core_bound(graph, limits), proofs=proofs)


def map_graph(
    graph: GroupedGraph,
    limits: Limits,
    *,
    cores: int | None = None,
    slack: float = 0.0,
    polish: bool = True,
    seed: int = 1,
    say: Say = silent,
) -> Mapped:
    """Cores for every vertex, as few as found, then as few packets per step as found.

    cores: how many may be used; None: (1 + slack) times the fewest of the chosen family. polish: with annealing,
    refinement and, for a small network, CP-SAT on tiles.
    Raises ValueError where a vertex does not fit on an empty core."""
    drafted = draft(graph, limits, cores=cores, slack=slack, say=say)
    return finish(graph, limits, drafted, polish=polish, seed=seed, say=say)


def _of_choice(choice: Choice, words: str) -> Proof:
    return Proof(family=words, value=choice.packets / RATE_UNITS, bound=choice.bound / RATE_UNITS)


def _of_tiles(tiled: tiles.Tiled) -> Proof:
    return Proof(family=tiles.FAMILY, value=tiled.packets / RATE_UNITS, bound=tiled.bound / RATE_UNITS)
