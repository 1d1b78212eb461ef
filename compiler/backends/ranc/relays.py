"""Inserts relay neurons for what pools: sources with the same weight onto everybody share a neuron that passes on
their sum as spikes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ....targets.ranc.model import RancChip
from ...ir.network import Network, Neuron, Population, Projection
from .axon_type_weights import bases_of

if TYPE_CHECKING:
    from scipy.sparse import csc_array

ROLE = "relay"


@dataclass(frozen=True, kw_only=True)
class Relayed:
    """A network with its relays as populations. relays: population that is one -> (source, number of its groups)."""

    network: Network
    relays: Mapping[str, tuple[str, int]]


def relay_name(pre: str, post: str) -> str:
    """Name the relays of a projection."""
    return f"relay:{pre}>{post}"


def with_relays(network: Network, chip: RancChip) -> Relayed:
    """Insert relays for all projections onto populations whose fan-in leaves fewer than the most bits, where they
    help."""
    projections: list[Projection] = []
    populations = dict(network.populations)
    relays: dict[str, tuple[str, int]] = {}
    for p in network.projections:
        relay = _relay(network, p) if _wanted(network, p, chip) else None
        if relay is None:
            projections.append(p)
            continue
        population, *pair = relay
        populations[population.name] = population
        relays[population.name] = (p.pre, population.size)
        projections += pair
    if not relays:
        return Relayed(network=network, relays={})
    changed = replace(
        network,
        populations={name: populations[name] for name in sorted(populations)},
        projections=tuple(sorted(projections, key=lambda p: (p.pre, p.post))),
    )
    return Relayed(network=changed, relays=relays)


def _wanted(network: Network, p: Projection, chip: RancChip) -> bool:
    if p.pre not in network.populations or p.post not in network.populations or len(p.taps) != 1:
        return False
    fan_in = sum(np.diff(tap.indptr) for q in network.into(p.post) for tap in q.taps.values())
    return bool(
        np.max(fan_in, initial=0) * bases_of(chip.core.types, chip.bits.weight)[0].axons > chip.core.axons
    )


def _relay(network: Network, p: Projection) -> tuple[Population, Projection, Projection] | None:
    """None where at most half as many groups as sources would be left over."""
    from scipy import sparse

    ((delay, matrix),) = p.taps.items()
    group, column = _groups(sparse.csc_array(matrix))
    sources = np.flatnonzero(group >= 0)
    if 2 * column.size > sources.size:
        return None
    size = np.bincount(group[sources], minlength=column.size)
    at_once = np.maximum(size // 2, 1).astype(np.float64)
    shape = (column.size, network.populations[p.pre].size)
    summed = sparse.csr_array((np.ones(sources.size), (group[sources], sources)), shape=shape)
    name = relay_name(p.pre, p.post)
    weights = sparse.csr_array(sparse.csc_array(matrix)[:, column] @ sparse.diags_array(at_once))
    population = Population(name=name, shape=(column.size,), neuron=_neuron(at_once), paths=())
    first = Projection(pre=p.pre, post=name, taps={delay: summed})
    return population, first, replace(p, pre=name, taps={0: weights}, path=())


def _neuron(theta: np.ndarray) -> Neuron:
    """Starts half full, so that what is held back is as often too much as too little."""
    zero = np.zeros(theta.size)
    return Neuron(
        alpha=None, beta=np.ones(theta.size), bias=zero, theta=theta, at_threshold=True, reset="subtract",
        v_reset=zero, v_start=theta / 2,
    )  # fmt: skip


def _groups(matrix: csc_array) -> tuple[np.ndarray, np.ndarray]:
    """Of a matrix by columns: group of each column, -1 for one of zeros, and a column of each group, both in order of
    first appearance."""
    group = np.full(matrix.shape[1] if matrix.shape else 0, -1, dtype=np.int64)
    known: dict[bytes, int] = {}
    column: list[int] = []
    for k in range(group.size):
        own = slice(matrix.indptr[k], matrix.indptr[k + 1])
        if own.stop > own.start:
            order = np.argsort(matrix.indices[own])
            rows, values = matrix.indices[own][order], matrix.data[own][order]
            key = rows.astype(np.int64).tobytes() + np.round(values, 12).tobytes()
            if key not in known:
                known[key] = len(column)
                column.append(k)
            group[k] = known[key]
    return group, np.array(column, dtype=np.int64)
