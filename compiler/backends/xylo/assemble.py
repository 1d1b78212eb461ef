"""Assembles a quantised network: decays first, then scales and shifts together, then weights and thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ....sim.diagnostic import Diagnostic, error, raise_errors
from ....sim.nir.path import stored_at
from ....targets.configuration import StateScale
from ....targets.xylo.model import XyloChip
from ....targets.xylo.neuron import ONE_SPIKE
from ...ir.calibration import Reach
from ...ir.network import Network
from ...ir.quantized import QuantizedPopulation, Rounding, TiedSynapses
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ...timed.neuron_kinds import membranes_between
from ..shared.quantized_network import quantized_network
from .decays import Decays, choose_decays
from .headroom import past_range
from .lower import CLOCK, Lowered, lower
from .own_scales import Factors
from .quantized_network import QuantizedNetwork
from .ranges import Ranges, likely_ranges, likely_reach, ranges_in_currents
from .relays import BIAS, ROLE, copies, copy_name, neuron_params, relay_name, relays
from .resets import Made, made_of, overshoot_name
from .rounded_up import rounded_up
from .scale import Matrix, Scales, choose_scales, synapses_of
from .second_current import with_second
from .synapses import encode_links


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network, and what the report and the search read of the quantisation.

    decays: population -> realised. scales: units of populations, shifts of matrices. lowered: the float links that
    the synapses were rounded from. made: of the populations that synapses reset. own: of neurons with steps of their
    own, by what the numbers of the float network are multiplied in `lowered` and `scales`."""

    network: QuantizedNetwork
    decays: Mapping[str, Decays]
    scales: Scales
    lowered: Lowered
    made: Mapping[str, Made]
    diagnostics: tuple[Diagnostic, ...]
    own: Factors = field(default_factory=dict)

    def units(self, name: str, size: int) -> np.ndarray:
        """(size,) steps of each membrane of a population in 1.0 of the float membrane."""
        return self.scales.units[name] * self.own.get(name, np.ones(size))

    @property
    def roundings(self) -> tuple[Rounding, ...]:
        """The rounding errors that the network records."""
        return self.network.roundings


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a search may fix instead of the rules.

    By population; shifts: all three. threshold: a factor on it. reach: how far those that constructs make go. short:
    populations without synapse that get the shortest one instead of relays. clock: see `lower.py`. own: population ->
    by what the numbers of its neurons have been multiplied, where they may have steps of their own."""

    decays: Mapping[str, Decays] | None = None
    shifts: Mapping[Matrix, int] | None = None
    threshold: Mapping[str, float] | None = None
    ranges: Mapping[str, Ranges] | None = None
    reach: Mapping[str, Reach] | None = None
    short: frozenset[str] = frozenset()
    clock: bool = True
    own: Factors = field(default_factory=dict)


def assemble(timed: TimedNetwork, chip: XyloChip, choices: Choices) -> Quantized:
    """Quantise a network under given choices.

    Raises DiagnosticError: SPK1004, SPK1021 for what no choice can store."""
    network = timed.network
    raise_errors([*membranes_between(network, chip.title), *_two_states(network)])
    decays = {
        name: (choices.decays or {}).get(name)
        or choose_decays(p.neuron, chip, short=name in choices.short, spared=p.made)
        for name, p in sorted(timed.populations.items())
    }
    lowered = lower(timed, decays, clock=choices.clock)
    decays |= {
        name: with_second(decays[name], timed.populations[name].neuron, lowered.into(name), chip)
        for name in choices.own
        if synapses_of(name, lowered, chip) > 1
    }
    lowered = replace(lowered, decays=decays)
    reach = _reach(timed, lowered, choices)
    ranges = {
        name: (choices.ranges or {}).get(name) or _ranges(p, lowered, reach)
        for name, p in sorted(timed.populations.items())
    }
    scales = choose_scales(network, lowered, ranges, chip, choices.shifts)
    relay_populations, projections = relays(network, lowered, scales.shifts, chip.spikes)
    copy_populations, more = copies(network, lowered, scales.shifts, chip.spikes)
    projections += more
    made = {
        name: _made(timed.populations[name], lowered, scales, chip, reach[name], choices)
        for name in sorted(lowered.resets)
    }
    weights = {name: found.weights for name, found in made.items()}
    synapses, missing, roundings = encode_links(network, lowered, scales, chip, weights, choices.own)
    projections.extend(synapses)
    tied: list[TiedSynapses] = []
    populations: dict[str, QuantizedPopulation] = {p.name: p for p in (*relay_populations, *copy_populations)}
    for name, population in timed.populations.items():
        factor = (choices.threshold or {}).get(name, 1.0)
        lost = missing.get(name, 0.0)
        populations[name], rounded = _population(
            population, lowered, scales, chip, factor, lost, choices.own.get(name)
        )
        roundings.extend(rounded)
        if name in made:
            populations.update((p.name, p) for p in made[name].counting(populations[name]))
            tied += made[name].tied(populations[name], synapses)
    joined = quantized_network(
        chip.name,
        timed,
        [populations[name] for name in _names(network, lowered)],
        sorted(projections, key=lambda p: (p.post, p.pre, p.receptor)),
        roundings,
        tied=tied,
    )
    quantized = replace(
        joined,
        copied={name: copy_name(name) for name in lowered.order.copied},
        max_lag_steps=max(
            (p.lag_steps for p in populations.values() if p.role not in (ROLE, BIAS)), default=0
        ),
    )
    diagnostics = past_range(quantized, list(network.populations))
    return Quantized(
        network=quantized,
        decays=decays,
        scales=scales,
        lowered=lowered,
        made=made,
        diagnostics=tuple(diagnostics),
        own=choices.own,
    )


def _names(network: Network, lowered: Lowered) -> list[str]:
    """The chip's order of populations."""

    def with_relays(source: str) -> list[str]:
        return [relay_name(source, k) for name, k in lowered.relayed if name == source]

    names = [name for source in sorted(network.inputs) for name in with_relays(source)]
    if any(link.source == CLOCK for link in lowered.links):
        names += [CLOCK, *with_relays(CLOCK)]
    for name in lowered.order.hidden:
        reset = lowered.resets.get(name)
        counted = [overshoot_name(name)] if reset is not None and reset.grain is not None else []
        names += [name, *counted, *with_relays(name)]
    return [*names, *lowered.order.outputs, *(copy_name(name) for name in lowered.order.copied)]


