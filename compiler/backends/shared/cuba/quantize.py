"""The float network in the chip's integers: one scale a population, every rounding recorded.

`units` of a population is how many integer steps of the chip's voltage make 1.0 of the float membrane: the
largest at which no weight clips (not a power of two; the threshold takes it up), with the largest weight
exponent at which no sum of arriving weights can wrap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .....sim.diagnostic import Diagnostic, note, raise_errors
from .....sim.nir.path import shown
from .....targets.configuration import StateScale
from .....targets.cuba import CubaChip
from .....targets.machines.synapse_rows import SynapseRows, joined
from ....ir.calibration import Reach
from ....ir.made_names import place_of
from ....ir.quantized import (
    QuantizedInput,
    QuantizedPopulation,
    Rounding,
    ScaledProjection,
    TiedSynapses,
)
from ....ir.timed_network import TimedNetwork, TimedPopulation
from ....timed.neuron_kinds import membranes_between
from ..may_wrap import HINT, may_wrap
from ..quantized_network import quantized_network
from .decays import Decays, fixed_tau
from .incoming import Incoming
from .precision import Precision
from .quantized_network import QuantizedNetwork
from .scale import Scale, choose_scale
from .scale_limits import Fed
from .synapse_codes import encode_bias, encode_weights
from .tied_amounts import level_units, register_below, threshold_units
from .ties import encode_ties


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network, and what the report and the effective file read of the quantisation.

    scales: population -> Scale. decays: population -> Decays."""

    network: QuantizedNetwork
    scales: Mapping[str, Scale]
    decays: Mapping[str, Decays]
    diagnostics: tuple[Diagnostic, ...]


def bias_port(onset_step: int) -> str:
    """Name the always-on input whose spikes start at chip step `onset_step`."""
    return f"bias@{onset_step}"


def pulse_port(step: int) -> str:
    """Name the input whose one spike comes in a chip step."""
    return f"pulse@{step}"


def quantize(
    timed: TimedNetwork,
    target: CubaChip,
    precision: Precision,
    reach: Mapping[str, Reach] | None = None,
    *,
    early_bias: bool = False,
) -> Quantized:
    """Convert a network to the chip's integers. reach: of populations with ties, what was measured on a stimulus.
    early_bias: a constant of a membrane is in its register, from chip step 0 on, even if it is to start later.

    Raises DiagnosticError: SPK1004 where a membrane, not spikes, would have to cross the chip."""
    raise_errors(membranes_between(timed.network, target.title))
    populations: list[QuantizedPopulation] = []
    projections: list[ScaledProjection] = []
    roundings: list[Rounding] = []
    diagnostics: list[Diagnostic] = []
    onsets: dict[int, None] = {}
    pulses: dict[int, None] = {}
    decays = {name: fixed_tau(p.neuron, target.neuron) for name, p in timed.populations.items()}
    tied: list[TiedSynapses] = []
    arriving = {
        name: _incoming(population, decays[name], early_bias)
        for name, population in timed.populations.items()
    }
    scales = _scales(timed, arriving, decays, target, precision, reach or {})
    for name, population in timed.populations.items():
        decay, incoming, scale = decays[name], arriving[name], scales[name]
        if not population.ties or population.first not in (reach or {}):
            diagnostics.extend(_wraps(population, scale, target))
        for pre in sorted(incoming.weights):
            synapses = incoming.weights[pre]
            coded, rounding = encode_weights(pre, name, synapses, scale.units, target, precision)
            projections.extend(coded)
            roundings.append(rounding)
        for onset, biases in _on_axons(incoming.axon_bias, target):
            onsets[onset] = None
            coded, rounding = encode_bias(bias_port(onset), name, biases, scale.units, target, precision)
            projections.extend(coded)
            roundings.append(rounding)
        for step, amounts in _on_axons(incoming.pulses, target):
            pulses[step] = None
            coded, rounding = encode_bias(pulse_port(step), name, amounts, scale.units, target, precision)
            projections.extend(coded)
            roundings.append(replace(rounding, what="initial membrane"))
        if population.ties:
            thresholds = threshold_units(population, scale.units, target)
            coded, more_tied = encode_ties(population, thresholds, target)
            projections.extend(coded)
            tied.extend(more_tied)
        quantized, more = _population(population, incoming, scale, decay, target)
        populations.append(quantized)
        roundings.extend(more)
    always_on = [
        QuantizedInput(name=bias_port(onset), shape=(1,), constant=True, onset_step=onset)
        for onset in sorted(onsets)
    ] + [
        QuantizedInput(name=pulse_port(step), shape=(1,), constant=True, onset_step=step, once=True)
        for step in sorted(pulses)
    ]
    network = quantized_network(target.name, timed, populations, projections, roundings, always_on, tied)
    return Quantized(network=network, scales=scales, decays=decays, diagnostics=tuple(diagnostics))


