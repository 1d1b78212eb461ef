"""Lowers a float network to the chip's parts: which source reaches whom through how many relays, with which weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...ir.timed_network import TimedNetwork, TimedPopulation
from ...timed.flow_order import Order, order
from .decays import Decays
from .resets import Reset, reset_of

CLOCK = "bias:clock"


@dataclass(frozen=True, kw_only=True)
class Link:
    """Synapses from one source to one population. Weights (k,) float64 from elements `cols` of `source` (an input, a
    population or the clock), seen through `relays` relays, onto neurons `rows` of `post`, in units of the float
    membrane; sorted by (cols, rows), no pair twice.

    twice (k,) bool: arrives with twice the weight; the next relay brings it once more, negative."""

    source: str
    relays: int
    post: str
    rows: np.ndarray
    cols: np.ndarray
    weights: np.ndarray
    twice: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Lowered:
    """The float network in the chip's parts. lag: population -> chip step minus float step. constants: population ->
    (n,) what its bias register adds to the float membrane in every step from the start on; others are links from the
    clock. resets: population -> what its synapses take off it. relayed: (source, k) -> sorted elements of the source
    that have a k-th relay, k from 1."""

    order: Order
    lag: Mapping[str, int]
    decays: Mapping[str, Decays]
    links: tuple[Link, ...]
    constants: Mapping[str, np.ndarray]
    resets: Mapping[str, Reset]
    relayed: Mapping[tuple[str, int], np.ndarray]

    def into(self, post: str) -> tuple[Link, ...]:
        """The links onto a population."""
        return tuple(link for link in self.links if link.post == post)


def lower(timed: TimedNetwork, decays: Mapping[str, Decays], *, clock: bool = True) -> Lowered:
    """Lower a network to links, sorted by (post, source, relays).

    Without `clock` all constants are in the register, from step 0 on."""
    made = frozenset(name for name, population in timed.populations.items() if population.made)
    arranged = order(timed.network, made)
    lag = timed.lag_steps
    for name in arranged.outputs:
        # Inputs reach output neurons through hidden ones only. Nothing on the chip waits for these outputs.
        direct = any(link.from_input and link.held_steps == 0 for link in timed.populations[name].links)
        lag[name] += int(direct)
    links: list[Link] = []
    constants: dict[str, np.ndarray] = {}
    for name, population in timed.populations.items():
        later = lag[name] - population.lag_steps
        clock_links, constants[name] = _constants(population, decays[name], later, clock)
        links += [*_links(population, decays[name], later), *clock_links]
    links.sort(key=lambda link: (link.post, link.source, link.relays))
    return Lowered(
        order=arranged,
        lag=lag,
        decays=decays,
        links=tuple(links),
        constants=constants,
        resets=_resets(timed, decays),
        relayed=_relayed(links, {name: timed.populations[name].size for name in arranged.copied}),
    )


def _resets(timed: TimedNetwork, decays: Mapping[str, Decays]) -> dict[str, Reset]:
    return {
        name: reset_of(population, currents)
        for name, population in timed.populations.items()
        if (currents := decays[name].currents) is not None
    }


def _links(population: TimedPopulation, decay: Decays, later: int) -> list[Link]:
    """One a (source, relays): what is held back passes a relay a step."""
    links: list[Link] = []
    for link in population.links:
        cols, rows, weights = link.by_source
        weights = weights * decay.charge[rows]
        kept = weights != 0
        if kept.any():
            links.append(
                Link(
                    source=link.source,
                    relays=link.held_steps + later,
                    post=population.name,
                    rows=rows[kept],
                    cols=cols[kept],
                    weights=weights[kept],
                    twice=decay.cancelled[rows[kept]],
                )
            )
    return links


def _constants(
    population: TimedPopulation, decay: Decays, later: int, clock: bool
) -> tuple[list[Link], np.ndarray]:
    """What the clock brings, and what the register adds. Where there is no synapse a constant of the membrane is one of
    the input. One that passes through a synapse from step 0 on, b (1 + alpha + .. alpha**t), is b in the register and
    alpha b from step 1 on."""
    neuron = population.neuron
    starts: dict[int, np.ndarray] = {}

    def start(step: int, vector: np.ndarray) -> None:
        starts[step] = starts.get(step, np.zeros(population.size)) + vector

    for step, vector in population.constants.items():
        start(step + later, vector)
    register = np.array(neuron.bias, dtype=np.float64)
    if decay.kind == "current":
        constant = register + sum(starts[step] for step in sorted(starts))
        return [], constant / np.maximum(1.0 - neuron.beta, 2.0**-15)
    if neuron.alpha is None:
        start(population.lag_steps + later, register)
        register = np.zeros(population.size)
    if not clock:
        constant = np.zeros(population.size) + sum(starts[step] for step in sorted(starts))
        if neuron.alpha is not None:
            constant = constant / np.maximum(1.0 - neuron.alpha, 2.0**-15)
        return [], (constant + register) * decay.bias
    at_once = starts.pop(0, np.zeros(population.size))
    if decay.currents is not None and at_once.any():
        # From step 0 on there is no spike of the clock: what step 0 lacks comes in step 1, as far as it lasted.
        start(1, (1.0 + decay.alpha) * at_once)
        start(2, -decay.alpha * at_once)
        at_once = np.zeros(population.size)
    if neuron.alpha is not None and at_once.any():
        start(1, neuron.alpha * at_once)
    links = [
        _from_clock(population.name, starts[step] * decay.charge, step, decay) for step in sorted(starts)
    ]
    return [link for link in links if link.rows.size], (at_once + register) * decay.bias


def _from_clock(post: str, weights: np.ndarray, step: int, decay: Decays) -> Link:
    """The clock's first spike, of step 0, arrives in step 1."""
    rows = np.flatnonzero(weights)
    return Link(
        source=CLOCK,
        relays=step - 1,
        post=post,
        rows=rows,
        cols=np.zeros_like(rows),
        weights=weights[rows],
        twice=decay.cancelled[rows],
    )


def _relayed(links: list[Link], copied: Mapping[str, int]) -> dict[tuple[str, int], np.ndarray]:
    """What is copied to output neurons is taken back from them by its first relay."""
    needed = {(name, 1): np.arange(copied[name]) for name in sorted(copied)}
    for link in links:
        for k in range(1, link.relays + 2):
            used = link.cols if k <= link.relays else link.cols[link.twice]
            if used.size:
                before = needed.get((link.source, k), np.zeros(0, dtype=np.int64))
                needed[link.source, k] = np.union1d(before, used)
    return {key: needed[key] for key in sorted(needed)}
