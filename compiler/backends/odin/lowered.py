"""Neurons that compare their threshold once a step: what lowers and raises them, their own rows, and finer weights.

As the order of a step's events then means nothing, a source may have two rows, of which the host sends one several
times: the weights of both together are finer than those of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from ....targets.chip import Range
from ....targets.odin.model import Ranges
from ...ir.quantized import Rounding
from ...ir.timed_network import TimedPopulation
from ..shared.assumed_activity import SPIKE_RATE
from ..shared.balanced_codes import balanced_codes
from .scale import Grid, Scales, choose, weight_limits
from .synapses import Synapses, bias_port

PHASES = "phases:"
"""The input whose two elements the host drives in every step: one before all others, one behind the leaks."""
TIMES = 4
"""How often the host sends the coarser of two rows of a source."""
DEVIATIONS = 4
MOST_LEAKS = 7
"""Of a step: more would take the larger part of its clocks."""
PART_OF_STATES = 3
"""A threshold is at most this part of the states below 0; fall and inhibition take the rest."""


@dataclass(frozen=True)
class Plan:
    """lowered: populations that compare once a step. fine: those of them whose sources have two rows."""

    lowered: frozenset[str] = frozenset()
    fine: frozenset[str] = frozenset()


def onto_themselves(neurons: TimedPopulation) -> bool:
    """Whether neurons have weights onto themselves, where an own row would take the threshold off."""
    return any(
        link.source == neurons.name and bool(np.any(link.by_source[0] == link.by_source[1]))
        for link in neurons.links
    )


def plans(lowered: frozenset[str], populations: Mapping[str, TimedPopulation]) -> tuple[Plan, ...]:
    """List what to try, the finest weights first; those of the populations with the most sources are given up first."""
    names = frozenset(name for name in lowered if not onto_themselves(populations[name]))
    sources = {
        name: sum(np.unique(link.by_source[0]).size for link in populations[name].links) for name in names
    }
    fine = sorted(names, key=lambda name: (sources[name], name))
    sizes = range(len(fine), -1, -1) if names else ()
    return tuple(Plan(lowered=names, fine=frozenset(fine[:k])) for k in sizes)


def ranges_of(ranges: Ranges, *, fine: bool) -> Ranges:
    """The ranges of weights of lowered neurons, of one row or of two."""
    low, high = weight_limits(ranges)
    of_rows = TIMES + 1 if fine else 1
    return msgspec.structs.replace(ranges, weight=(low * of_rows, high * of_rows))


NATIVE = Plan()


@dataclass(frozen=True)
class Course:
    """How far neurons are lowered and raised again. downs: events of the smallest weight, which lower; leaks: events
    that raise by `leak` each, and end at 0; rise: what one event of a weight then adds, and neurons fire at."""

    downs: int
    leaks: int
    leak: int

    @property
    def rise(self) -> int:
        """One for each leak, so that falls are whole numbers of events."""
        return self.leaks

    @property
    def fall(self) -> int:
        """Integers by which neurons are lowered."""
        return self.leaks * (self.leak + 1)


def course_of(ranges: Ranges, likely: float) -> Course:
    """Choose the shortest course that lowers by as much as a likely step brings, as far as one weight raises."""
    low, high = weight_limits(ranges)
    downs = (ranges.leak[1] + 1) // -low
    leak = -low * downs - 1
    leaks = min(
        max(1, int(-(-likely // leak))), MOST_LEAKS, high, -ranges.state[0] // (PART_OF_STATES * leak)
    )
    return Course(downs=downs * leaks, leaks=leaks, leak=leak)


def course(neurons: Sequence[TimedPopulation], plan: Plan, ranges: Ranges) -> Course | None:
    """Choose one course for all neurons, None for none: at scales that are chosen without it."""
    most = 0.0
    for f in neurons:
        units = choose(f, ranges_of(ranges, fine=f.name in plan.fine)).units
        most = max(most, float((likely(f) * units).max(initial=0.0)))
    return course_of(ranges, most) if neurons else None


def choose_scales(
    neurons: TimedPopulation, ranges: Ranges, way: Course, calibrated: tuple[float, float], *, fine: bool
) -> Scales:
    """Choose the thresholds of lowered neurons. calibrated: gain and factor of `choose`."""
    most, own = most_thresholds(neurons, ranges, way), -weight_limits(ranges)[0]
    return choose(
        neurons, ranges_of(ranges, fine=fine), *calibrated, Grid(most=most, events=own, above=way.rise)
    )


def likely(neurons: TimedPopulation) -> np.ndarray:
    """(n,) float64: what a step brings at most, as good as never more, if sources spike independently at SPIKE_RATE and
    those that excite come first."""
    mean, square, all_of = (np.zeros(neurons.size) for _ in range(3))
    for link in neurons.links:
        _, rows, weights = link.by_source
        up = np.maximum(weights, 0)
        mean += np.bincount(rows, up * SPIKE_RATE, neurons.size)
        square += np.bincount(rows, up**2, neurons.size)
        all_of += np.bincount(rows, up, neurons.size)
    brought = np.minimum(mean + DEVIATIONS * np.sqrt(SPIKE_RATE * (1 - SPIKE_RATE) * square), all_of)
    for constant in neurons.constants.values():
        brought += np.maximum(constant, 0)
    return brought


def most_thresholds(neurons: TimedPopulation, ranges: Ranges, way: Course) -> np.ndarray:
    """Bound thresholds, (n,) int64, so that a likely step does not lift a membrane out of the fall."""
    most = np.floor((way.fall - way.rise) * neurons.thresholds / np.maximum(likely(neurons), 1e-12))
    return np.clip(most, way.rise + 1, min(ranges.firing[1], -ranges.state[0] // PART_OF_STATES)).astype(
        np.int64
    )


def links(
    neurons: TimedPopulation, scales: Scales, ranges: Ranges, *, fine: bool
) -> tuple[list[Synapses], list[Rounding]]:
    """Round the links onto a population, so that errors of a neuron's weights cancel."""
    limits = weight_limits(ranges)
    both = weight_limits(ranges_of(ranges, fine=fine))
    synapses: list[Synapses] = []
    roundings: list[Rounding] = []
    for link in neurons.links:
        cols, rows, exact = link.by_source
        if not cols.size:
            continue
        units = scales.units[rows]
        codes = balanced_codes(exact * units, rows, both)
        wrong = np.abs(codes / units - exact)
        roundings.append(Rounding.of(f"{link.source} -> {neurons.name}", "weight", "membrane", wrong))
        for times, weights in _digits(codes, TIMES, limits) if fine else [(1, codes)]:
            synapses += _events(link.source, neurons.name, link.delay_steps, (cols, rows, weights), times)
    return synapses, roundings


