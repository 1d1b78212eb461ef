"""Lowers a float network to what the chip's neurons have: rest and reset at 0, sources with a delay, constants with
a start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....sim.diagnostic import raise_errors
from ....targets.odin.model import Revision
from ...ir.network import Network, Neuron, Population
from ...timed.neuron_kinds import not_integrate_and_fire
from ...timed.retime import Retimed

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, kw_only=True)
class Link:
    """Synapses from one source with one delay. Weights (k,) float64 from elements `cols` of `pre` onto neurons
    `rows`, `delay` chip steps later; sorted by (cols, rows), no pair twice, none 0."""

    pre: str
    delay: int
    cols: np.ndarray
    rows: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, kw_only=True)
class FloatNeurons:
    """A population in float. Of one population, (n,) float64 each, in its units from rest. constants: chip step ->
    what every step from that one on adds. at_threshold: `>=`, else `>`."""

    name: str
    theta: np.ndarray
    beta: np.ndarray
    start: np.ndarray
    at_threshold: bool
    links: tuple[Link, ...]
    constants: Mapping[int, np.ndarray]

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.theta.size


def lower(network: Network, retimed: Retimed, chip: Revision) -> tuple[FloatNeurons, ...]:
    """Lower all populations, in order of names. Raises DiagnosticError: SPK1004 for neurons that the chip does not
    have."""
    populations = [network.populations[name] for name in sorted(network.populations)]
    raise_errors(
        [problem for p in populations for problem in not_integrate_and_fire(p, origin_of(p.neuron), chip)]
    )
    return tuple(_neurons(network, population, retimed, chip) for population in populations)


def origin_of(neuron: Neuron) -> np.ndarray | float:
    """Return what a spike sets the membrane to."""
    return 0.0 if neuron.v_reset is None else neuron.v_reset


def _neurons(network: Network, population: Population, retimed: Retimed, chip: Revision) -> FloatNeurons:
    neuron, n = population.neuron, population.size
    lag = retimed.lag[population.name]
    origin = np.broadcast_to(np.asarray(origin_of(neuron), dtype=np.float64), (n,))
    theta = np.zeros(n) if neuron.theta is None else neuron.theta
    start = (np.zeros(n) if neuron.v_start is None else neuron.v_start) - origin
    steps = {lag: neuron.bias - (1 - neuron.beta) * origin}
    for p in network.into(population.name):
        for delay in sorted(p.bias):
            steps[lag + delay] = steps.get(lag + delay, np.zeros(n)) + p.bias[delay]
    for step in [step for step in sorted(steps) if step < 0]:
        # Steps before the chip's first: what they add is in the state that it starts with.
        vector = steps.pop(step)
        for _ in range(-step):
            start = neuron.beta * start + vector
        steps[0] = steps.get(0, np.zeros(n)) + vector
    return FloatNeurons(
        name=population.name,
        theta=np.asarray(theta - origin, dtype=np.float64),
        beta=np.asarray(neuron.beta, dtype=np.float64),
        start=start,
        at_threshold=neuron.at_threshold,
        links=_links(network, population.name, retimed, chip),
        constants={step: steps[step] for step in sorted(steps) if steps[step].any()},
    )


def _links(network: Network, name: str, retimed: Retimed, chip: Revision) -> tuple[Link, ...]:
    matrices: dict[tuple[str, int], csr_array] = {}
    for pre, hop, field, taps in retimed.arriving(network, name, chip.latency):
        # The hop is a step of the host, which holds the spike back as long as all others that are late.
        key = (pre, hop + field)
        matrices[key] = matrices[key] + taps if key in matrices else taps
    links: list[Link] = []
    for pre, delay in sorted(matrices):
        coo = matrices[pre, delay].tocoo()
        rows, cols = (np.asarray(a, dtype=np.int64) for a in coo.coords)
        weights = np.asarray(coo.data, dtype=np.float64)
        kept = np.lexsort((rows, cols))
        kept = kept[weights[kept] != 0]
        if kept.size:
            links.append(Link(pre=pre, delay=delay, cols=cols[kept], rows=rows[kept], weights=weights[kept]))
    return tuple(links)
