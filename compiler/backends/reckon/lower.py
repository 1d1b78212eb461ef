"""Lowers a float network to the chip's parts: who reaches whom, through how many relays, and what is always on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...ir.timed_network import TimedNetwork, TimedPopulation
from ...timed.constants import with_own_constant


@dataclass(frozen=True, kw_only=True)
class Link:
    """Synapses from one source, seen through `relays` relays, onto one population. source: an input, a population or a
    bias (see `bias_name`). Weights (k,) float64 from elements `cols` onto neurons `rows`, in units of the float
    membrane; none is 0."""

    source: str
    relays: int
    post: str
    rows: np.ndarray
    cols: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Lowered:
    """The float network in the chip's parts. lag: population -> chip step minus float step. links: sorted by (post,
    source, relays). relayed: (source, k) -> (m,) elements of the source that its k-th relay repeats, ascending. onset:
    bias -> the step from which on it is sent. tick: population -> tick of a step in which it takes what arrives."""

    lag: Mapping[str, int]
    links: tuple[Link, ...]
    relayed: Mapping[tuple[str, int], np.ndarray]
    onset: Mapping[str, int]
    tick: Mapping[str, int]

    def into(self, post: str) -> tuple[Link, ...]:
        """The links onto a population."""
        return tuple(link for link in self.links if link.post == post)


def bias_name(step: int, tick: int = 0) -> str:
    """Name what the host sends in every step from `step` on, in a tick of the step."""
    return f"bias@{step}.{tick}" if tick else f"bias@{step}"


def relay_name(source: str, k: int) -> str:
    """Name the population that repeats `source` for the k-th time; `source` itself for k = 0."""
    return source if k == 0 else f"relay@{k}:{source}"


def is_silent(population: TimedPopulation) -> bool:
    """Whether it becomes read-outs: its membranes leave the chip, as it never spikes."""
    return population.neuron.theta is None


def lower(timed: TimedNetwork, *, within_step: bool) -> Lowered:
    """Lower a network. What the host sends reaches neurons in its own step, and read-outs through a relay alone.
    within_step: whether each layer takes what arrives in a tick of its own of the same step."""
    lag = timed.lag_steps
    tick = dict(lag) if within_step else dict.fromkeys(lag, 0)
    links: list[Link] = []
    onset: dict[str, int] = {}
    for name, population in timed.populations.items():
        silent, constants = is_silent(population), with_own_constant(population)
        direct = any(link.from_input and link.held_steps == 0 for link in population.links)
        at_once = any(step < 1 and constants[step].any() for step in constants)
        later = int(silent and (direct or at_once))
        lag[name] += later
        links += _of_sources(population, later)
        for step, vector in constants.items():
            if vector.any():
                first = step + later - int(silent) - tick[name]
                bias = bias_name(first, tick[name])
                onset[bias] = first
                rows = np.flatnonzero(vector)
                zero = np.zeros_like(rows)
                links.append(
                    Link(source=bias, relays=int(silent), post=name, rows=rows, cols=zero,
                         weights=vector[rows])
                )  # fmt: skip
    links.sort(key=lambda link: (link.post, link.source, link.relays))
    return Lowered(
        lag={name: lag[name] - tick[name] for name in lag},
        tick=tick,
        links=tuple(links),
        relayed=_relayed(links),
        onset={name: onset[name] for name in sorted(onset, key=lambda name: (onset[name], name))},
    )


def _of_sources(population: TimedPopulation, later: int) -> list[Link]:
    found: list[Link] = []
    for link in population.links:
        cols, rows, weights = link.by_source
        if rows.size:
            found.append(
                Link(source=link.source, relays=link.held_steps + later, post=population.name, rows=rows,
                     cols=cols, weights=weights)
            )  # fmt: skip
    return found


def _relayed(links: list[Link]) -> dict[tuple[str, int], np.ndarray]:
    needed: dict[tuple[str, int], np.ndarray] = {}
    for link in links:
        for k in range(1, link.relays + 1):
            before = needed.get((link.source, k), np.zeros(0, dtype=np.int64))
            needed[link.source, k] = np.union1d(before, link.cols)
    return {key: needed[key] for key in sorted(needed)}