def constants(
    every: Sequence[TimedPopulation], scales: Mapping[str, Scales], ranges: Ranges
) -> tuple[list[Synapses], dict[str, tuple[int, int]], list[Rounding]]:
    """Round constants to always-on inputs, as `synapses.of_constants`: a constant larger than a weight takes elements
    whose rows are sent several times."""
    limits = weight_limits(ranges)
    synapses: list[Synapses] = []
    roundings: list[Rounding] = []
    ports: dict[str, tuple[int, int]] = {}
    for step in sorted({step for neurons in every for step in neurons.constants}):
        codes = {
            p.name: np.rint(p.constants[step] * scales[p.name].units) for p in every if step in p.constants
        }
        for p in every:
            if step in p.constants:
                wrong = np.abs(codes[p.name] / scales[p.name].units - p.constants[step])
                roundings.append(Rounding.of(p.name, "constant", "membrane", wrong))
        largest = int(max((np.abs(code).max(initial=0) for code in codes.values()), default=0))
        base = min(2 * limits[1] + 1, max(1, -(-largest // limits[1])))
        elements = 0
        for name in sorted(codes):
            rest, times, element = codes[name].astype(np.int64), 1, 0
            while rest.any():
                above = rest if base == 1 else np.rint(rest / base).astype(np.int64)
                last = base == 1 or bool((np.abs(rest) <= limits[1]).all())
                digit = rest if last else rest - above * base
                at = np.flatnonzero(digit)
                place = (np.full(at.size, element), at, digit[at])
                synapses += _events(bias_port(step), name, 0, place, times)
                rest, times, element = np.zeros_like(rest) if last else above, times * base, element + 1
            elements = max(elements, element)
        if elements:
            ports[bias_port(step)] = (elements, step)
    return synapses, ports, roundings


def own_rows(neurons: TimedPopulation, thresholds: np.ndarray, ranges: Ranges, way: Course) -> list[Synapses]:
    """Bring neurons back to where the network has 0 in the step after their spikes, by as many equal events as each
    needs."""
    taken = thresholds - way.rise
    times = -(-taken // -weight_limits(ranges)[0])
    parts: list[Synapses] = []
    for often in np.unique(times).tolist():
        at = np.flatnonzero(times == often)
        parts.append(
            Synapses(pre=neurons.name, post=neurons.name, delay=1, sign=0, cols=at, rows=at,
                     weights=-(taken[at] // often), times=often, tied=True)
        )  # fmt: skip
    return parts


def phases(neurons: Sequence[TimedPopulation], ranges: Ranges, way: Course) -> list[Synapses]:
    """Lower populations before all other events of a step, and raise them behind its leaks."""
    low = weight_limits(ranges)[0]
    return [
        Synapses(pre=PHASES, post=f.name, delay=0, sign=0, cols=np.full(f.size, element), rows=np.arange(f.size),
                 weights=np.full(f.size, weight), times=times, place=place, tied=True)
        for f in neurons
        for element, weight, times, place in ((0, low, way.downs, -1), (1, way.rise, 1, 1))
    ]  # fmt: skip


def _digits(codes: np.ndarray, times: int, limits: Range) -> list[tuple[int, np.ndarray]]:
    """Write weights as `times` one digit and another."""
    coarse = np.clip(np.rint(codes / times), *limits).astype(np.int64)
    return [(times, coarse), (1, codes - times * coarse)]


def _events(
    pre: str, post: str, delay: int, part: tuple[np.ndarray, np.ndarray, np.ndarray], times: int
) -> list[Synapses]:
    cols, rows, weights = part
    at = np.flatnonzero(weights)
    if not at.size:
        return []
    return [
        Synapses(
            pre=pre,
            post=post,
            delay=delay,
            sign=0,
            cols=cols[at],
            rows=rows[at],
            weights=weights[at],
            times=times,
        )
    ]
