"""The float network in the chip's integers: one scale a population, leaks as the nearest power of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from spikec.compiler.backends.shared.nearest import largest_units, nearest_weights
from spikec.compiler.backends.shared.neuron_rows import longer_loops
from spikec.compiler.backends.shared.quantized_network import quantized_network
from spikec.compiler.ir.fidelity_row import FidelityRow
from spikec.compiler.ir.quantized import QuantizedNetwork, QuantizedPopulation, QuantizedProjection, Rounding
from spikec.compiler.ir.timed_network import TimedNetwork, TimedPopulation
from spikec.compiler.timed.constants import constant_from_chip_start
from spikec.compiler.timed.neuron_kinds import not_integrate_and_fire
from spikec.sim.diagnostic import Diagnostic, raise_errors
from spikec.targets.configuration import StateScale

from .chip import Mesh8
from .neuron import HIGH, NO_LEAK

MOST_THRESHOLD = HIGH >> 1  # half of the membrane is left for what arrives at once
KEPT = np.append(1 - 2.0 ** -np.arange(NO_LEAK), 1.0)
"""What a membrane keeps in a step, by its leak register."""


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """kept: population -> what its membranes keep in a step, (n,) float64."""

    network: QuantizedNetwork
    kept: Mapping[str, np.ndarray]
    diagnostics: tuple[Diagnostic, ...] = ()


def quantize(timed: TimedNetwork, chip: Mesh8) -> Quantized:
    """Raises DiagnosticError: SPK1004 for neurons of another kind."""
    raise_errors([d for p in timed.populations.values() for d in not_integrate_and_fire(p, chip)])
    populations: list[QuantizedPopulation] = []
    projections: list[QuantizedProjection] = []
    roundings: list[Rounding] = []
    for p in map(constant_from_chip_start, timed.populations.values()):
        weights = [(min(-chip.core.weight[0], chip.core.weight[1]), link.by_source[2]) for link in p.links]
        registers = [(MOST_THRESHOLD, p.thresholds), (HIGH, p.neuron.bias), (HIGH, p.start)]
        units = largest_units([*weights, *registers])
        synapses, rounded = nearest_weights(p, units, chip.core.weight)
        population, more = _population(p, units)
        populations.append(population)
        projections += synapses
        roundings += [*more, *rounded]
    network = quantized_network(chip.name, timed, populations, projections, roundings)
    return Quantized(network=network, kept={p.name: KEPT[p.params["leak"]] for p in populations})


def _population(p: TimedPopulation, units: float) -> tuple[QuantizedPopulation, list[Rounding]]:
    leak = np.abs(p.neuron.beta[:, None] - KEPT).argmin(axis=1).astype(np.int64)
    exact = {"bias": p.neuron.bias, "initial": p.start, "threshold": p.thresholds}
    registers = {name: np.rint(values * units).astype(np.int64) for name, values in exact.items()}
    registers["threshold"] = np.maximum(registers["threshold"], 1)
    population = QuantizedPopulation(
        name=p.name,
        shape=p.shape,
        params={"leak": leak, **registers},
        core_params={},
        scales={"v": StateScale(units=units, offset=p.origin)},
        lag_steps=p.lag_steps,
        emission_delay=p.neuron.emission_delay,
    )
    gaps = {name: np.abs(registers[name] / units - values) for name, values in exact.items()}
    roundings = [Rounding.of(p.name, name, "membrane", gap) for name, gap in gaps.items()]
    decay = Rounding.of(p.name, "membrane decay", "per step", np.abs(KEPT[leak] - p.neuron.beta))
    return population, [*roundings, decay]


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """Leaks that are no power of two, and biases that act too early."""
    rows = longer_loops(timed)
    for p in timed.populations.values():
        beta, kept, registers = (
            p.neuron.beta,
            quantized.kept[p.name],
            quantized.network.population(p.name).params,
        )
        if np.any(np.abs(beta - kept) > 1e-6):
            texts = [f"keeps {float(np.median(x)):.4g} a step" for x in (beta, kept)]
            rows.append(_row("leak of the membrane", p.name, *texts))
        onset = max(p.constants, default=p.lag_steps)
        if registers["bias"].any() and onset > 0:
            done = "from chip step 0; the initial state holds the difference"
            rows.append(_row("bias onset", p.name, f"from chip step {onset}", done))
    return rows


def _row(feature: str, where: str, wanted: str, done: str) -> FidelityRow:
    return FidelityRow(feature=feature, where=where, wanted=wanted, done=done, status="approximated")
