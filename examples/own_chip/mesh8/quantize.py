"""The float network in the chip's integers: one scale a population, leaks as the nearest power of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from spikec.compiler.backends.shared.inputs import inputs_of
from spikec.compiler.backends.shared.neuron_rows import longer_loops
from spikec.compiler.ir.fidelity_row import FidelityRow
from spikec.compiler.ir.quantized import QuantizedNetwork, QuantizedPopulation, QuantizedProjection, Rounding
from spikec.compiler.ir.timed_network import TimedNetwork, TimedPopulation
from spikec.compiler.timed.constants import constant_from_chip_start
from spikec.compiler.timed.neuron_kinds import not_integrate_and_fire
from spikec.sim.diagnostic import Diagnostic, raise_errors
from spikec.targets.configuration import StateScale

from .chip import Mesh
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


def quantize(timed: TimedNetwork, chip: Mesh) -> Quantized:
    """Raises DiagnosticError: SPK1004 for neurons of another kind."""
    raise_errors([d for p in timed.populations.values() for d in not_integrate_and_fire(p, chip)])
    populations: list[QuantizedPopulation] = []
    projections: list[QuantizedProjection] = []
    roundings: list[Rounding] = []
    for name, timed_population in timed.populations.items():
        p = constant_from_chip_start(timed_population)
        units = _units(p, chip)
        made, rounded = _population(p, units)
        populations.append(made)
        roundings += rounded
        for link in p.links:
            cols, rows, weights = link.by_source
            code = np.clip(np.rint(weights * units), *chip.core.weight).astype(np.int64)
            gap = np.abs(code / units - weights)
            roundings.append(Rounding.of(f"{link.source} -> {name}", "weight", "membrane", gap))
            cols, rows, code = (a[code != 0] for a in (cols, rows, code))
            delay = np.full(code.size, link.held_steps, dtype=np.int64)
            projections.append(
                QuantizedProjection(pre=link.source, post=name, cols=cols, rows=rows, code=code, delay=delay)
            )
    found = QuantizedNetwork(
        target=chip.name,
        populations=tuple(populations),
        inputs=inputs_of(timed),
        projections=tuple(projections),
        outputs=timed.outputs,
        max_lag_steps=timed.max_lag_steps,
        roundings=tuple(roundings),
    )
    return Quantized(network=found, kept={p.name: KEPT[p.params["leak"]] for p in populations})


def _units(p: TimedPopulation, chip: Mesh) -> float:
    """Integers in 1.0: the most at which weights, thresholds and biases fit."""
    pairs = [(min(-chip.core.weight[0], chip.core.weight[1]), link.by_source[2]) for link in p.links]
    pairs += [(MOST_THRESHOLD, p.thresholds), (HIGH, p.neuron.bias), (HIGH, p.start)]
    largest = [(limit, float(np.abs(values).max(initial=0.0))) for limit, values in pairs]
    return min((limit / size for limit, size in largest if size > 0), default=1.0)


def _population(p: TimedPopulation, units: float) -> tuple[QuantizedPopulation, list[Rounding]]:
    theta = p.thresholds
    leak = np.abs(p.neuron.beta[:, None] - KEPT).argmin(axis=1)
    threshold = np.maximum(np.rint(theta * units), 1).astype(np.int64)
    made = QuantizedPopulation(
        name=p.name,
        shape=p.shape,
        params={
            "leak": leak.astype(np.int64),
            "threshold": threshold,
            "bias": np.rint(p.neuron.bias * units).astype(np.int64),
            "initial": np.rint(p.start * units).astype(np.int64),
        },
        core_params={},
        scales={"v": StateScale(units=units, offset=p.origin)},
        lag_steps=p.lag_steps,
        emission_delay=p.neuron.emission_delay,
    )
    gaps = [("threshold", "membrane", np.abs(threshold / units - theta))]
    gaps.append(("membrane decay", "per step", np.abs(KEPT[leak] - p.neuron.beta)))
    return made, [Rounding.of(p.name, what, unit, gap) for what, unit, gap in gaps]


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """Leaks that are no power of two, and biases that act too early."""
    rows = longer_loops(timed)
    for p in timed.populations.values():
        beta, kept, bias = (
            p.neuron.beta,
            quantized.kept[p.name],
            quantized.network.population(p.name).params["bias"],
        )
        if np.any(np.abs(beta - kept) > 1e-6):
            texts = [f"keeps {float(np.median(x)):.4g} a step" for x in (beta, kept)]
            rows.append(_row("leak of the membrane", p.name, *texts))
        if bias.any() and (p.lag_steps or p.constants):
            rows.append(
                _row("bias onset", p.name, f"from chip step {p.lag_steps} or later", "from chip step 0")
            )
    return rows


def _row(feature: str, where: str, wanted: str, done: str) -> FidelityRow:
    return FidelityRow(feature=feature, where=where, wanted=wanted, done=done, status="approximated")
