"""The float network in the chip's integers: one scale a population, every rounding recorded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ....sim.diagnostic import Diagnostic, note, raise_errors
from ....sim.nir.path import shown
from ....targets.configuration import StateScale
from ....targets.machines.synapse_rows import SynapseRows, as_rows, narrowest
from ....targets.spinnaker1.exponential import ONE
from ....targets.spinnaker1.model import SpinnakerChip
from ....targets.spinnaker1.neuron import MOST_ARRIVING
from ...ir.calibration import Reach
from ...ir.made_names import place_of
from ...ir.quantized import QuantizedInput, QuantizedPopulation, QuantizedProjection, Rounding, TiedSynapses
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ...timed.neuron_kinds import membranes_between, other_kind
from ..shared.quantized_network import quantized_network
from .decays import Decays, decays_of
from .incoming import Incoming, incoming
from .quantized_network import QuantizedNetwork
from .scale import Scale, scale_of
from .ties import encode_ties, threshold_codes

NEVER = (1 << 31) - 1
LOWEST, HIGHEST = -(1 << 31), (1 << 31) - 1
MOST_REST = HIGHEST // ONE
"""Steps of 1 ms, in s16.15."""


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network, and what the report and the effective file read of the quantisation: by population."""

    network: QuantizedNetwork
    scales: Mapping[str, Scale]
    decays: Mapping[str, Decays]
    incoming: Mapping[str, Incoming]
    diagnostics: tuple[Diagnostic, ...]


def bias_port(tick: int) -> str:
    """Name the always-on input whose spikes are sent from `tick` on."""
    return f"bias@{tick}"


def quantize(timed: TimedNetwork, target: SpinnakerChip, reach: Mapping[str, Reach]) -> Quantized:
    """Convert a network to the chip's integers. reach: of populations that constructs make, what was measured.

    Raises DiagnosticError: SPK1004 where a membrane, not spikes, would have to cross the chip, and for neurons that
    rest longer than a register says."""
    raise_errors([*membranes_between(timed.network, target.title), *_long_rests(timed, target)])
    decays = {name: decays_of(p.neuron) for name, p in timed.populations.items()}
    arriving = {name: incoming(p, decays[name]) for name, p in timed.populations.items()}
    scales = _scales(timed, arriving, decays, reach)
    populations: list[QuantizedPopulation] = []
    projections: list[QuantizedProjection] = []
    roundings: list[Rounding] = []
    tied: list[TiedSynapses] = []
    for name, population in timed.populations.items():
        scale, given = scales[name], arriving[name]
        for pre, rows in sorted(given.weights.items()):
            coded, rounding = _coded(pre, name, rows, scale)
            projections += coded
            roundings.append(rounding)
        for tick, vector in given.late.items():
            coded, rounding = _coded(bias_port(tick - 1), name, _from_one(vector), scale)
            projections += coded
            roundings.append(rounding)
        if population.ties:
            more, asked = encode_ties(population, threshold_codes(population, scale))
            projections += more
            tied += asked
        made, rounded = _population(population, given, scale, decays[name])
        populations.append(made)
        roundings += rounded
    ticks = sorted({tick - 1 for given in arriving.values() for tick in given.late})
    always_on = [
        QuantizedInput(name=bias_port(tick), shape=(1,), constant=True, onset_step=tick) for tick in ticks
    ]
    network = quantized_network(target.name, timed, populations, projections, roundings, always_on, tied)
    told = [d for name, p in timed.populations.items() for d in _may_saturate(p, scales[name], target)]
    return Quantized(
        network=network, scales=scales, decays=decays, incoming=arriving, diagnostics=tuple(told)
    )


def _long_rests(timed: TimedNetwork, target: SpinnakerChip) -> Iterator[Diagnostic]:
    for name, p in timed.populations.items():
        if p.neuron.refractory > MOST_REST:
            reason = f"rests {p.neuron.refractory:,} steps after a spike, of at most {MOST_REST:,}"
            yield other_kind(name, [reason], target.title, use="neurons that rest for less")


def _scales(
    timed: TimedNetwork,
    arriving: Mapping[str, Incoming],
    decays: Mapping[str, Decays],
    reach: Mapping[str, Reach],
) -> dict[str, Scale]:
    """The scale of each population; those that stand for one of the network have one."""

    def chosen(p: TimedPopulation, at_most: float) -> Scale:
        return scale_of(p, arriving[p.name], decays[p.name], reach.get(p.first), at_most)

    scales = {name: chosen(p, math.inf) for name, p in timed.populations.items()}
    least: dict[str, float] = {}
    for name, p in timed.populations.items():
        least[p.first] = min(least.get(p.first, math.inf), scales[name].weight_units)
    return {
        name: scales[name] if p.level is None else chosen(p, least[p.first])
        for name, p in timed.populations.items()
    }


