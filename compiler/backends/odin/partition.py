"""Partitions neurons onto the fewest chips: a first packing, simple bounds, and CP-SAT between the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ....targets.odin.model import OdinChip
from .demand import Atom, Demands

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

MAX_VARIABLES = 30_000
MAX_DETERMINISTIC_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Which neurons are on which chip. counts: (atoms, chips) int64, neurons of each atom on each chip. bound: no
    partition has fewer chips."""

    counts: np.ndarray
    bound: int

    @property
    def chips(self) -> int:
        """Number of chips."""
        return int(self.counts.shape[1])


def partition(demand: Demands, chip: OdinChip, chips: int) -> Partition:
    """Partition atoms, at least one, that each fit a chip: onto at most `chips` chips if the search finds that, else
    as the first packing does."""
    packed, bound = _pack(demand, chip), least_chips(demand, chip)
    most = min(packed.shape[1], chips)
    groups = len(_row_groups(demand))
    if packed.shape[1] == bound or bound > chips or most * (len(demand.atoms) + groups) > MAX_VARIABLES:
        return Partition(counts=packed, bound=bound)
    return _solve(demand, chip, packed, bound, most)


def least_chips(demand: Demands, chip: OdinChip) -> int:
    """Bound the chips from below: for all neurons, all rows, and along each chain of populations."""
    neurons = _sizes(demand.atoms)
    rows = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(a.rows for a in demand.atoms)])).size
    most = chip.capacity
    depth = {k: -(-size // most.neurons) for k, size in enumerate(neurons)}
    chain = dict(depth)
    for _ in depth:
        for a, b in demand.before:
            chain[b] = max(chain[b], chain[a] + depth[b])
    return max([1, -(-sum(neurons) // most.neurons), -(-rows // most.rows), *chain.values()])


def _sizes(atoms: Sequence[Atom]) -> list[int]:
    sizes = [0] * (1 + max((a.population for a in atoms), default=-1))
    for atom in atoms:
        sizes[atom.population] += atom.neurons.size
    return sizes


@dataclass
class _Chip:
    neurons: int = 0
    rows: set[int] = field(default_factory=set)


def _pack(demand: Demands, chip: OdinChip) -> np.ndarray:
    """Atom after atom, in order of populations, on the first chip where it may be and there is room."""
    chips: list[_Chip] = []
    last: dict[int, int] = {}
    placed: list[dict[int, int]] = []
    for atom in demand.atoms:
        k = max((last[a] + 1 for a, b in demand.before if b == atom.population and a in last), default=0)
        needed, left = set(atom.rows.tolist()), atom.neurons.size
        placed.append({})
        while left:
            if k == len(chips):
                chips.append(_Chip())
            room = chip.capacity.neurons - chips[k].neurons
            fits = len(chips[k].rows | needed) <= chip.capacity.rows and room >= (left if atom.whole else 1)
            if fits:
                taken = min(room, left)
                placed[-1][k] = taken
                chips[k].neurons += taken
                chips[k].rows |= needed
                left -= taken
                last[atom.population] = max(last.get(atom.population, 0), k)
            k += 1
    counts = np.zeros((len(demand.atoms), len(chips)), dtype=np.int64)
    for row, taken_of in zip(counts, placed, strict=True):
        for k, taken in taken_of.items():
            row[k] = taken
    return counts


@dataclass(frozen=True)
class _Model:
    """here, count: (atom, chip) -> its variables; used: chip -> whether it is."""

    model: cp_model.CpModel
    here: dict[tuple[int, int], cp_model.IntVar]
    count: dict[tuple[int, int], cp_model.LinearExprT]
    used: list[cp_model.IntVar]


def _solve(demand: Demands, chip: OdinChip, start: np.ndarray, bound: int, most: int) -> Partition:
    from ortools.sat.python import cp_model

    m = _variables(demand, chip, most)
    _limits(m, demand, chip)
    _turns(m, demand)
    if most == start.shape[1]:
        for (a, k), variable in m.here.items():
            m.model.add_hint(variable, int(start[a, k] > 0))
    m.model.add(sum(m.used) >= bound)
    m.model.minimize(sum(m.used))
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = MAX_DETERMINISTIC_SECONDS
    status = solver.solve(m.model)
    if status == cp_model.INFEASIBLE:
        return Partition(counts=start, bound=most + 1)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Partition(counts=start, bound=bound)
    chips = sum(solver.value(used) for used in m.used)
    proven = round(solver.best_objective_bound)
    if chips >= start.shape[1]:
        return Partition(counts=start, bound=proven)
    counts = np.array(
        [[solver.value(m.count[a, k]) for k in range(chips)] for a in range(len(demand.atoms))],
        dtype=np.int64,
    )
    return Partition(counts=counts, bound=proven)


def _variables(demand: Demands, chip: OdinChip, chips: int) -> _Model:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    here: dict[tuple[int, int], cp_model.IntVar] = {}
    count: dict[tuple[int, int], cp_model.LinearExprT] = {}
    used = [model.new_bool_var("") for _ in range(chips)]
    for a, atom in enumerate(demand.atoms):
        size, most = atom.neurons.size, min(atom.neurons.size, chip.capacity.neurons)
        for k in range(chips):
            chosen = here[a, k] = model.new_bool_var("")
            model.add_implication(chosen, used[k])
            if atom.whole or size == 1:
                count[a, k] = size * chosen
                continue
            part = count[a, k] = model.new_int_var(0, most, "")
            model.add(part <= most * chosen)
            model.add(part >= chosen)
        model.add(sum(count[a, k] for k in range(chips)) == size)
    for first, second in pairwise(used):
        model.add_implication(second, first)
    return _Model(model, here, count, used)


def _row_groups(demand: Demands) -> dict[tuple[int, ...], int]:
    """Atoms -> how many rows exactly these need."""
    groups: dict[int, list[int]] = {}
    for a, atom in enumerate(demand.atoms):
        for row in atom.rows.tolist():
            groups.setdefault(row, []).append(a)
    same: dict[tuple[int, ...], int] = {}
    for row in sorted(groups):
        same[tuple(groups[row])] = same.get(tuple(groups[row]), 0) + 1
    return same


def _limits(m: _Model, demand: Demands, chip: OdinChip) -> None:
    same = _row_groups(demand)
    for k in range(len(m.used)):
        m.model.add(sum(m.count[a, k] for a in range(len(demand.atoms))) <= chip.capacity.neurons)
        stored: list[cp_model.LinearExprT] = []
        for atoms, rows in same.items():
            any_here = m.model.new_bool_var("")
            for a in atoms:
                m.model.add_implication(m.here[a, k], any_here)
            stored.append(rows * any_here)
        m.model.add(sum(stored) <= chip.capacity.rows)


def _turns(m: _Model, demand: Demands) -> None:
    """later: whether any neuron of a population is on this chip or a higher one."""
    atoms: dict[int, list[int]] = {}
    for a, atom in enumerate(demand.atoms):
        atoms.setdefault(atom.population, []).append(a)
    for first in sorted({a for a, _ in demand.before}):
        above = None
        for k in reversed(range(len(m.used))):
            later = m.model.new_bool_var("")
            for a in atoms.get(first, []):
                m.model.add_implication(m.here[a, k], later)
            if above is not None:
                m.model.add_implication(above, later)
            above = later
            for b in (b for a, b in demand.before if a == first):
                for atom in atoms.get(b, []):
                    m.model.add_implication(later, m.here[atom, k].negated())
