"""Solves the partition as a CP-SAT model: which cut of each population, which core for each piece.

Searched under the solver's deterministic clock with a fixed seed and number of workers, from a model built in sorted
order, so that the answer is the same on every machine and under every load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from .partition_greedy import Packing, objective_weight, total_slots
from .slice_cuts import pieces
from .slice_demand import DISTINCT, SUMMED, Cuts, Demand, Demands

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

MAX_TILES = 40_000
WORKERS = 1  # eight, interleaved on two cores: four times as slow, and no better on 8 and 20 recurrent layers
_SLOTS = SUMMED.index("output_slots")


@dataclass(frozen=True, kw_only=True)
class Solved:
    """The best packing, and the proven lower bound of the weighted objective."""

    packing: Packing
    bound: int


@dataclass(frozen=True, kw_only=True)
class _Tile:
    """Piece `piece` of option `option` of population `name` on core `core`, and its variable."""

    name: str
    option: int
    piece: int
    core: int
    chosen: cp_model.IntVar
    demand: Demand


@dataclass(frozen=True, kw_only=True)
class _Model:
    """What the constraints are built from. ways: (population, option) -> its variable."""

    demands: Demands
    options: Mapping[str, list[Cuts]]
    cores: int
    model: cp_model.CpModel
    used: list[cp_model.IntVar] = field(default_factory=list)
    ways: dict[tuple[str, int], cp_model.IntVar] = field(default_factory=dict)
    tiles: list[_Tile] = field(default_factory=list)

    def on(self, core: int) -> list[_Tile]:
        return self._by_core[core]

    @cached_property
    def _by_core(self) -> list[list[_Tile]]:
        return [[t for t in self.tiles if t.core == core] for core in range(self.cores)]


def size_of(options: Mapping[str, list[Cuts]], cores: int) -> int:
    """Count the tiles (boolean variables of a piece on a core) that a model would have."""
    return cores * sum(len(cuts) - 1 for choices in options.values() for cuts in choices)


def solve(
    demands: Demands,
    options: Mapping[str, list[Cuts]],
    start: Packing,
    least_cores: int,
    max_deterministic_seconds: float,
    say: Callable[[str], None],
) -> Solved:
    """Search for a packing at least as good as `start`, with the proven bound of the weighted objective.

    say: called with every better packing, and the bound at that moment, in words."""
    from ortools.sat.python import cp_model

    m = _Model(demands=demands, options=options, cores=start.cores, model=cp_model.CpModel())
    anchor = max(sorted(options), key=lambda name: max(len(cuts) for cuts in options[name]))
    _add_tiles(m, anchor)
    _add_sums(m)
    _add_output_slots(m)
    _add_distinct(m)
    _add_shared(m)
    m.model.add(sum(m.used) >= least_cores)
    weight = objective_weight(demands, options)
    slots = [total_slots(demands, name, options[name][k]) * way for (name, k), way in m.ways.items()]
    m.model.minimize(weight * sum(m.used) + sum(slots))
    _add_hint(m, start, anchor)

    solver = cp_model.CpSolver()
    solver.parameters.random_seed = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.num_workers = WORKERS
    solver.parameters.interleave_search = True
    solver.parameters.max_deterministic_time = max_deterministic_seconds
    status = solver.solve(m.model, _watch(weight, say))
    if status == cp_model.UNKNOWN:
        return Solved(packing=start, bound=least_cores * weight)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise RuntimeError(f"CP-SAT says {solver.status_name(status)} of a model with a known solution")
    cuts = {name: options[name][k] for (name, k), way in m.ways.items() if solver.value(way)}
    core = {(t.name, t.piece): t.core for t in m.tiles if solver.value(t.chosen)}
    packing = Packing(
        cuts=cuts,
        core=core,
        cores=len(set(core.values())),
        slots=sum(total_slots(demands, name, cut) for name, cut in cuts.items()),
    )
    bound = round(solver.best_objective_bound)
    better = min(packing, start, key=lambda p: p.value)
    return Solved(packing=better, bound=bound)


def _watch(weight: int, say: Callable[[str], None]) -> cp_model.CpSolverSolutionCallback:
    from ortools.sat.python import cp_model

    class Watch(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            cores, slots = divmod(round(self.objective_value), weight)
            least = round(self.best_objective_bound)
            say(
                f"CP-SAT: {cores} cores, {slots:,} output slots; bound {least // weight} and {least % weight:,}"
            )

    return Watch()


def _add_tiles(m: _Model, anchor: str) -> None:
    """One cut a population, one core a piece, pieces of a population apart. Cores are alike: piece i of the
    anchor goes to core i, and used cores come first."""
    m.used.extend(m.model.new_bool_var(f"used {c}") for c in range(m.cores))
    for a, b in pieces(tuple(range(m.cores))):
        m.model.add_implication(m.used[b], m.used[a])
    for name, choices in sorted(m.options.items()):
        tiles: list[_Tile] = []
        for k, cuts in enumerate(choices):
            way = m.ways[name, k] = m.model.new_bool_var(f"cut {name} {k}")
            nothing = m.demands.no_slots(name)
            if len(cuts) - 1 > m.cores:
                m.model.add(way == 0)
                continue
            for i, (first, last) in enumerate(pieces(cuts)):
                demand = m.demands.demand(name, first, last, nothing)
                here = [
                    _Tile(
                        name=name,
                        option=k,
                        piece=i,
                        core=core,
                        chosen=m.model.new_bool_var(f"{name} {k} {i} {core}"),
                        demand=demand,
                    )
                    for core in ([i] if name == anchor else range(m.cores))
                ]
                m.model.add(sum(t.chosen for t in here) == way)
                tiles += here
        m.model.add_exactly_one(m.ways[name, k] for k in range(len(choices)))
        for core in range(m.cores):
            m.model.add_at_most_one(t.chosen for t in tiles if t.core == core)
        m.tiles.extend(tiles)


def _add_sums(m: _Model) -> None:
    for index, capacity in enumerate(m.demands.capacity[: len(SUMMED)]):
        if index == _SLOTS:
            continue
        for core, used in enumerate(m.used):
            m.model.add(sum(t.chosen * t.demand.sums[index] for t in m.on(core)) <= capacity * used)


def _add_output_slots(m: _Model) -> None:
    """A tile's slots depend on the cuts of its destinations: the least, and what the chosen cut adds."""
    capacity = m.demands.capacity[_SLOTS]
    loads: list[list[cp_model.LinearExprT]] = [[] for _ in range(m.cores)]
    for tile in m.tiles:
        first, last = pieces(m.options[tile.name][tile.option])[tile.piece]
        for post in sorted(m.options):
            counts = [
                int(fanout[last] - fanout[first])
                for fanout in (m.demands.fanout_to(tile.name, post, cuts) for cuts in m.options[post])
            ]
            least = min(counts)
            loads[tile.core].append(least * tile.chosen)
            for k, count in enumerate(counts):
                if count > least:
                    both = m.model.new_bool_var("")
                    m.model.add_bool_or([both, tile.chosen.negated(), m.ways[post, k].negated()])
                    loads[tile.core].append((count - least) * both)
    for load in loads:
        m.model.add(sum(load) <= capacity)