def _coded(
    pre: str, post: str, rows: SynapseRows, scale: Scale
) -> tuple[list[QuantizedProjection], Rounding]:
    """The nearest weights; those that become 0 are left out."""
    exact = rows.weight * scale.weight_units
    code = np.clip(np.rint(exact), -MOST_ARRIVING, MOST_ARRIVING).astype(np.int64)
    gap = np.abs(code - exact) / scale.weight_units
    rounding = Rounding.of(f"{pre} -> {post}", "weight", "membrane", gap, rows.uses())
    kept = replace(rows, weight=narrowest(code)).kept(code != 0)
    if not kept.source.size:
        return [], rounding
    return [QuantizedProjection(pre=pre, post=post, synapses=kept)], rounding


def _from_one(vector: np.ndarray) -> SynapseRows:
    """The synapses of an input element that always spikes."""
    post = np.flatnonzero(vector)
    return as_rows(np.zeros_like(post), post, vector[post])


def _population(
    population: TimedPopulation, given: Incoming, scale: Scale, decays: Decays
) -> tuple[QuantizedPopulation, list[Rounding]]:
    n, neuron, units = population.size, population.neuron, scale.units
    threshold, theta_gap = _thresholds(population, scale)
    bias = _integers(given.bias * scale.current_units)
    current = given.start_current * scale.current_units
    registers = {
        "v_init": _integers(given.start * units),
        "v_rest": np.where(decays.beta > 0, _integers(-0.5 / (1 - decays.beta)), 0),
        "c_m": scale.c_m,
        "tau_m": decays.tau_m,
        "i_offset": bias,
        "v_reset": np.zeros(n, dtype=np.int64),
        "t_refract": np.full(n, neuron.refractory * ONE, dtype=np.int64),
        "refract_timer": np.full(n, given.hold, dtype=np.int64),
        "v_thresh": threshold,
        "input_exc": _integers(np.maximum(current, 0)),
        "input_inh": _integers(np.maximum(-current, 0)),
        "tau_exc": decays.tau_syn,
        "tau_inh": decays.tau_syn,
        "time_step": np.full(n, ONE, dtype=np.int64),
        "jumps": np.full(n, int(decays.jumps), dtype=np.int64),
        "shift_exc": np.full(n, scale.shift, dtype=np.int64),
        "shift_inh": np.full(n, scale.shift, dtype=np.int64),
    }
    made = QuantizedPopulation(
        name=population.name,
        shape=population.shape,
        params=registers,
        core_params={},
        scales={
            "i": StateScale(units=_median(scale.current_units), offset=0.0),
            "v": StateScale(units=_median(units), offset=population.origin),
        },
        lag_steps=population.lag_steps,
        emission_delay=neuron.emission_delay,
        spiking=neuron.theta is not None,
        role="original" if population.first == population.name else "level",
        counts_for=_counts_for(population),
    )
    kept = decays.alpha if decays.in_current else decays.beta
    roundings = [
        Rounding.of(population.name, "bias", "membrane", np.abs(bias / scale.current_units - given.bias)),
        Rounding.of(population.name, "threshold", "membrane", theta_gap),
        Rounding.of(population.name, "membrane decay", "per step", np.abs(kept - neuron.beta)),
    ]
    if neuron.alpha is not None:
        gap = np.abs(decays.alpha - neuron.alpha)
        roundings.append(Rounding.of(population.name, "synapse decay", "per step", gap))
    return made, roundings


def _thresholds(population: TimedPopulation, scale: Scale) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int64 thresholds, which fire at the membrane that they hold; and by how much they miss the network's."""
    neuron = population.neuron
    if neuron.theta is None:
        return np.full(population.size, NEVER, dtype=np.int64), np.zeros(1)
    exact = neuron.theta * scale.units
    if population.ties:
        times = 1.0 if population.level is None else population.level.times
        gain = scale.units / scale.weight_units
        wanted, exact = times * threshold_codes(population, scale) * gain, times * exact
    else:
        wanted = exact
    integers = _integers(wanted)
    gap = np.abs(integers - exact) / scale.units
    return np.minimum(integers + (0 if neuron.at_threshold else 1), HIGHEST), gap


def _counts_for(population: TimedPopulation) -> str:
    level = population.level
    return "" if level is None or not level.counts or level.first == population.name else level.first


def _integers(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), LOWEST, HIGHEST).astype(np.int64)


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if values.size else 1.0


def _may_saturate(population: TimedPopulation, scale: Scale, target: SpinnakerChip) -> Iterator[Diagnostic]:
    """A note where a buffer may fill up: what more arrives in that tick is lost."""
    if scale.proven or not scale.past_limit:
        return
    yield note(
        "SPK1022",
        f"buffers of {scale.past_limit:,} of {population.size:,} neurons of {shown(population.name)} may be full in a "
        f"busy step: at most {scale.arriving.max():,.0f} arrive, of {MOST_ARRIVING:,} that {target.title} holds",
        where=place_of(population.name),
        hint="finer weights would leave even less room; a saturation that happens in the run is counted, in overflows",
    )
