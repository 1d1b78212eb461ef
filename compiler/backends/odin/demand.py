"""Computes the resource demand of neurons, places and rows, and the pieces in which a partition may cut them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ....targets.odin.model import OdinChip
from ...ir.placement import Traversal
from ..shared.group_sources import spatial
from .quantized_network import QuantizedNetwork
from .routes import stored_synapses

MOST_CLASSES = 48
"""Neurons with the same rows are one class; of more classes than these, populations are cut as wholes."""
BLOCKS = (1, 2, 4, 8)


@dataclass(frozen=True, kw_only=True)
class Atom:
    """Neurons that a partition counts together.

    neurons: (k,) int64 of one population that all need `rows`, (r,) int64 ascending. whole: only together on one
    chip."""

    population: int
    neurons: np.ndarray
    rows: np.ndarray
    whole: bool


@dataclass(frozen=True, kw_only=True)
class Demands:
    """The resource demand of a network.

    before: (a, b) populations of which all neurons of a have their turn before any of b. exact: whether atoms are as
    fine as neurons that differ."""

    atoms: tuple[Atom, ...]
    before: tuple[tuple[int, int], ...]
    exact: bool


RowsOfNeurons = Sequence[Sequence[np.ndarray]]
"""Of each population, of each neuron: its rows (r,) int64, ascending."""


def fan_in(rows: RowsOfNeurons) -> tuple[int, int, int]:
    """Find the neuron with the most rows: (rows, population, neuron), the first of equals."""
    sizes = [(r.size, -k, -n) for k, neurons in enumerate(rows) for n, r in enumerate(neurons)]
    size, population, neuron = max(sizes, default=(0, 0, 0))
    return size, -population, -neuron


def demands(network: QuantizedNetwork, rows: RowsOfNeurons, chip: OdinChip) -> Demands:
    """Compute the demand of a network whose loop is open and whose neurons each fit a chip."""
    classes = [_classes(k, neurons) for k, neurons in enumerate(rows)]
    exact = sum(len(class_atoms) for class_atoms in classes) <= MOST_CLASSES
    atoms: list[Atom] = []
    for k, class_atoms in enumerate(classes):
        union = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(atom.rows for atom in class_atoms)]))
        if exact:
            atoms += class_atoms
        elif union.size <= chip.capacity.rows:
            atoms.append(Atom(population=k, neurons=np.arange(len(rows[k])), rows=union, whole=False))
        else:
            atoms += _pieces(k, rows[k], network.populations[k].shape, chip)
    return Demands(atoms=tuple(atoms), before=_before(network), exact=exact)


def rows_of_neurons(network: QuantizedNetwork) -> RowsOfNeurons:
    """List the rows that each neuron of each population needs, ascending."""
    return tuple(_rows_of_neurons(network))


def _rows_of_neurons(network: QuantizedNetwork) -> Iterator[list[np.ndarray]]:
    synapses = stored_synapses(network)
    for k, population in enumerate(network.populations):
        mine = synapses.post == k
        pairs = np.unique(np.stack([synapses.neuron[mine], synapses.row[mine]]), axis=1)
        ends = np.searchsorted(pairs[0], np.arange(population.size + 1))
        yield [pairs[1, low:high] for low, high in pairwise(ends.tolist())]


def _classes(population: int, rows: Sequence[np.ndarray]) -> list[Atom]:
    members: dict[bytes, list[int]] = {}
    for neuron, needed in enumerate(rows):
        members.setdefault(needed.tobytes(), []).append(neuron)
    return [
        Atom(population=population, neurons=np.array(neurons), rows=rows[neurons[0]], whole=False)
        for neurons in members.values()
    ]


def _pieces(
    population: int, rows: Sequence[np.ndarray], shape: tuple[int, ...], chip: OdinChip
) -> list[Atom]:
    """As many neurons after each other as fit a chip, along the walk that makes the fewest pieces."""
    return min((_cut(population, rows, walk, chip) for walk in _walks(shape, len(rows))), key=len)


def _walks(shape: tuple[int, ...], size: int) -> list[np.ndarray]:
    walks = [np.arange(size)]
    grid = spatial(shape)
    if grid is not None:
        channels, height, width = grid
        for high in BLOCKS:
            for wide in (*BLOCKS, width):
                block = Traversal(
                    shape=grid, channels=channels, rows=min(high, height), columns=min(wide, width)
                )
                walks.append(block.order)
    return walks


def _cut(population: int, rows: Sequence[np.ndarray], walk: np.ndarray, chip: OdinChip) -> list[Atom]:
    atoms: list[Atom] = []
    neurons: list[int] = []
    union: set[int] = set()
    for neuron in [*walk.tolist(), None]:
        more = union if neuron is None else union | set(rows[neuron].tolist())
        full = neuron is None or len(neurons) == chip.capacity.neurons or len(more) > chip.capacity.rows
        if full and neurons:
            needed = np.array(sorted(union), dtype=np.int64)
            atoms.append(Atom(population=population, neurons=np.array(neurons), rows=needed, whole=True))
            neurons, union = [], set()
            more = set() if neuron is None else set(rows[neuron].tolist())
        if neuron is not None:
            neurons.append(neuron)
            union = more
    return atoms


def _before(network: QuantizedNetwork) -> tuple[tuple[int, int], ...]:
    """Of what a spike reaches in its own step."""
    synapses = stored_synapses(network)
    inside = (synapses.source < len(network.populations)) & (synapses.delay == 0)
    pairs = np.unique(np.stack([synapses.source[inside], synapses.post[inside]]), axis=1)
    return tuple((int(a), int(b)) for a, b in pairs.T)