def _scales(
    timed: TimedNetwork,
    arriving: Mapping[str, Incoming],
    decays: Mapping[str, Decays],
    target: CubaChip,
    precision: Precision,
    reach: Mapping[str, Reach],
) -> dict[str, Scale]:
    """The scale of each population; those that stand for one of the network have one."""

    def chosen(population: TimedPopulation, at_most: float) -> Scale:
        name = population.name
        fed = Fed(population=population, incoming=arriving[name], decay=decays[name], target=target)
        return choose_scale(fed, precision, reach.get(population.first), at_most)

    scales = {name: chosen(population, math.inf) for name, population in timed.populations.items()}
    least: dict[str, float] = {}
    for name, population in timed.populations.items():
        least[population.first] = min(least.get(population.first, math.inf), scales[name].units)
    return {
        name: scales[name] if population.level is None else chosen(population, least[population.first])
        for name, population in timed.populations.items()
    }


def _on_axons(
    constants: Mapping[int, np.ndarray], target: CubaChip
) -> list[tuple[int, dict[int, np.ndarray]]]:
    """Always-on axons for constants that start at several steps: of each axon the first step, and constants by the
    steps that synapses hold it back."""
    axons: list[tuple[int, dict[int, np.ndarray]]] = []
    for onset in sorted(constants):
        if not axons or onset - axons[-1][0] > target.synapse.max_delay:
            axons.append((onset, {}))
        axons[-1][1][onset - axons[-1][0]] = constants[onset]
    return axons


def _counts_for(population: TimedPopulation) -> str:
    level = population.level
    return "" if level is None or not level.counts or level.first == population.name else level.first


def _incoming(population: TimedPopulation, decay: Decays, early_bias: bool) -> Incoming:
    """Weights by source, the bias of the register, and biases that start late or pass through the synapse."""
    weights: dict[str, SynapseRows] = {}
    lag = population.lag_steps
    through_current = population.neuron.alpha is not None or decay.in_current
    register = np.zeros(population.size)
    axons: dict[int, np.ndarray] = {}

    def constant(onset: int, vector: np.ndarray, *, current: bool) -> None:
        nonlocal register
        if not vector.any():
            return
        if current or (onset > 0 and not (through_current or early_bias)):
            axons[onset] = axons.get(onset, np.zeros(population.size)) + vector
        else:
            register = register + vector

    constant(lag, population.neuron.bias, current=decay.in_current)
    for link in population.links:
        before = weights.get(link.source)
        parts = [(rows, 0, 0) for rows in (before, link.rows) if rows is not None]
        weights[link.source] = link.rows if before is None else joined(parts).by_source()
    for onset, vector in population.constants.items():
        constant(onset, vector, current=through_current)
    tied = tuple(tie.share * population.thresholds for tie in population.ties)
    return Incoming(
        weights=weights, register_bias=register, axon_bias=axons, pulses=population.pulses, tied=tied
    )