def _add_distinct(m: _Model) -> None:
    """At most so many different profiles or formats on a core."""
    for index in range(len(DISTINCT)):
        capacity = m.demands.capacity[len(SUMMED) + index]
        values = sorted({v for t in m.tiles for v in t.demand.sets[index]}, key=repr)
        if len(values) <= capacity:
            continue
        for core in range(m.cores):
            present = [m.model.new_bool_var("") for _ in values]
            number = dict(zip(values, present, strict=True))
            for tile in m.on(core):
                for value in sorted(tile.demand.sets[index], key=repr):
                    m.model.add_implication(tile.chosen, number[value])
            m.model.add(sum(present) <= capacity)


def _add_shared(m: _Model) -> None:
    kinds = sorted({t.demand.shared for t in m.tiles})
    if len(kinds) < 2:
        return
    for core in range(m.cores):
        holds = {kind: m.model.new_bool_var("") for kind in kinds}
        m.model.add_at_most_one(holds.values())
        for tile in m.on(core):
            m.model.add_implication(tile.chosen, holds[tile.demand.shared])


def _add_hint(m: _Model, start: Packing, anchor: str) -> None:
    order = dict(_relabelled(start, anchor))
    option = {name: m.options[name].index(cuts) for name, cuts in start.cuts.items()}
    for (name, k), way in m.ways.items():
        m.model.add_hint(way, option[name] == k)
    for tile in m.tiles:
        here = option[tile.name] == tile.option and order[start.core[tile.name, tile.piece]] == tile.core
        m.model.add_hint(tile.chosen, here)
    for used in m.used:
        m.model.add_hint(used, True)


def _relabelled(start: Packing, anchor: str) -> Iterator[tuple[int, int]]:
    """Old and new number of each core of `start`: the anchor's first, in order of its pieces."""
    mine = [start.core[anchor, i] for i in range(len(start.cuts[anchor]) - 1)]
    rest = [c for c in range(start.cores) if c not in mine]
    return ((old, new) for new, old in enumerate(mine + rest))
