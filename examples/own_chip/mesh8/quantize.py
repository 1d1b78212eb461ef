"""The float network in the chip's integers: one scale a population, leaks as the nearest power of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from spikec.compiler.backends.shared.neuron_rows import longer_loops
from spikec.compiler.ir.fidelity_row import FidelityRow
from spikec.compiler.ir.network import Network, Population
from spikec.compiler.ir.quantized import (
    QuantizedInput,
    QuantizedNetwork,
    QuantizedPopulation,
    QuantizedProjection,
    Rounding,
)
from spikec.compiler.timed.neuron_kinds import not_integrate_and_fire
from spikec.compiler.timed.retime import Retimed
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


def quantize(network: Network, retimed: Retimed, chip: Mesh) -> Quantized:
    """Raises DiagnosticError: SPK1004 for neurons of another kind."""
    by_name = {name: network.populations[name] for name in sorted(network.populations)}
    raise_errors([problem for p in by_name.values() for problem in not_integrate_and_fire(p, 0.0, chip)])
    populations: list[QuantizedPopulation] = []
    projections: list[QuantizedProjection] = []
    roundings: list[Rounding] = []
    for name, p in by_name.items():
        taps = [(pre, field, w.tocoo()) for pre, _, field, w in retimed.arriving(network, name, chip.latency)]
        bias = p.neuron.bias + sum(v for q in network.into(name) for v in q.bias.values())
        units = _units([w.data for _, _, w in taps], p, bias, chip)
        made, rounded = _population(p, bias, units, retimed.lag[name])
        populations.append(made)
        roundings += rounded
        for pre, field, w in taps:
            code = np.clip(np.rint(w.data * units), *chip.core.weight).astype(np.int64)
            gap = np.abs(code / units - w.data)
            roundings.append(Rounding.of(f"{pre} -> {name}", "weight", "membrane", gap))
            rows, cols = (a[code != 0].astype(np.int64) for a in w.coords)
            delay = np.full(rows.size, field, dtype=np.int64)
            projections.append(
                QuantizedProjection(
                    pre=pre, post=name, cols=cols, rows=rows, code=code[code != 0], delay=delay
                )
            )
    found = QuantizedNetwork(
        target=chip.name,
        populations=tuple(populations),
        inputs=tuple(QuantizedInput(name=n, shape=network.inputs[n]) for n in sorted(network.inputs)),
        projections=tuple(projections),
        outputs={path: network.read_by(path) for path in sorted(network.outputs)},
        max_lag_steps=max([0, *retimed.lag.values()]),
        roundings=tuple(roundings),
    )
    return Quantized(network=found, kept={p.name: KEPT[p.params["leak"]] for p in populations})


def _units(weights: list[np.ndarray], p: Population, bias: np.ndarray, chip: Mesh) -> float:
    """Integers in 1.0: the most at which weights, thresholds and biases fit."""
    pairs = [(min(-chip.core.weight[0], chip.core.weight[1]), w) for w in weights]
    pairs += [(MOST_THRESHOLD, _thresholds(p)), (HIGH, bias), (HIGH, _start(p))]
    largest = [(limit, float(np.abs(values).max(initial=0.0))) for limit, values in pairs]
    return min((limit / size for limit, size in largest if size > 0), default=1.0)


def _thresholds(p: Population) -> np.ndarray:
    return np.ones(p.size) if p.neuron.theta is None else p.neuron.theta


def _start(p: Population) -> np.ndarray:
    return np.zeros(p.size) if p.neuron.v_start is None else p.neuron.v_start


def _population(
    p: Population, bias: np.ndarray, units: float, lag: int
) -> tuple[QuantizedPopulation, list[Rounding]]:
    theta = _thresholds(p)
    leak = np.abs(p.neuron.beta[:, None] - KEPT).argmin(axis=1)
    threshold = np.maximum(np.rint(theta * units), 1).astype(np.int64)
    rest = 0.0 if p.neuron.v_reset is None or not p.size else float(p.neuron.v_reset.flat[0])
    made = QuantizedPopulation(
        name=p.name,
        shape=p.shape,
        params={
            "leak": leak.astype(np.int64),
            "threshold": threshold,
            "bias": np.rint(bias * units).astype(np.int64),
            "initial": np.rint(_start(p) * units).astype(np.int64),
        },
        core_params={},
        scales={"v": StateScale(units=units, offset=rest)},
        lag_steps=lag,
        emission_delay=p.neuron.emission_delay,
    )
    gaps = [("threshold", "membrane", np.abs(threshold / units - theta))]
    gaps.append(("membrane decay", "per step", np.abs(KEPT[leak] - p.neuron.beta)))
    return made, [Rounding.of(p.name, what, unit, gap) for what, unit, gap in gaps]


def neuron_rows(network: Network, retimed: Retimed, quantized: Quantized) -> list[FidelityRow]:
    """Leaks that are no power of two, and biases that act too early."""
    rows = longer_loops(retimed)
    for p in quantized.network.populations:
        beta, kept, lag = network.populations[p.name].neuron.beta, quantized.kept[p.name], p.lag_steps
        if np.any(np.abs(beta - kept) > 1e-6):
            texts = [f"keeps {float(np.median(x)):.4g} a step" for x in (beta, kept)]
            rows.append(_row("leak of the membrane", p.name, *texts))
        if p.params["bias"].any() and (lag or any(d for q in network.into(p.name) for d in q.bias)):
            rows.append(_row("bias onset", p.name, f"from chip step {lag} or later", "from chip step 0"))
    return rows


def _row(feature: str, where: str, wanted: str, done: str) -> FidelityRow:
    return FidelityRow(feature=feature, where=where, wanted=wanted, done=done, status="approximated")
