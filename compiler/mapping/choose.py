"""Chooses one traversal for every run of layers: CP-SAT picks the fewest cores, then the fewest packets, of the
family.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from .graph import GroupedGraph, Limits
from .said import Say, silent
from .traversals import Atoms, Traversal, atoms, runs

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

LONGEST_RUN = 5
PACKED = 200_000_000
"""Vertices that all traversals together walk over; in larger graphs, runs are shorter."""


def family(graph: GroupedGraph, limits: Limits, *, few: bool = False) -> str:
    """Say in words what is chosen from. few: only from what no other beat when it was tried before."""
    longest = longest_run(graph, limits)
    which = ", of these the ones that no other beat under earlier limits" if few else ""
    return (
        f"every cut of the layers into runs of up to {longest} that slide over each other; a run walked in bands, tiles"
        " or channel chunks on the grid of its first or last layer, cut greedily, at tiles, or position by position"
        f" with the rest packed apart{which}; before cores of different runs are merged"
    )


def longest_run(graph: GroupedGraph, limits: Limits) -> int:
    """How many layers a run has at most."""
    for longest in range(min(LONGEST_RUN, limits.layers), 1, -1):
        if walked_over(graph, longest) <= PACKED:
            return longest
    return 1


def walked_over(graph: GroupedGraph, longest: int) -> int:
    """About how many vertices all traversals of runs of up to `longest` layers walk over."""
    sizes = [sum(part.size for part in graph.layers[a : b + 1]) for a, b in runs(graph.layers, longest)]
    return 2 * len(_BANDS) * sum(sizes)


_BANDS = ((1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (8, 1), (12, 1), (16, 1), (1, 2), (2, 2), (4, 4), (8, 8))
_CHUNKS = (1, 2)


@dataclass(frozen=True, kw_only=True)
class Option:
    """A traversal, how it is cut (a mode of `pack`), and what it costs alone, packets in RATE_UNITS."""

    walk: Traversal
    mode: int
    cores: int
    packets: int


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One option per run. bound: no choice of the family within the budget of cores has fewer packets (RATE_UNITS).
    fewest_cores: of any choice of the family, least_cores its proven bound."""

    options: tuple[Option, ...]
    cores: int
    packets: int
    bound: int
    fewest_cores: int
    least_cores: int


def walks(graph: GroupedGraph, limits: Limits) -> list[Traversal]:
    """Enumerate the traversals, in a fixed order."""
    traversals: list[Traversal] = []
    for first, last in runs(graph.layers, longest_run(graph, limits)):
        for grid in sorted({first, last}):
            layer = graph.layers[grid]
            bands = [b for b in _BANDS if b[0] <= layer.height and b[1] <= layer.width]
            split = first == last and layer.kind == "spatial"
            for rows, columns in bands:
                for chunks in _CHUNKS if split else _CHUNKS[:1]:
                    if chunks <= layer.channels:
                        traversals.append(
                            Traversal(
                                first=first, last=last, grid=grid, rows=rows, columns=columns, chunks=chunks
                            )
                        )  # fmt: skip
    return traversals


def options(graph: GroupedGraph, limits: Limits, say: Say = silent) -> list[Option]:
    """Cut every traversal in every mode; returns, of each run, those that no other beats in cores and packets."""
    runs_of = {
        run: list(same)
        for run, same in groupby(walks(graph, limits), key=lambda walk: (walk.first, walk.last))
    }
    found: list[Option] = []
    for k, run in enumerate(sorted(runs_of)):
        say(f"ways to cut {k:,} of {len(runs_of):,} runs of {len(graph.layers):,} layers")
        tried = ((walk, parts, mode) for walk in runs_of[run] for parts in [atoms(graph, walk)]
                 for mode in parts.modes(graph, limits))  # fmt: skip
        found += _best(graph, limits, tried)
    return found


def again(graph: GroupedGraph, limits: Limits, known: Sequence[Option]) -> list[Option]:
    """Cut the traversals of options that were found under other limits; as `options`."""
    found: list[Option] = []
    for _, same in groupby(known, key=lambda option: (option.walk.first, option.walk.last)):
        found += _best(graph, limits, ((o.walk, atoms(graph, o.walk), o.mode) for o in same))
    return found


def _best(graph: GroupedGraph, limits: Limits, tried: Iterable[tuple[Traversal, Atoms, int]]) -> list[Option]:
    from .pack_kernel import pack, pins

    arrays, core = pins(graph, limits), np.zeros(graph.vertices, dtype=np.int64)
    found: list[Option] = []
    for walk, parts, mode in tried:
        cores, packets = pack(parts.order(mode), mode, arrays, 0, core)
        if cores < 0:
            raise ValueError("a vertex does not fit on an empty core")
        found.append(Option(walk=walk, mode=mode, cores=int(cores), packets=int(packets)))
    return _pareto(found)


def _pareto(candidates: list[Option]) -> list[Option]:
    kept: list[Option] = []
    for option in sorted(candidates, key=lambda o: (o.cores, o.packets)):
        if not kept or option.packets < kept[-1].packets:
            kept.append(option)
    return kept


def choose(graph: GroupedGraph, candidates: Sequence[Option], cores: int | None, slack: float) -> Choice:
    """Choose the options with the fewest packets on at most `cores` cores, or, for None, on (1 + slack) times the
    fewest."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in candidates]
    for index in range(len(graph.layers)):
        over = [t for t, o in zip(taken, candidates, strict=True) if o.walk.first <= index <= o.walk.last]
        model.add_exactly_one(over)
    total = sum(o.cores * t for o, t in zip(candidates, taken, strict=True))
    packets = sum(o.packets * t for o, t in zip(candidates, taken, strict=True))
    model.minimize(total)
    fewest, bound, _ = _solve(model, taken)
    budget = max(int(fewest * (1 + slack)) if cores is None else cores, fewest)
    model.add(total <= budget)
    model.minimize(packets)
    value, packet_bound, chosen = _solve(model, taken)
    picked = tuple(o for o, yes in zip(candidates, chosen, strict=True) if yes)
    return Choice(
        options=tuple(sorted(picked, key=lambda o: o.walk.first)),
        cores=sum(o.cores for o in picked),
        packets=value,
        bound=packet_bound,
        fewest_cores=fewest,
        least_cores=bound,
    )


def _solve(model: cp_model.CpModel, taken: list[cp_model.IntVar]) -> tuple[int, int, list[bool]]:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.catch_sigint_signal = False
    solver.parameters.max_deterministic_time = 2.0
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise RuntimeError("a cover by single layers always exists")
    return (
        round(solver.objective_value),
        round(solver.best_objective_bound),
        [bool(solver.value(t)) for t in taken],
    )


def assign(graph: GroupedGraph, limits: Limits, choice: Choice) -> np.ndarray:
    """Number the cores of a choice: (vertices,) int64, run by run in the order of the layers."""
    from .pack_kernel import pack, pins

    arrays = pins(graph, limits)
    core = np.full(graph.vertices, -1, dtype=np.int64)
    first = 0
    for option in choice.options:
        parts = atoms(graph, option.walk)
        first += int(pack(parts.order(option.mode), option.mode, arrays, first, core)[0])
    return core
