"""Chooses the numbers of neurons: alphas, shifts, scales, who shares a word with whom, and the thresholds of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import HIGH, ONE
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ..shared.quantized_network import inputs_of
from .alphas import nearest_alpha
from .exact_units import exact_units
from .gates import held_back
from .lower import Lowered
from .pairs import Words, paired
from .relays import Relay
from .resets import brought_back
from .scale import MOST_ROWS, Shifts, choose_shifts, drive_of, largest_units
from .ticks import Ticks


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a search may fix. shifts: by how many bits weights of `inputs` and of `neurons` are shifted, the rule's
    where left out. gain: population -> factor on its scale."""

    shifts: Mapping[str, int]
    gain: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The numbers of populations that spike, by name, (n,) each: alpha and threshold of words, wished: the threshold
    that each neuron would have without a partner, slot: its number on the core, shared: whether it has a partner,
    units: integers in one unit of the float membrane, held: what a gate
    takes off, in that unit; empty without a gate."""

    ticks: Ticks
    shifts: Shifts
    words: Words
    alpha: Mapping[str, np.ndarray]
    threshold: Mapping[str, np.ndarray]
    wished: Mapping[str, np.ndarray]
    slot: Mapping[str, np.ndarray]
    shared: Mapping[str, np.ndarray]
    units: Mapping[str, np.ndarray]
    held: Mapping[str, np.ndarray]

    def decay_gap(self, population: TimedPopulation) -> np.ndarray:
        """(n,) by how much what a step keeps is off."""
        return np.abs((self.alpha[population.name] / ONE) ** self.ticks.of_step - population.neuron.beta)


def choose_numbers(
    timed: TimedNetwork,
    lowered: Lowered,
    back: Mapping[str, np.ndarray],
    ticks: Ticks,
    relays: Sequence[Relay],
    choices: Choices,
    chip: ReckonChip,
) -> Numbers:
    """Choose them for the populations of `back`, which holds the share of the threshold that comes back: exact ones
    where the network lies on the chip's grid, and each pair of neurons on one."""
    alpha = {name: nearest_alpha(timed.populations[name].neuron.beta, chip, ticks.of_step) for name in back}
    weight = min(chip.ranges.weight[1], -chip.ranges.weight[0])
    low = chip.ranges.weight_shift[0]
    words = chip.capacity.neurons // 2 - (sum(relay.elements.size for relay in relays) + 1) // 2
    units = exact_units(timed, lowered, back, alpha, weight)
    if units is not None and not choices.gain and {*choices.shifts.values()} <= {low}:
        wished = {name: _above(timed.populations[name], units[name]) for name in back}
        shifts = Shifts(of_inputs=low, of_neurons=low, rows=1)
        exact = _in_words(
            timed, wished, alpha, paired(_flat(alpha), _bits(wished), words, free=0.0), ticks, shifts
        )
        if low == 0 and all((exact.threshold[name] == wished[name]).all() for name in back):
            return replace(exact, units=units)
    return _rounded(timed, lowered, back, alpha, ticks, words, choices, chip)


def _rounded(
    timed: TimedNetwork,
    lowered: Lowered,
    back: Mapping[str, np.ndarray],
    alpha: Mapping[str, np.ndarray],
    ticks: Ticks,
    words: int,
    choices: Choices,
    chip: ReckonChip,
) -> Numbers:
    theta = {name: timed.populations[name].thresholds for name in back}
    sizes = {name: p.size for name, p in timed.populations.items()}
    left = {name: ticks.left(alpha[name]) for name in back}
    own = {name: brought_back(timed.populations[name], back[name], left[name]) * theta[name] for name in back}
    drives = drive_of(lowered, frozenset(timed.network.inputs), sizes, own)
    held = _held(timed, lowered, back) if ticks.gated else {}
    drives = {name: replace(drives[name], held=held.get(name, drives[name].held)) for name in drives}
    elements = sum(port.size for port in inputs_of(timed))
    spare = chip.capacity.inputs - len(lowered.onset) - 2 * ticks.gate_rows
    rows = max(1, min(MOST_ROWS, spare // max(elements, 1)))
    shifts = choose_shifts(drives, theta, alpha, ticks, rows, chip, choices.shifts)
    weight = min(chip.ranges.weight[1], -chip.ranges.weight[0])
    wished: dict[str, np.ndarray] = {}
    for name in back:
        units = largest_units(drives[name], theta[name], alpha[name], ticks, shifts, weight)
        fires = units * choices.gain.get(name, 1.0) * theta[name] * left[name]
        wished[name] = np.clip(fires, 1.0, HIGH - 1.0)
    chosen = _in_words(timed, wished, alpha, paired(_flat(alpha), _bits(wished), words), ticks, shifts)
    return replace(chosen, held=held)


def _held(timed: TimedNetwork, lowered: Lowered, back: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for name, share in back.items():
        population = timed.populations[name]
        clears = population.neuron.reset == "to_value"
        taken = np.full(population.size, np.inf) if clears else (1.0 - share) * population.thresholds
        found[name] = held_back(lowered, population, taken)
    return found


def _above(population: TimedPopulation, units: np.ndarray) -> np.ndarray:
    """(n,) the least integers that fire, of thresholds that are whole."""
    return np.rint(units * population.thresholds) + (0.0 if population.neuron.at_threshold else 1.0)


def _in_words(
    timed: TimedNetwork,
    wished: Mapping[str, np.ndarray],
    alpha: Mapping[str, np.ndarray],
    words: Words,
    ticks: Ticks,
    shifts: Shifts,
) -> Numbers:
    """The numbers of words: the lower threshold of two neurons, and the middle of their alphas."""
    low, high = (np.floor(values) for values in words.of(_flat(wished)))
    first, second = words.of(_flat(alpha))
    middle = np.where(first == second, first, np.rint((first + second) / 2)).astype(np.int64)
    of = words.slot // 2
    threshold = _apart(np.maximum(np.minimum(low, high), 1).astype(np.int64)[of], wished)
    kept = _apart(middle[of], wished)
    units: dict[str, np.ndarray] = {}
    for name in wished:
        population = timed.populations[name]
        fires = threshold[name] - (0.0 if population.neuron.at_threshold else 0.5)
        units[name] = fires / (population.thresholds * ticks.left(kept[name]))
    return Numbers(
        ticks=ticks,
        shifts=shifts,
        words=words,
        alpha=kept,
        threshold=threshold,
        wished=wished,
        slot=_apart(words.slot, wished),
        shared=_apart((words.second >= 0)[of], wished),
        units=units,
        held={},
    )


def _bits(values: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.log2(_flat(values))


def _flat(values: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *values.values()])


def _apart(values: np.ndarray, like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    first = 0
    for name, of in like.items():
        found[name] = values[first : first + of.size]
        first += of.size
    return found