def _reach(timed: TimedNetwork, lowered: Lowered, choices: Choices) -> dict[str, Reach]:
    return {
        name: (choices.reach or {}).get(name)
        or likely_reach(lowered.into(name), timed.populations[name].thresholds, lowered.decays[name])
        for name in sorted(lowered.resets)
    }


def _ranges(population: TimedPopulation, lowered: Lowered, reach: Mapping[str, Reach]) -> Ranges:
    name, decay = population.name, lowered.decays[population.name]
    if decay.currents is not None:
        return ranges_in_currents(reach[name], population.thresholds, decay.currents)
    read = population.neuron.theta is None
    return likely_ranges(lowered.into(name), decay, lowered.constants[name], read=read)


def _made(
    population: TimedPopulation,
    lowered: Lowered,
    scales: Scales,
    chip: XyloChip,
    reach: Reach,
    choices: Choices,
) -> Made:
    name, theta = population.name, population.thresholds
    units = scales.units[name]
    past = units * max(0.0, reach.high - float(theta.min(initial=np.inf)))
    factor = (choices.threshold or {}).get(name, 1.0)
    return made_of(
        lowered.resets[name],
        _threshold(theta, units * factor, population.neuron.at_threshold, theta.size, chip),
        past,
        chip.spikes.hidden,
        1 << scales.shifts["rec"],
    )


def _two_states(network: Network) -> list[Diagnostic]:
    diagnostics: list[Diagnostic] = []
    for name, population in sorted(network.populations.items()):
        neuron = population.neuron
        if neuron.theta is not None and neuron.reset == "none" and neuron.alpha is not None:
            message = (
                f"{name} has a synapse and never resets; the chip takes the threshold from a membrane that spikes, "
                "and only its synapse stays untouched"
            )
            hint = "use LI instead of CubaLI before the Threshold, or a CubaLIF with a reset"
            diagnostics.append(error("SPK1021", message, where=stored_at(name), hint=hint))
    return diagnostics


