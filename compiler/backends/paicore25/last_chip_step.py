"""Lets neurons with a synaptic current fire in the last chip step of a step, where a step is several.

The current goes into the membrane in every chip step. With a and b, what a chip step keeps of both, the membrane is at
the end of m chip steps

    v[T] = b**m v[T-1] + G i[T],  G = sum of b**(m-1-j) a**j over j < m,

so that, in units G times as large, the last chip step is the step of the network. What hears these neurons does so in
the first chip step of the next step: it is a step of the network later. In between a gate (`gates`) keeps them from
firing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...ir.network import Neuron
from ...ir.timed_network import TimedNetwork, TimedPopulation
from .decays import Decays


def fires_last(neuron: Neuron) -> bool:
    """Whether it would fire in the last chip step of several."""
    return neuron.alpha is not None and neuron.theta is not None


def all_can_wait(timed: TimedNetwork) -> bool:
    """Whether all neurons with a synaptic current can: those that spike, have no constant or floor of the membrane,
    and hear nothing of their own spikes."""
    return all(
        fires_last(p.neuron)
        and not p.neuron.bias.any()
        and p.neuron.v_min is None
        and name not in behind(timed, name)
        for name, p in timed.populations.items()
        if p.neuron.alpha is not None
    )


def behind(timed: TimedNetwork, name: str) -> set[str]:
    """All populations that spikes of one reach, through others too."""
    found: set[str] = set()
    before = {name}
    while before:
        before = {
            post
            for post, p in timed.populations.items()
            if post not in found and any(link.source in before for link in p.links)
        }
        found |= before
    return found


def in_last(timed: TimedNetwork) -> TimedNetwork:
    """The network where what hears such neurons is a step behind them. None of them may be in a loop."""
    lag = dict(timed.lag_steps)
    for _ in timed.populations:
        for name, p in timed.populations.items():
            for link in p.links:
                source = timed.populations.get(link.source)
                if source is not None:
                    least = lag[link.source] + int(fires_last(source.neuron)) - link.held_steps
                    lag[name] = max(lag[name], least)
    return replace(timed, populations={name: _later(p, timed, lag) for name, p in timed.populations.items()})


def _later(p: TimedPopulation, timed: TimedNetwork, lag: dict[str, int]) -> TimedPopulation:
    later = lag[p.name] - p.lag_steps
    links = tuple(
        replace(
            link,
            held_steps=link.held_steps
            + later
            - (lag[link.source] - timed.populations[link.source].lag_steps if not link.from_input else 0),
        )
        for link in p.links
    )
    return replace(
        p,
        lag_steps=lag[p.name],
        links=links,
        constants={step + later: vector for step, vector in p.constants.items()},
    )


def chip_delay(timed: TimedNetwork, source: str, steps: int, chip_steps: int) -> int:
    """Chip steps by which spikes of a source are held back. steps: of the network, of `in_last`."""
    population = timed.populations.get(source)
    last = chip_steps > 1 and population is not None and fires_last(population.neuron)
    return steps * chip_steps - (chip_steps - 1 if last else 0)


def worth_of(current: Decays, membrane: Decays) -> np.ndarray:
    """(n,) G: the membrane at the end of a step, of a current of 1 at its start."""
    m = membrane.chip_steps
    a, b = current.kept ** (1.0 / m), membrane.kept ** (1.0 / m)
    return np.sum([b ** (m - 1 - j) * a**j for j in range(m)], axis=0)
