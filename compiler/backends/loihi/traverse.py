"""Chooses the order in which the neurons of a population with a shape are cut: blocks of positions and channels.

Neighbouring positions share most of their sources, and all channels of a position share all of them; a cut in order of
the index (channel by channel) sends every spike to as many cores as there are channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....targets.loihi1.model import LoihiChip
from ....targets.machines.synapse_rows import SynapseRows, as_rows
from ...ir.placement import Traversal, Walk
from ...ir.quantized import ScaledProjection
from ...mapping.distinct import distinct
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.group_sources import spatial

TABLE = 1 << 28
"""Pairs of a source and a piece that are marked in a table; more are listed and sorted."""


def traversals(network: QuantizedNetwork, target: LoihiChip) -> dict[str, Traversal]:
    """Choose a walk for each population: of blocks of 1, 2, 4 .. channels, rows and columns, the one whose pieces of a
    whole core are reached by the fewest (source, piece) pairs.

    Populations without a shape, or on one core, have none."""
    shapes = {p.name: p.shape for p in (*network.populations, *network.inputs)}
    size = target.capacity.compartments
    walks: dict[str, Traversal] = {}
    for population in network.populations:
        shape = spatial(population.shape)
        if shape is None or population.size <= size:
            continue
        pins = [
            _pins(p, shape, spatial(shapes[p.pre])) for p in network.projections if p.post == population.name
        ]
        blocks = _blocks(shape, size)
        best = min(
            blocks, key=lambda walk: (_pairs(walk, pins, size), walk.channels, walk.rows, walk.columns)
        )
        if not np.array_equal(best.order, np.arange(population.size)):
            walks[population.name] = best
    return walks


def walked(network: QuantizedNetwork, walks: Mapping[str, Walk]) -> QuantizedNetwork:
    """Renumber the neurons of the walked populations by their place in the walk."""
    place = {name: np.argsort(walk.order) for name, walk in walks.items()}
    populations = tuple(
        replace(p, params={key: np.asarray(v)[walks[p.name].order] for key, v in p.params.items()})
        if p.name in walks
        else p
        for p in network.populations
    )
    projections = tuple(
        replace(p, synapses=_moved(p.synapses, place.get(p.pre), place.get(p.post)))
        if p.pre in place or p.post in place
        else p
        for p in network.projections
    )
    return replace(network, populations=populations, projections=projections)


def _moved(synapses: SynapseRows, pre: np.ndarray | None, post: np.ndarray | None) -> SynapseRows:
    source, target, code, delay, _ = synapses.flat()
    return as_rows(
        source if pre is None else pre[source], target if post is None else post[target], code, delay
    )


Pins = tuple[np.ndarray, np.ndarray, int]
"""(source position, neuron position) pairs that a synapse joins, and the channels of the source."""


def _pins(
    projection: ScaledProjection, shape: tuple[int, int, int], source: tuple[int, int, int] | None
) -> Pins:
    """A source without space has one channel and a position for each element."""
    area = shape[1] * shape[2]
    source_area = (
        source[1] * source[2] if source is not None else int(projection.synapses.source.max(initial=0)) + 1
    )
    synapses = projection.synapses
    keys = [np.zeros(0, dtype=np.int64)]
    for part in synapses.parts():
        cols, rows, _, _, _ = synapses.flat(part)
        keys.append(distinct((cols.astype(np.int64) % source_area) * area + rows % area))
    key = distinct(np.concatenate(keys))
    return key // area, key % area, source[0] if source is not None else 1


def _blocks(shape: tuple[int, int, int], size: int) -> list[Traversal]:
    """Blocks of half a core to a whole one, and single channels: the order of the index."""
    sides = [[1 << k for k in range(n.bit_length()) if 1 << k < n] + [n] for n in shape]
    walks = [
        Traversal(shape=shape, channels=c, rows=h, columns=w)
        for c in sides[0]
        for h in sides[1]
        for w in sides[2]
        if size // 2 < c * h * w <= size
    ]
    return [*walks, Traversal(shape=shape, channels=1, rows=shape[1], columns=shape[2])]


def _pairs(walk: Traversal, pins: list[Pins], size: int) -> int:
    """(source element, piece) pairs when the walk is cut into pieces of `size` neurons."""
    n = walk.order.size
    piece = np.empty(n, dtype=np.int64)
    piece[walk.order] = np.arange(n) // size
    by_channel = piece.reshape(walk.shape[0], -1)
    pieces = -(-n // size)
    total = 0
    for source, position, channels in pins:
        rows = np.unique(by_channel, axis=0)
        if (int(source.max(initial=-1)) + 1) * pieces <= TABLE:
            seen = np.zeros((int(source.max(initial=-1)) + 1, pieces), dtype=np.bool_)
            for row in rows:
                seen[source, row[position]] = True
            total += channels * int(np.count_nonzero(seen))
        else:
            reached = [distinct(source * pieces + row[position]) for row in rows]
            total += channels * distinct(np.concatenate(reached)).size
    return total
