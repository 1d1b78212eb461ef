"""Lets neurons with a synaptic current fire in the last chip step of a step, where a step is several.

The current goes into the membrane in every chip step. With a and b, what a chip step keeps of both, the membrane is at
the end of m chip steps

    v[T] = b**m v[T-1] + G i[T],  G = sum of b**(m-1-j) a**j over j < m,

so that, in units G times as large, the last chip step is the step of the network. What hears these neurons does so in
the first chip step of the next step: it is a step of the network later. In between a gate (`gates`) keeps them from
firing. A constant c of the membrane is c G (1 - b) / (1 - b**m) in every chip step, which comes to c G at the end.

What is read out is shown in the first chip step of a step: such neurons hear a chip step later, and show in the first
chip step of the next step what they have come to, a step of the network later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...ir.network import Neuron
from ...ir.timed_network import TimedNetwork, TimedPopulation
from .decays import Decays


def fires_last(neuron: Neuron) -> bool:
    """Whether it would fire in the last chip step of several."""
    return neuron.alpha is not None and neuron.theta is not None


def shows_next(neuron: Neuron) -> bool:
    """Whether it would show its membrane in the first chip step of the next step."""
    return neuron.alpha is not None and neuron.theta is None


def all_can_wait(timed: TimedNetwork) -> bool:
    """Whether all neurons with a synaptic current can: those without a floor of the membrane, in loops that are a step
    long for each of them. What is read out must start from 0, and hear nothing constant."""
    return all(_can_wait(p) for p in timed.populations.values() if p.neuron.alpha is not None) and (
        _agree(timed, _lags(timed))
    )


def _can_wait(p: TimedPopulation) -> bool:
    neuron = p.neuron
    constant = neuron.bias.any() or bool(p.constants) or (neuron.v_start is not None and neuron.v_start.any())
    return neuron.v_min is None and not (shows_next(neuron) and constant)


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
    """The network where what hears such neurons is a step behind them, and what is read out behind what it hears."""
    lag = _lags(timed)
    return replace(timed, populations={name: _later(p, timed, lag) for name, p in timed.populations.items()})


def _lags(timed: TimedNetwork) -> dict[str, int]:
    """By population; in loops that are too short, some that do not agree."""
    lag = {name: p.lag_steps + int(shows_next(p.neuron)) for name, p in timed.populations.items()}
    for _ in timed.populations:
        for post, least in _least(timed, lag):
            lag[post] = max(lag[post], least)
    return lag


def _agree(timed: TimedNetwork, lag: dict[str, int]) -> bool:
    return all(lag[post] >= least for post, least in _least(timed, lag))


def _least(timed: TimedNetwork, lag: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Of each link between populations, the one that hears, and the least lag that it can have."""
    for name, p in timed.populations.items():
        for link in p.links:
            source = timed.populations.get(link.source)
            if source is not None:
                wait = int(fires_last(source.neuron)) + int(shows_next(p.neuron))
                yield name, lag[link.source] + wait - link.held_steps


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


def chip_delay(timed: TimedNetwork, source: str, post: str, steps: int, chip_steps: int) -> int:
    """Chip steps by which spikes of a source are held back, where a population hears them. steps: of the network, of
    `in_last`."""
    population = timed.populations.get(source)
    last = population is not None and fires_last(population.neuron)
    shown = shows_next(timed.populations[post].neuron)
    return steps * chip_steps - (int(last) + int(shown)) * (chip_steps - 1)


def worth_of(current: Decays, membrane: Decays) -> np.ndarray:
    """(n,) G: the membrane at the end of a step, of a current of 1 at its start."""
    m = membrane.chip_steps
    a, b = current.kept ** (1.0 / m), membrane.kept ** (1.0 / m)
    return np.sum([b ** (m - 1 - j) * a**j for j in range(m)], axis=0)


def constant_of_a_step(membrane: Decays) -> np.ndarray:
    """(n,) what a constant of 1 in every chip step comes to at the end of a step, of what was nothing at its start."""
    b = membrane.kept ** (1.0 / membrane.chip_steps)
    return np.sum([b**j for j in range(membrane.chip_steps)], axis=0)


def before_lag(neuron: Neuron, lag_steps: int, kept: np.ndarray) -> np.ndarray | None:
    """(n,) what membranes start from in the chip's first step, to be at the population's own first one, `lag_steps`
    later, where the float network starts; its constant acts from the chip's first step on. None is 0."""
    if lag_steps <= 0 or (neuron.v_start is None and not neuron.bias.any()):
        return neuron.v_start
    v = np.zeros(kept.size) if neuron.v_start is None else neuron.v_start
    for _ in range(lag_steps):
        v = np.where(kept > 0, (v - neuron.bias) / np.maximum(kept, 1e-9), 0.0)
    return v


def behind_lag(start: np.ndarray, bias: np.ndarray, lag_steps: int, kept: np.ndarray) -> np.ndarray:
    """(n,) where membranes are in the population's own first step, of what they start from in the chip's."""
    for _ in range(max(0, lag_steps)):
        start = start * kept + bias
    return start
