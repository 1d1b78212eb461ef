"""Assembles a quantised network: alphas, words of two neurons, shifts and scales, then weights and thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ....sim.diagnostic import Diagnostic, raise_errors
from ....targets.configuration import StateScale
from ....targets.machines.synapse_rows import as_rows
from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import HIGH, NEURON_BITS, ONE, READOUT_BITS
from ...ir.quantized import QuantizedInput, QuantizedPopulation, Rounding, ShiftedProjection
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ...timed.neuron_kinds import membranes_between, other_kind
from ..shared.quantized_network import inputs_of, quantized_network
from .alphas import nearest_alpha
from .lower import Lowered, is_silent, lower
from .pairs import Words, paired
from .quantized_network import QuantizedNetwork
from .readouts import Readouts, choose_readouts, mixed
from .relays import ROLE, alphas_of, into_relays, relays_of, threshold_of
from .resets import all_given_back, to_zero
from .scale import MOST_ROWS, Shifts, choose_shifts, drive_of, largest_units
from .ticks import ticks_of
from .synapses import codes_of, projections_of, rounding_of


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network, and what the report and the search read of the quantisation.

    units: population -> (n,) integers in one unit of the float membrane. back: population -> (n,) share of the threshold
    that comes back after a spike. wished: (neurons,) thresholds without partners, and words: who shares one, both in
    order of `names`, population after population. rows: of each input element."""

    network: QuantizedNetwork
    lowered: Lowered
    readouts: Readouts
    shifts: Shifts
    units: Mapping[str, np.ndarray]
    back: Mapping[str, np.ndarray]
    names: tuple[str, ...]
    wished: np.ndarray
    words: Words
    diagnostics: tuple[Diagnostic, ...]

    @property
    def roundings(self) -> tuple[Rounding, ...]:
        """The rounding errors that the network records."""
        return self.network.roundings


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a search may fix. shifts: None for the rule's. gain: population -> factor on its scale."""

    shifts: Shifts | None = None
    gain: Mapping[str, float] | None = None


