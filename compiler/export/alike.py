"""Compares two float networks number by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir.network import Network, Neuron, Projection

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ALIKE = 1e-6
"""Part of the largest number of its kind by which numbers may differ: files hold 24 bits of each."""


def alike(read: Network, wanted: Network) -> bool:
    """Whether `read` holds the populations of `wanted`, with the same neurons, synapses, delays and constants. Where a
    membrane starts is not compared."""
    for name, population in wanted.populations.items():
        if name not in read.populations or read.populations[name].size != population.size:
            return False
        if not _same_neuron(read.populations[name].neuron, population.neuron):
            return False
        if not _same_constants(read, wanted, name):
            return False
        mine = {p.pre: p for p in read.into(name)}
        if not all(p.pre in mine and _same_taps(mine[p.pre], p) for p in wanted.into(name)):
            return False
    return True


def _same_neuron(a: Neuron, b: Neuron) -> bool:
    plain = ("at_threshold", "reset", "emission_delay", "refractory", "multi")
    if a.theta is not None and any(getattr(a, name) != getattr(b, name) for name in plain):
        return False
    return all(_same(getattr(a, name), getattr(b, name)) for name in ("alpha", "beta", "theta", "v_min"))


def _same(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and bool(
        np.abs(a - b).max(initial=0.0) <= ALIKE * np.abs(b).max(initial=0.0) + 1e-30
    )


def _same_constants(read: Network, wanted: Network, name: str) -> bool:
    """A constant of the input of neurons without synapse is one of their membrane."""
    mine, other = _constants(read, name), _constants(wanted, name)
    theta = wanted.populations[name].neuron.theta
    unit = 1.0 if theta is None else float(np.abs(theta).max(initial=0.0))
    zero = np.zeros(wanted.populations[name].size)
    return all(
        bool(np.abs(mine.get(key, zero) - other.get(key, zero)).max(initial=0.0) <= ALIKE * unit)
        for key in {*mine, *other}
    )


def _constants(network: Network, name: str) -> dict[tuple[str, int], np.ndarray]:
    neuron = network.populations[name].neuron
    membrane = "membrane" if neuron.alpha is not None else "input"
    found = {(membrane, 0): neuron.bias}
    for p in network.into(name):
        for step, vector in p.bias.items():
            key = ("input", step)
            found[key] = found[key] + vector if key in found else vector
    return found


def _same_taps(a: Projection, b: Projection) -> bool:
    largest = max((_largest(matrix) for matrix in b.taps.values()), default=0.0)
    for delay in {*a.taps, *b.taps}:
        mine, other = a.taps.get(delay), b.taps.get(delay)
        if mine is None or other is None:
            if _largest(mine) > ALIKE * largest or _largest(other) > ALIKE * largest:
                return False
        elif mine.shape != other.shape or _largest(mine - other) > ALIKE * largest:
            return False
    return True


def _largest(matrix: csr_array | None) -> float:
    return 0.0 if matrix is None else float(np.abs(matrix.data).max(initial=0.0))
