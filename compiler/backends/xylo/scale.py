"""Chooses one scale for each population and one shift for each matrix, all together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ....targets.xylo.model import XyloChip
from ....targets.xylo.neuron import ONE_SPIKE
from ...ir.network import Network, Population
from ..shared.common_step import count_of_steps, whole
from .currents import Currents
from .decays import Decays
from .lower import CLOCK, Link, Lowered
from .ranges import Ranges
from .second_current import answers_of

Matrix = Literal["in", "rec", "out"]
MATRICES: tuple[Matrix, ...] = ("in", "rec", "out")
TYPICAL_RATE = 0.1
KERNEL_STEPS = 256
EXACT_COUNTS = 256
LEAST_LEAK = 2.0**-6
"""From which on a membrane settles soon under a constant."""


@dataclass(frozen=True, kw_only=True)
class Scales:
    """shifts: matrix -> 0..7, its weights are codes << shift. units: population -> steps of the chip's membrane in
    1.0 of the float membrane."""

    shifts: Mapping[Matrix, int]
    units: Mapping[str, float]


def matrix_of(link: Link, lowered: Lowered, network: Network) -> Matrix:
    """Name the matrix that holds a link."""
    if link.post in lowered.order.outputs:
        return "out"
    return "in" if link.source in network.inputs and link.relays == 0 else "rec"


@dataclass(frozen=True, kw_only=True)
class _Needs:
    """One population. largest: matrix -> its largest weight, as it arrives; steps: how many equal steps make it, of
    which all others are multiples (0: none); top: the largest code. fan_in: (mean count of weights a neuron, matrices
    that hold them, see `grid`). cap: the scale above which threshold, constants or expected states do not fit.
    weight_gain: variance of the membrane for one rounded weight of unit variance and unit rate. floor: mean error of
    the membrane in chip steps. size: what errors are compared with, the threshold or the range that is read.
    also_whole: what else has to be a whole number of steps for an exact copy of neurons that keep nothing of their
    membrane; None for other neurons. tied: the largest recurrent weight of a reset, with what is beside it. resets:
    what these should be whole steps of, where all neurons have the same."""

    largest: Mapping[Matrix, float]
    steps: Mapping[Matrix, int]
    top: int
    fan_in: tuple[tuple[float, tuple[Matrix, ...]], ...]
    cap: float
    weight_gain: float
    floor: float
    size: float
    also_whole: np.ndarray | None
    tied: float = 0.0
    resets: float | None = None


def choose_scales(
    network: Network,
    lowered: Lowered,
    ranges: Mapping[str, Ranges],
    chip: XyloChip,
    shifts: Mapping[Matrix, int] | None = None,
) -> Scales:
    """Choose shifts and scales with the least expected squared error; ties go to the smaller shifts.

    shifts: fixes the three shifts. ranges: population -> what the scale has to leave room for."""
    needs = {
        name: _needs(network, lowered, network.populations[name], ranges[name], chip)
        for name in sorted(network.populations)
    }
    if shifts is None:
        low, high = chip.ranges.weight_shift
        triples = itertools.product(range(low, high + 1), repeat=3)
        allowed = [t for t in map(_named, triples) if relays_hold(t, lowered, network, chip)]
        shifts = min(allowed, key=lambda t: (_cost(t, needs), tuple(t.values())))
    units = {name: _with_exact_resets(_units(shifts, need), shifts, need) for name, need in needs.items()}
    return Scales(shifts=shifts, units=units)


def _named(triple: tuple[int, ...]) -> dict[Matrix, int]:
    return dict(zip(MATRICES, triple, strict=True))


def relay_threshold(shifts: Mapping[Matrix, int], *, of_input: bool) -> int:
    """Threshold h of a relay: it takes 2h a spike from its source and gives -h to itself; both are multiples of
    their grid."""
    return 1 << max(shifts["rec"], shifts["in"] - 1, 0) if of_input else 1 << shifts["rec"]


def relays_hold(shifts: Mapping[Matrix, int], lowered: Lowered, network: Network, chip: XyloChip) -> bool:
    """Whether the weights into relays of inputs have 8 bits under these shifts."""
    if not any(source in network.inputs for source, _ in lowered.relayed):
        return True
    return 2 * relay_threshold(shifts, of_input=True) >> shifts["in"] <= chip.ranges.weight[1]


def matrices_of(link: Link, lowered: Lowered, network: Network) -> tuple[Matrix, ...]:
    """Name the matrix that holds a link, and the one that takes it back where any of it comes twice."""
    first = matrix_of(link, lowered, network)
    if not link.twice.any():
        return (first,)
    return (first, "out" if first == "out" else "rec")


def synapses_of(name: str, lowered: Lowered, chip: XyloChip) -> int:
    """Count the synapses of a neuron: hidden neurons with two hold each weight in two parts, one more bit; output
    neurons have one."""
    return 1 if name in lowered.order.outputs else chip.capacity.synapses


def grid(shifts: Mapping[Matrix, int], matrices: tuple[Matrix, ...]) -> int:
    """Step of a link's weights, in steps of the membrane. What comes twice and is taken back once has to be on the
    grid of both matrices."""
    if len(matrices) == 1:
        return 1 << shifts[matrices[0]]
    return 1 << max(shifts[matrices[0]] - 1, shifts[matrices[1]], 0)


def _needs(
    network: Network, lowered: Lowered, population: Population, ranges: Ranges, chip: XyloChip
) -> _Needs:
    decay = lowered.decays[population.name]
    if decay.currents is not None:
        return _needs_in_currents(network, lowered, population, ranges, chip, decay.currents)
    links = lowered.into(population.name)
    each = np.ones(population.size)
    if decay.second is not None:
        each = np.abs(answers_of(decay, population.neuron, 2).share).max(axis=1) / decay.charge
    parts: dict[Matrix, list[np.ndarray]] = {}
    weights_of: dict[Matrix, np.ndarray] = {}
    constant = 0.0
    count: list[tuple[float, tuple[Matrix, ...]]] = []
    for link in links:
        matrices = matrices_of(link, lowered, network)
        count.append((link.weights.size / population.size, matrices))
        if link.source == CLOCK and len(links) > 1:
            constant = max(constant, float(np.abs(link.weights).max()) * (2.0 if link.twice.any() else 1.0))
            continue
        parts.setdefault(matrices[0], []).append(link.weights * np.where(link.twice, 2.0, each[link.rows]))
        if len(matrices) > 1:
            parts.setdefault(matrices[1], []).append(link.weights[link.twice])
    for matrix, values in parts.items():
        weights_of[matrix] = np.concatenate(values)
    if constant > 0:
        # Up to twice the largest weight a constant has its bits; the bias register takes, from step 0 on, what is more.
        bring: Matrix = "out" if population.name in lowered.order.outputs else "rec"
        most = max((float(np.abs(values).max()) for values in weights_of.values()), default=constant)
        own = weights_of.get(bring, np.zeros(1))
        if constant > np.abs(own).max():
            weights_of[bring] = np.append(own, min(constant, 2 * most))
    theta = population.neuron.theta
    size = float(np.median(theta)) if theta is not None else max(ranges.membrane, 1e-30)
    dash = float(np.median(decay.dash_mem))
    synapses = synapses_of(population.name, lowered, chip)
    top = (1 if decay.second is not None else synapses) * chip.ranges.weight[1]
    return _Needs(
        largest={m: float(np.abs(w).max()) for m, w in weights_of.items()},
        steps={m: count_of_steps(w, top) for m, w in weights_of.items()},
        top=top,
        fan_in=tuple(count),
        cap=_cap(
            population,
            lowered.constants[population.name],
            Ranges(ranges.synapse / synapses, ranges.membrane),
            chip,
        ),
        weight_gain=_weight_gain(decay),
        floor=2.0 ** min(dash, 6.0),
        size=max(abs(size), 1e-30),
        also_whole=_also_whole(population, lowered) if decay.forgets else None,
    )


def _needs_in_currents(
    network: Network,
    lowered: Lowered,
    population: Population,
    ranges: Ranges,
    chip: XyloChip,
    currents: Currents,
) -> _Needs:
    """Of neurons that synapses reset: theirs are weights too, of the threshold's size."""
    name, decay, reset = population.name, lowered.decays[population.name], lowered.resets[population.name]
    theta = np.zeros(population.size) if population.neuron.theta is None else population.neuron.theta
    each = currents.per_weight
    largest = np.abs(reset.share)
    taken = theta * (largest.sum(axis=0) if currents.even else largest.max(axis=0))
    weights: dict[Matrix, np.ndarray] = {}
    count: list[tuple[float, tuple[Matrix, ...]]] = []
    beside, settled = np.zeros(population.size), lowered.constants[name].copy()
    for link in lowered.into(name):
        matrix = matrix_of(link, lowered, network)
        count.append((link.weights.size / population.size, (matrix,)))
        if link.source == CLOCK:
            brought = np.bincount(link.rows, link.weights, population.size)
            leak = 1.0 - population.neuron.beta
            settled += np.where(leak >= LEAST_LEAK, brought / np.maximum(leak, LEAST_LEAK), 0.0)
            continue
        values = np.abs(link.weights) * each[link.rows]
        weights[matrix] = np.concatenate([weights.get(matrix, np.zeros(0)), values])
        if link.source == name and link.relays == 0:
            own = link.rows == link.cols
            beside += np.bincount(link.rows[own], values[own], population.size)
    top = (len(currents.dash) if currents.even else 1) * chip.ranges.weight[1]
    constant = float(np.abs(lowered.constants[name]).max(initial=0.0))
    # The register makes up for what the clock's weights do not hold, above the `ONE_SPIKE` that it has to lift.
    lifted = (
        float((settled - theta).max(initial=0.0)) * chip.ranges.state[1] / (chip.ranges.bias[1] - ONE_SPIKE)
    )
    one_amount = np.unique(taken if currents.even else theta)
    return _Needs(
        largest={m: float(w.max(initial=0.0)) for m, w in weights.items() if w.any()},
        steps={m: count_of_steps(w, top) if currents.even else 0 for m, w in weights.items() if w.any()},
        top=top,
        fan_in=tuple(count),
        cap=min(chip.ranges.state[1] / size for size in (*ranges, 2 * constant, lifted) if size > 0),
        weight_gain=_weight_gain(decay),
        floor=2.0 ** min(float(np.median(currents.dash[-1])), 6.0),
        size=max(float(np.median(theta)), 1e-30),
        also_whole=None,
        tied=float((taken + beside).max(initial=0.0)),
        resets=float(one_amount[0]) if one_amount.size == 1 and one_amount[0] > 0 else None,
    )