def assemble(timed: TimedNetwork, chip: ReckonChip, choices: Choices) -> Quantized:
    """Quantise a network under given choices.

    Raises DiagnosticError: SPK1004 for neurons that the chip lacks, SPK1036."""
    network = timed.network
    raise_errors([*membranes_between(network, chip.title), *_kinds(timed, chip)])
    ticks = ticks_of(timed, chip)
    lowered = lower(timed, ticks)
    readouts = choose_readouts(timed, lowered, chip)
    raise_errors(mixed(timed, readouts, chip.title))
    back = all_given_back(timed)
    names = tuple(back)
    inputs, sent = frozenset(network.inputs), frozenset([*network.inputs, *lowered.onset])
    theta = {name: timed.populations[name].thresholds for name in names}
    alpha = {name: nearest_alpha(timed.populations[name].neuron.beta, chip, ticks) for name in names}
    sizes = {name: p.size for name, p in timed.populations.items()}
    drives = drive_of(lowered, inputs, sizes, {name: back[name] * theta[name] for name in names})
    elements = sum(port.size for port in inputs_of(timed))
    spare = chip.capacity.inputs - len(lowered.onset)
    rows = max(1, min(MOST_ROWS, spare // max(elements, 1)))
    shifts = choices.shifts or choose_shifts(drives, theta, alpha, ticks, rows, chip)
    weight = min(chip.ranges.weight[1], -chip.ranges.weight[0])
    relays = relays_of(lowered, sent)
    wished = [np.zeros(0)]
    for name in names:
        units = largest_units(drives[name], theta[name], alpha[name], shifts, weight)
        units = units * (choices.gain or {}).get(name, 1.0)
        wished.append(np.clip(units * theta[name], 1.0, HIGH - 1.0))
    thresholds, flat_alpha = np.concatenate(wished), _flat(alpha, names)
    of_relays = sum(relay.elements.size for relay in relays)
    words = paired(flat_alpha, np.log2(thresholds), chip.capacity.neurons // 2 - (of_relays + 1) // 2)
    thr, code = _in_words(thresholds, flat_alpha, words, chip)
    populations: list[QuantizedPopulation] = []
    all_units: dict[str, np.ndarray] = {}
    code_of: dict[str, np.ndarray] = {}
    registers = _Registers(to_zero=int(to_zero(timed)), ticks=ticks)
    first = 0
    for name in names:
        population, place = timed.populations[name], slice(first, first + sizes[name])
        at_threshold = population.neuron.at_threshold
        all_units[name] = (thr[place] - (0.0 if at_threshold else 0.5)) / theta[name]
        populations.append(
            registers.spiking(
                population, lowered, thr[place], code[place], words.slot[place], all_units[name]
            )
        )
        code_of[name] = code[place]
        first += sizes[name]
    slot = 2 * words.first.size
    for relay in relays:
        n = relay.elements.size
        populations.append(
            registers.relay(relay.name, relay.lag_steps, slot + np.arange(n), threshold_of(shifts),
                            alphas_of(relays)[relay.name])
        )  # fmt: skip
        slot += n
    slot = 0
    for name in readouts.names:
        n = sizes[name]
        all_units[name] = np.full(n, readouts.units[name])
        populations.append(registers.readout(timed.populations[name], lowered, readouts, slot + np.arange(n)))
        slot += n
    projections, roundings = _synapses(timed, lowered, readouts, shifts, all_units, chip, sent)
    projections += into_relays(lowered, sent, shifts)
    roundings += [
        Rounding.of(
            name,
            "membrane decay",
            "per step",
            np.abs((code_of[name] / ONE) ** ticks - timed.populations[name].neuron.beta),
        )
        for name in names
    ]
    projections = _with_own(projections, back, populations, shifts, weight)
    joined = quantized_network(
        chip.name,
        timed,
        sorted(populations, key=lambda p: p.name),
        sorted(projections, key=lambda p: (p.post, p.pre, p.row)),
        roundings,
        [
            QuantizedInput(name=name, shape=(1,), constant=True, onset_step=step)
            for name, step in lowered.onset.items()
        ],
    )
    lag = max((p.lag_steps for p in populations if p.role != ROLE), default=0)
    return Quantized(
        network=replace(joined, max_lag_steps=max(0, lag)),
        lowered=lowered,
        readouts=readouts,
        shifts=shifts,
        units=all_units,
        back=back,
        names=names,
        wished=thresholds,
        words=words,
        diagnostics=(),
    )


def _kinds(timed: TimedNetwork, chip: ReckonChip) -> list[Diagnostic]:
    diagnostics: list[Diagnostic] = []
    for name, population in sorted(timed.populations.items()):
        neuron, reasons = population.neuron, list[str]()
        if neuron.alpha is not None:
            reasons.append("has a synaptic current")
        if neuron.theta is not None and float(neuron.theta.min(initial=1.0)) <= 0:
            lowest = float(neuron.theta.min()) + population.origin
            reasons.append(
                f"has a threshold of {lowest:.4g}, no higher than a spike leaves the membrane, and would spike without end"
            )
        if reasons:
            use = "LI as a read-out" if is_silent(population) else "IF or LIF neurons"
            diagnostics.append(other_kind(name, reasons, chip.title, use=use))
    return diagnostics


def _flat(values: Mapping[str, np.ndarray], names: tuple[str, ...]) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *(values[name] for name in names)])


def _in_words(
    thresholds: np.ndarray, alpha: np.ndarray, words: Words, chip: ReckonChip
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int64 each: the threshold and the alpha of the word of each neuron."""
    a, b = words.of(thresholds)
    lower = np.maximum(np.floor(np.minimum(a, b)), 1).astype(np.int64)
    a, b = words.of(alpha)
    middle = np.where(a == b, a, np.rint((a + b) / 2)).astype(np.int64)
    middle = np.clip(middle, *chip.ranges.alpha)
    of = words.slot // 2
    return lower[of], middle[of]


@dataclass(frozen=True, kw_only=True)
class _Registers:
    """Makes populations. to_zero: of the whole chip. ticks: of a step."""

    to_zero: int
    ticks: int

    def spiking(
        self,
        p: TimedPopulation,
        lowered: Lowered,
        thr: np.ndarray,
        alpha: np.ndarray,
        slot: np.ndarray,
        units: np.ndarray,
    ) -> QuantizedPopulation:
        lag = lowered.lag[p.name]
        kept = np.maximum(alpha / ONE, 1e-6)
        start = np.rint(p.start * units * kept ** (1 - lag))
        start = np.clip(start, -HIGH, thr - 1).astype(np.int64)
        return QuantizedPopulation(
            name=p.name,
            shape=p.shape,
            params=self._params(p.size, alpha, NEURON_BITS, thr, 1, start, slot),
            core_params={"ticks": self.ticks, "tick": lowered.tick[p.name]},
            scales=_scales(
                float(np.median(units)),
                (float(np.median(alpha)) / ONE) ** (self.ticks - lowered.tick[p.name]),
                p.origin,
            ),
            lag_steps=lag,
            emission_delay=p.neuron.emission_delay,
        )

    def relay(
        self, name: str, lag: int, slot: np.ndarray, threshold: int, alpha: np.ndarray
    ) -> QuantizedPopulation:
        n = slot.size
        thr, start = np.full(n, threshold), np.zeros(n, dtype=np.int64)
        return QuantizedPopulation(
            name=name,
            shape=(n,),
            params=self._params(n, alpha, NEURON_BITS, thr, 1, start, slot),
            core_params={"ticks": self.ticks, "tick": 0},
            scales=_scales(float(threshold), 1.0, 0.0),
            lag_steps=lag,
            role=ROLE,
        )

    def readout(
        self, p: TimedPopulation, lowered: Lowered, readouts: Readouts, slot: np.ndarray
    ) -> QuantizedPopulation:
        kept = readouts.kappa / (1 << READOUT_BITS)
        start = np.rint(p.start * readouts.units[p.name] * kept ** (1 - lowered.lag[p.name]))
        alpha, none = np.full(p.size, readouts.kappa), np.zeros(p.size, dtype=np.int64)
        params = self._params(p.size, alpha, READOUT_BITS, none, 0, np.clip(start, -HIGH, HIGH), slot)
        return QuantizedPopulation(
            name=p.name,
            shape=p.shape,
            params={**params, "to_zero": none},
            core_params={"ticks": self.ticks, "tick": 0},
            scales=_scales(readouts.units[p.name], kept, p.origin),
            lag_steps=lowered.lag[p.name],
            spiking=False,
        )

    def _params(
        self,
        n: int,
        alpha: np.ndarray,
        bits: int,
        thr: np.ndarray,
        most: int,
        start: np.ndarray,
        slot: np.ndarray,
    ) -> dict[str, np.ndarray]:
        def all_of(value: int) -> np.ndarray:
            return np.full(n, value, dtype=np.int64)

        return {
            "alpha": alpha.astype(np.int64),
            "fraction_bits": all_of(bits),
            "threshold": thr.astype(np.int64),
            "to_zero": all_of(self.to_zero),
            "swept": all_of(1),
            "max_spikes": all_of(most),
            "start": start.astype(np.int64),
            "turn": slot.astype(np.int64),
        }


def _scales(units: float, kept: float, origin: float) -> dict[str, StateScale]:
    """Of the membrane before threshold and leak, and behind them."""
    return {"u": StateScale(units=units, offset=origin), "v": StateScale(units=units * kept, offset=origin)}


def _synapses(
    timed: TimedNetwork,
    lowered: Lowered,
    readouts: Readouts,
    shifts: Shifts,
    units: Mapping[str, np.ndarray],
    chip: ReckonChip,
    sent: frozenset[str],
) -> tuple[list[ShiftedProjection], list[Rounding]]:
    most = min(chip.ranges.weight[1], -chip.ranges.weight[0])
    projections: list[ShiftedProjection] = []
    roundings: list[Rounding] = []
    rows: dict[str, int] = {}
    for link in lowered.links:
        direct = link.source in sent and link.relays == 0
        shift = (
            readouts.shift
            if link.post in readouts.names
            else shifts.of_inputs
            if direct
            else shifts.of_neurons
        )
        code = np.rint(link.weights * units[link.post][link.rows] / (1 << shift))
        if link.source in lowered.onset and direct:
            rows[link.source] = max(
                rows.get(link.source, 1), int(np.ceil(np.abs(code).max(initial=0) / most))
            )
    for link in lowered.links:
        direct = link.source in sent and link.relays == 0
        of_bias = link.source in lowered.onset
        shift = (
            readouts.shift
            if link.post in readouts.names
            else shifts.of_inputs
            if direct
            else shifts.of_neurons
        )
        own = rows.get(link.source, 1) if of_bias and direct else shifts.rows if direct else 1
        code = codes_of(link, units[link.post], shift, most * own)
        elements = lowered.relayed.get((link.source, link.relays))
        cols = link.cols if elements is None else np.searchsorted(elements, link.cols)
        projections += projections_of(link, code, cols, shift, own)
        roundings.append(rounding_of(link, code, units[link.post], shift))
    return projections, roundings


def _with_own(
    projections: list[ShiftedProjection],
    back: Mapping[str, np.ndarray],
    populations: list[QuantizedPopulation],
    shifts: Shifts,
    most: int,
) -> list[ShiftedProjection]:
    """With what comes back to a neuron after its own spike, added to the synapse that it may have onto itself."""
    by_name = {p.name: p for p in populations}
    found = [p for p in projections if p.pre != p.post or not back[p.post].any()]
    for name in sorted(back):
        if not back[name].any():
            continue
        n = by_name[name].size
        matrix = np.zeros((n, n), dtype=np.int64)
        for p in projections:
            if p.pre == p.post == name:
                np.add.at(matrix, (p.cols, p.rows), p.code)
        own = np.rint(back[name] * by_name[name].params["threshold"] / (1 << shifts.of_neurons)).astype(
            np.int64
        )
        matrix[np.arange(n), np.arange(n)] += own
        cols, rows = np.nonzero(matrix)
        code = np.clip(matrix[cols, rows], -most - 1, most)
        found.append(
            ShiftedProjection(
                pre=name, post=name, synapses=as_rows(cols, rows, code), shift=shifts.of_neurons
            )
        )
    return found