def _population(
    population: TimedPopulation,
    lowered: Lowered,
    scales: Scales,
    chip: XyloChip,
    factor: float,
    missing: np.ndarray | float,
    own: np.ndarray | None,
) -> tuple[QuantizedPopulation, list[Rounding]]:
    neuron, name = population.neuron, population.name
    decay, units = lowered.decays[name], scales.units[name]
    wanted_bias = lowered.constants[name] * units + missing
    code, exact_threshold = _threshold(
        neuron.theta, units * factor, neuron.at_threshold, population.size, chip
    )
    threshold, lift = code, np.zeros_like(code)
    if name in lowered.resets and lowered.resets[name].once:
        # A threshold that no membrane holds twice, for which the bias makes up: one spike a step.
        threshold = np.full_like(code, ONE_SPIKE)
        lift = threshold - code
    bias = np.rint(wanted_bias) + _against_leak(neuron.beta, decay, lowered, name, chip) + lift
    if own is not None:
        lift = lift - rounded_up(decay, lowered.into(name), code)
        bias = bias - rounded_up(decay, lowered.into(name), code)
    bias = np.clip(bias, *chip.ranges.bias).astype(np.int64)
    output = name in lowered.order.outputs
    each = np.ones(population.size) if own is None else own
    typical = units * float(np.median(each))
    synapse = StateScale(units=typical * float(np.median(decay.bias)), offset=0.0)
    quantized = QuantizedPopulation(
        name=name,
        shape=population.shape,
        params=neuron_params(
            population.size,
            dash_syn=decay.dash_syn,
            dash_syn2=decay.dash_syn2 if synapses_of(name, lowered, chip) > 1 else 0,
            dash_mem=decay.dash_mem,
            bias=bias,
            threshold=threshold,
            max_spikes=chip.spikes.output if output else chip.spikes.hidden,
        ),
        core_params={},
        scales={
            "i_syn": synapse,
            "i_syn2": synapse,
            "v_mem": StateScale(units=typical, offset=population.origin),
        },
        lag_steps=lowered.lag[name],
        emission_delay=neuron.emission_delay,
        spiking=neuron.theta is not None,
    )
    kept = decay.alpha if decay.in_current else decay.beta
    found = [
        Rounding.of(name, "bias", "membrane", np.abs(bias - lift - wanted_bias) / units / each),
        Rounding.of(name, "threshold", "membrane", np.abs(code - exact_threshold) / units / each),
        Rounding.of(name, "membrane decay", "per step", np.abs(kept - neuron.beta)),
    ]
    if neuron.alpha is not None:
        found.append(Rounding.of(name, "synapse decay", "per step", np.abs(decay.alpha - neuron.alpha)))
    return quantized, found


def _against_leak(beta: np.ndarray, decay: Decays, lowered: Lowered, name: str, chip: XyloChip) -> np.ndarray:
    """(n,) 1 for a membrane that never decays where what it gets is positive in sum: the chip takes 1 off a positive
    membrane in every step even with its largest dash."""
    drive = lowered.constants[name].copy()
    for link in lowered.into(name):
        drive += np.bincount(link.rows, link.weights, drive.size)
    return ((beta >= 1) & (decay.dash_mem == chip.ranges.dash[1]) & (drive > 0)).astype(np.float64)


def _threshold(
    theta: np.ndarray | None, units: float, at_threshold: bool, n: int, chip: XyloChip
) -> tuple[np.ndarray, np.ndarray]:
    """Codes, and what they were rounded from. The chip fires at v >= threshold, so `>` takes one more where the float
    threshold is a whole number of steps."""
    low, high = chip.ranges.threshold
    if theta is None:
        top = np.full(n, high, dtype=np.int64)
        return top, top.astype(np.float64)
    exact = theta * units
    near = np.rint(exact)
    on_grid = np.abs(exact - near) < 1e-6 * np.maximum(1.0, near)
    codes = near + (on_grid & (not at_threshold))
    return np.clip(codes, low, high).astype(np.int64), exact
