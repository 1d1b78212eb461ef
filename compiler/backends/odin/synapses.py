"""Rounds float links to integer weights, and constants to events of every step; a row for each sign if asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...ir.quantized import Rounding
from ...ir.timed_network import TimedPopulation
from .scale import Scales

BIAS = "bias:"


@dataclass(frozen=True, kw_only=True)
class Synapses:
    """Integer weights from one source to one population with one delay.

    weights: (k,) int64, none 0, from elements `cols` of `pre` onto neurons `rows` of `post`. sign: 1 or -1 where the
    rows of `pre` carry one, else 0. times: how often the host sends their rows for one spike. place: -1 and 1 where
    these rows are before and behind all others, else 0. tied: whether they follow from other integers."""

    pre: str
    post: str
    delay: int
    sign: int
    cols: np.ndarray
    rows: np.ndarray
    weights: np.ndarray
    times: int = 1
    place: int = 0
    tied: bool = False


def bias_port(step: int) -> str:
    """Name the input of which the host drives all elements from chip step `step` on."""
    return f"{BIAS}{step}"


def of_links(
    neurons: TimedPopulation, scales: Scales, limits: tuple[int, int], *, split: bool
) -> tuple[list[Synapses], list[Rounding]]:
    """Round the links onto a population. limits: smallest and largest weight with its sign."""
    synapses: list[Synapses] = []
    roundings: list[Rounding] = []
    for link in neurons.links:
        cols, rows, exact = link.by_source
        if not cols.size:
            continue
        units = scales.units[rows]
        weights = np.clip(np.rint(exact * units), *limits).astype(np.int64)
        wrong = np.abs(weights / units - exact)
        place = f"{link.source} -> {neurons.name}"
        roundings.append(Rounding.of(place, "weight", "membrane", wrong))
        # The hop is a step of the host, which holds the spike back as long as all others that are late.
        parts = (cols, rows, weights)
        synapses += _by_sign(link.source, neurons.name, link.delay_steps, parts, split=split)
    return synapses, roundings


def of_constants(
    every: Sequence[TimedPopulation], scales: Mapping[str, Scales], limits: tuple[int, int], *, split: bool
) -> tuple[list[Synapses], dict[str, tuple[int, int]], list[Rounding]]:
    """Round constants to always-on inputs. Synapses, ports -> (elements, first step), roundings. A constant larger
    than a weight takes several elements; those of all populations that start in the same step are shared, negative
    ones first where rows carry a sign."""
    synapses: list[Synapses] = []
    roundings: list[Rounding] = []
    ports: dict[str, tuple[int, int]] = {}
    for step in sorted({step for neurons in every for step in neurons.constants}):
        codes: dict[str, np.ndarray] = {}
        for neurons in every:
            if step in neurons.constants:
                exact, units = neurons.constants[step], scales[neurons.name].units
                code = codes[neurons.name] = np.rint(exact * units).astype(np.int64)
                roundings.append(
                    Rounding.of(neurons.name, "constant", "membrane", np.abs(code / units - exact))
                )
        port = bias_port(step)
        below = max((_events(code, limits, -1) for code in codes.values()), default=0)
        above = max((_events(code, limits, 1) for code in codes.values()), default=0)
        if below or above:
            ports[port] = (below + above if split else max(below, above), step)
        for name in sorted(codes):
            for sign, first in ((-1, 0), (1, below if split else 0)):
                parts = _parts(codes[name], limits, sign, first)
                synapses += _by_sign(port, name, 0, parts, split=split)
    return synapses, ports, roundings


def _events(codes: np.ndarray, limits: tuple[int, int], sign: int) -> int:
    """How many weights of this sign the largest code takes."""
    largest = int((codes * sign).max(initial=0))
    return -(-max(largest, 0) // abs(limits[0] if sign < 0 else limits[1]))


def _parts(
    codes: np.ndarray, limits: tuple[int, int], sign: int, first: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(cols, rows, weights) of the codes of one sign, weight by weight from element `first` on."""
    most = abs(limits[0] if sign < 0 else limits[1])
    size = np.maximum(codes * sign, 0)
    count = -(-size // most)
    rows = np.repeat(np.arange(size.size), count)
    element = np.arange(rows.size) - np.repeat(np.cumsum(count) - count, count)
    weights = sign * np.minimum(size[rows] - element * most, most)
    order = np.lexsort((rows, element))
    return first + element[order], rows[order], weights[order]


def _by_sign(
    pre: str, post: str, delay: int, links: tuple[np.ndarray, np.ndarray, np.ndarray], *, split: bool
) -> list[Synapses]:
    cols, rows, weights = links
    synapses: list[Synapses] = []
    for sign in (-1, 1) if split else (0,):
        chosen = np.flatnonzero(weights if sign == 0 else np.sign(weights) == sign)
        if chosen.size:
            synapses.append(
                Synapses(pre=pre, post=post, delay=delay, sign=sign, cols=cols[chosen], rows=rows[chosen],
                         weights=weights[chosen])
            )  # fmt: skip
    return synapses