def _population(
    population: TimedPopulation, incoming: Incoming, scale: Scale, decay: Decays, target: CubaChip
) -> tuple[QuantizedPopulation, list[Rounding]]:
    n = population.size
    mantissa, exponent, bias_rounding = _bias_codes(population.name, incoming, scale.units, target)
    threshold, theta_rounding = _threshold_codes(
        population, incoming, scale, decay, mantissa << exponent, target
    )
    further, shared = target.further_registers(population.neuron.refractory)
    names = target.registers
    state = StateScale(units=scale.units, offset=0.0)
    quantized = QuantizedPopulation(
        name=population.name,
        shape=population.shape,
        params={
            names.current_decay: decay.current_code,
            names.voltage_decay: decay.voltage_code,
            names.threshold: threshold,
            names.bias: mantissa,
            names.bias_exponent: np.full(n, exponent, dtype=np.int64),
            **{name: np.full(n, value, dtype=np.int64) for name, value in further.items()},
        },
        core_params=shared,
        scales={"u": state, "v": StateScale(units=scale.units, offset=population.origin)},
        lag_steps=population.lag_steps,
        emission_delay=population.neuron.emission_delay,
        spiking=population.neuron.theta is not None,
        role="original" if population.first == population.name else "level",
        counts_for=_counts_for(population),
    )
    wanted_beta = population.neuron.beta
    kept = np.abs((decay.alpha if decay.in_current else decay.beta) - wanted_beta)
    roundings = [
        bias_rounding,
        theta_rounding,
        Rounding.of(population.name, "membrane decay", "per step", kept),
    ]
    if population.neuron.alpha is not None:
        gap = np.abs(decay.alpha - population.neuron.alpha)
        roundings.append(Rounding.of(population.name, "synapse decay", "per step", gap))
    return quantized, roundings


def _bias_codes(
    name: str, incoming: Incoming, units: float, target: CubaChip
) -> tuple[np.ndarray, int, Rounding]:
    """Mantissas and the smallest exponent that holds the largest bias."""
    exact = incoming.register_bias * units
    top = target.neuron.bias_mantissa[1]
    largest = float(np.abs(exact).max(initial=0.0))
    exponent = target.neuron.bias_exponent[0]
    while largest / 2**exponent > top and exponent < target.neuron.bias_exponent[1]:
        exponent += 1
    mantissa = np.clip(np.rint(exact / 2**exponent), -top, top).astype(np.int64)
    gap = np.abs((mantissa << exponent) - exact) / units
    return mantissa, exponent, Rounding.of(name, "bias", "membrane", gap)


def _threshold_codes(
    population: TimedPopulation,
    incoming: Incoming,
    scale: Scale,
    decay: Decays,
    bias_units: np.ndarray,
    target: CubaChip,
) -> tuple[np.ndarray, Rounding]:
    """Mantissas of thresholds. The chip fires above them; where v moves on a known grid (no decay), >= is exact too."""
    low, high = target.neuron.threshold_mantissa
    step = 1 << target.neuron.threshold_shift
    theta = population.neuron.theta
    if theta is None:
        top = np.full(population.size, high, dtype=np.int64)
        return top, Rounding.of(population.name, "threshold", "membrane", np.zeros(1))
    exact = theta * scale.units
    if population.ties:
        units = threshold_units(population, scale.units, target)
        times = 1.0 if population.level is None else population.level.times
        codes = np.clip(level_units(units, times) - register_below(population.neuron), low, high).astype(
            np.int64
        )
        gap = np.abs(units * step - exact) / scale.units
        return codes, Rounding.of(population.name, "threshold", "membrane", gap)
    grid = scale.grid_units
    lossless = not decay.in_current and population.neuron.alpha is None and not decay.voltage_code.any()
    if lossless and grid % step == 0 and not (bias_units % grid).any():
        near = np.rint(exact / grid)
        on_grid = np.abs(exact / grid - near) < 1e-6
        below = np.where(on_grid, near - (1 if population.neuron.at_threshold else 0), np.floor(exact / grid))
        # Any threshold from `below` grid points up to just under the next one decides alike: take the nearest.
        first = below * (grid // step)
        mantissa = np.clip(np.rint(exact / step), first, first + grid // step - 1)
    else:
        mantissa = np.rint(exact / step)
    codes = np.clip(mantissa, low, high).astype(np.int64)
    return codes, Rounding.of(
        population.name, "threshold", "membrane", np.abs(codes * step - exact) / scale.units
    )


def _wraps(population: TimedPopulation, scale: Scale, target: CubaChip) -> list[Diagnostic]:
    """A note where the sum of a step, or the current that keeps a share of it, may pass what a neuron holds."""
    if scale.proven:
        return []
    low, high = -scale.arriving_limit, scale.arriving_limit - 1
    diagnostics = may_wrap(population.name, target, scale.arriving_units - high, (low, high))
    if diagnostics:
        return diagnostics
    message = (
        f"currents of {shown(population.name)} may wrap around after several busy steps; in one step at most "
        f"{scale.arriving_units.max(initial=0.0):,.0f} arrive at a neuron, of {high:,} that {target.title} holds"
    )
    return [note("SPK1006", message, where=place_of(population.name), hint=HINT)]
