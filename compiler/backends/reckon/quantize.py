"""Quantises a network, and says what of it the chip comes near to only, or may saturate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error, note, raise_errors
from ....sim.nir.path import stored_at
from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import HIGH, ONE
from ...ir.calibration import Tuning
from ...ir.made_names import place_of
from ...ir.quantized import QuantizedPopulation
from ...ir.timed_network import TimedNetwork
from .assemble import Choices, Quantized as Quantized, assemble
from .capacity import too_large
from .headroom import unproven
from .ticks import NEAR


def quantize(timed: TimedNetwork, chip: ReckonChip, *, consent: bool, tuning: Tuning | None) -> Quantized:
    """Convert a network to the chip's integers. consent: whether decays outside the chip's range may be the nearest
    ones.

    Raises DiagnosticError: SPK1004, SPK1020, SPK1036, SPK2020, SPK2021. Notes SPK1022 come with the result."""
    tuning = Tuning() if tuning is None else tuning
    raise_errors(too_large(timed, chip))
    quantized = assemble(timed, chip, Choices(shifts=tuning.shifts, gain=tuning.gain))
    if not consent:
        _ask(timed, quantized, chip)
    return replace(quantized, diagnostics=tuple(_may_saturate(quantized)))


def decay_gap(timed: TimedNetwork, quantized: Quantized, name: str) -> np.ndarray:
    """(n,) by how much what a step keeps of membranes is off."""
    return np.abs(kept_a_step(quantized.network.population(name)) - timed.populations[name].neuron.beta)


def kept_a_step(population: QuantizedPopulation) -> np.ndarray:
    """(n,) what a step keeps of membranes, all its ticks together."""
    params, ticks = population.params, population.core_params["ticks"]
    return (params["alpha"] / np.exp2(params["fraction_bits"])) ** ticks


def _ask(timed: TimedNetwork, quantized: Quantized, chip: ReckonChip) -> None:
    far = [
        name
        for name in sorted(timed.populations)
        if decay_gap(timed, quantized, name).max(initial=0.0) > NEAR
    ]
    if not far:
        return
    low, high = (alpha / ONE for alpha in chip.ranges.alpha)
    told: list[str] = []
    for name in far:
        beta, kept = timed.populations[name].neuron.beta, kept_a_step(quantized.network.population(name))
        worst = int(decay_gap(timed, quantized, name).argmax())
        told.append(f"{name}[{worst}] keeps {beta[worst]:.4g} a step, on the chip {kept[worst]:.4g}")
    shared = ", and whose read-outs all keep the same" if quantized.readouts.names else ""
    message = (
        f"membranes of {', '.join(far)} decay otherwise on {chip.title}, whose neurons keep {low:.4g} to "
        f"{high:.4g} a step{shared}; this needs --allow-approximation"
    )
    hint = "train with time constants in this range, or allow it and read the fidelity verdict"
    raise DiagnosticError(
        (error("SPK1020", message, where=stored_at(far[0]), hint=hint, lost="; ".join(told)),)
    )


def _may_saturate(quantized: Quantized) -> list[Diagnostic]:
    notes: list[Diagnostic] = []
    for p in quantized.network.populations:
        past, highest = unproven(quantized.network, p.name)
        if past:
            furthest = "without end" if np.isinf(highest) else f"to {highest:,.0f}"
            message = (
                f"membranes of {past} of {p.size} neurons of {p.name} can go past {HIGH:,} ({furthest}) if every "
                "source spikes in every step; a saturation that happens is counted, and is the warning SPK4213"
            )
            notes.append(note("SPK1022", message, where=place_of(p.name)))
    return notes