def _with_exact_resets(units: float, shifts: Mapping[Matrix, int], need: _Needs) -> float:
    """The scale a little lower, so that the weights of resets are multiples of their step, as far as all neurons want
    the same and weights have no grid of their own."""
    if need.resets is None or all(need.steps.values()):
        return units
    step = 1 << shifts["rec"]
    count = math.floor(need.resets * units / step * (1 + 1e-9))
    return count * step / need.resets if count else units


def _also_whole(population: Population, lowered: Lowered) -> np.ndarray:
    theta = population.neuron.theta
    constants = [link.weights for link in lowered.into(population.name) if link.source == CLOCK]
    thresholds = np.zeros(0) if theta is None else theta
    return np.concatenate((lowered.constants[population.name], thresholds, *constants))


def _weight_gain(decay: Decays) -> float:
    """Sum of squares of what the membrane answers to one spike through a weight of 1."""
    alpha = float(np.median(decay.alpha))
    beta = float(np.median(decay.beta))
    k = np.arange(KERNEL_STEPS)
    synapse = alpha ** (k + 1) if alpha > 0 else (k == 0).astype(np.float64)
    answer = np.convolve(synapse, beta**k)[:KERNEL_STEPS]
    return float((answer**2).sum())


def _cap(population: Population, constant: np.ndarray, ranges: Ranges, chip: XyloChip) -> float:
    top = float(chip.ranges.state[1])
    caps = [math.inf]
    theta = population.neuron.theta
    if theta is not None and theta.max(initial=0.0) > 0:
        caps.append(chip.ranges.threshold[1] / float(theta.max()))
    largest = float(np.abs(constant).max(initial=0.0))
    if largest > 0:
        caps.append(chip.ranges.bias[1] / largest)
    caps += [top / size for size in ranges if size > 0]
    return min(caps)


