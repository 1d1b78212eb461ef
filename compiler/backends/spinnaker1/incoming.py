"""What reaches a population, in float: synapses by source, and what is constant, by the way in which it can be held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ....targets.machines.synapse_rows import SynapseRows, joined
from ...ir.timed_network import TimedPopulation
from ...timed.constants import with_own_constant
from ..shared.signed_sums import signed_sums
from .decays import Decays


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """weights: source -> synapses, float64 weights, delays beyond the first tick. hold: ticks before the neurons' first
    update. start: (n,) membranes before that. bias: (n,) that is added to the membrane in every update. start_current:
    (n,) currents in tick 0, before what arrives in it. late: tick -> (n,) what arrives from that one on, which a source
    that always spikes has to bring. tied: of each tie the (n,) amounts that its synapses bring."""

    weights: Mapping[str, SynapseRows]
    hold: int
    start: np.ndarray
    bias: np.ndarray
    start_current: np.ndarray
    late: Mapping[int, np.ndarray]
    tied: tuple[np.ndarray, ...]

    @cached_property
    def peaks(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) the most that excites a neuron in one tick, and the most that inhibits it: all at once."""
        return signed_sums(self.bias.size, self.weights.values(), (*self.late.values(), *self.tied))

    @cached_property
    def likely(self) -> np.ndarray:
        """(n,) what excites or inhibits if sources spike at rate 1/2, three standard deviations off."""
        n = self.bias.size
        total, squares = np.zeros((2, n)), np.zeros((2, n))
        for rows in self.weights.values():
            for k, sign in enumerate((1, -1)):
                part = np.maximum(sign * rows.weight, 0)
                more, wide = rows.summed(n, part, part**2)
                total[k] += 0.5 * more
                squares[k] += 0.25 * wide
        for vector in (*self.late.values(), *self.tied):
            total += np.stack([np.maximum(vector, 0), np.maximum(-vector, 0)])
        return np.minimum(total + 3 * np.sqrt(squares), np.stack(self.peaks)).max(axis=0)


def incoming(population: TimedPopulation, decays: Decays) -> Incoming:
    """Gather what reaches a population."""
    weights: dict[str, SynapseRows] = {}
    for link in population.links:
        before = weights.get(link.source)
        parts = [(rows, 0, 0) for rows in (before, link.rows) if rows is not None]
        weights[link.source] = link.rows if before is None else joined(parts).by_source()
    n, lag = population.size, max(0, population.lag_steps)
    bias, start, current = population.neuron.bias, population.start, np.zeros(n)
    late: dict[int, np.ndarray] = {}
    if decays.in_current:
        current, late = _through_current(with_own_constant(population), decays.alpha, n)
        current = current + decays.alpha ** (1 - lag) * start
        bias, start, lag = np.zeros(n), np.zeros(n), 0
    elif population.neuron.alpha is not None:
        current, late = _through_current(population.constants, decays.alpha, n)
    else:
        constants = with_own_constant(population)
        start = _before(constants, start, decays.beta, lag)
        bias = sum((vector for step, vector in constants.items() if step <= lag), np.zeros(n))
        late = {step: vector for step, vector in constants.items() if step > lag and vector.any()}
    return Incoming(
        weights=weights,
        hold=lag if bias.any() or start.any() else 0,
        start=start,
        bias=bias,
        start_current=current,
        late=late,
        tied=tuple(tie.share * population.thresholds for tie in population.ties),
    )


def _through_current(
    constants: Mapping[int, np.ndarray], alpha: np.ndarray, n: int
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Constants that pass the synapse: what they add up to in tick 0, and from which later tick on they arrive."""
    current, late = np.zeros(n), dict[int, np.ndarray]()
    for step, vector in constants.items():
        if not vector.any():
            continue
        for before in range(1 - step):
            current = current + vector * alpha**before
        late[max(step, 1)] = late.get(max(step, 1), np.zeros(n)) + vector
    return current, {step: late[step] for step in sorted(late)}


def _before(
    constants: Mapping[int, np.ndarray], start: np.ndarray, beta: np.ndarray, first: int
) -> np.ndarray:
    """Membranes before tick `first`, of what was constant in earlier ones."""
    arriving = np.zeros(start.size)
    for step in range(min([first, *constants]), first):
        arriving = arriving + constants.get(step, 0.0)
        if arriving.any():
            start = beta * start + arriving
    return start