def _units(shifts: Mapping[Matrix, int], need: _Needs) -> float:
    """The largest scale at which all fits, on the weights' own grid where they have one."""
    limits = [(need.top << shifts[m]) / largest for m, largest in need.largest.items()]
    if need.tied > 0:
        limits.append((need.top << shifts["rec"]) / need.tied)
    finest = min([need.cap, *limits])
    if not math.isfinite(finest):
        return 1.0
    quanta = [(need.steps[m] << shifts[m]) / largest for m, largest in need.largest.items()]
    coarsest = max(quanta, default=0.0)
    shared = all(q > 0 and abs(coarsest / q - round(coarsest / q)) < 1e-6 for q in quanta)
    # A hair above, so that a scale that is a multiple already stays.
    count = math.floor(finest / coarsest * (1 + 1e-9)) if coarsest > 0 and shared else 0
    exact = _exact_count(need, coarsest, count)
    return (exact or count) * coarsest if count else finest


def _exact_count(need: _Needs, coarsest: float, most: int) -> int:
    """The least multiple, at most `most`, of the weights' grid on which all numbers of neurons without memory lie: a
    finer one makes nothing more exact, and sums reach the end of their range sooner. 0 where there is none."""
    if need.also_whole is None or not most:
        return 0
    counts = np.arange(1, min(most, EXACT_COUNTS) + 1)
    fitting = whole(np.outer(counts * coarsest, need.also_whole)).all(axis=1)
    return int(counts[fitting][0]) if fitting.any() else 0


def _cost(shifts: Mapping[Matrix, int], needs: Mapping[str, _Needs]) -> float:
    """Expected squared error of the membranes in parts of their thresholds."""
    total = 0.0
    for name in sorted(needs):
        need = needs[name]
        units = _units(shifts, need)
        if _is_exact(units, shifts, need):
            continue
        steps = sum(n * TYPICAL_RATE * grid(shifts, matrices) ** 2 / 12.0 for n, matrices in need.fan_in)
        total += (steps * need.weight_gain + need.floor**2) / (units * need.size) ** 2
    return total


def _is_exact(units: float, shifts: Mapping[Matrix, int], need: _Needs) -> bool:
    """Whether nothing of a population is rounded: its numbers are whole, and it keeps no membrane that decays."""
    if need.also_whole is None or not all(need.steps.values()):
        return False
    quanta = np.array([(need.steps[m] << shifts[m]) / largest for m, largest in need.largest.items()])
    return bool(whole(units / quanta).all() and whole(need.also_whole * units).all())
