"""Lists what the chip approximates of neurons and lags, as rows of the fidelity table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...ir.fidelity_row import FidelityRow
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ..shared.neuron_rows import longer_loops
from .quantize import Quantized

FAR_DECAY = 1e-3
"""Further than this from the wanted share a tick is no rounding: decays of membranes are 2**-15 apart."""
NOTABLE = 1e-2
"""Relative error of a time constant that is worth a row."""


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """List what of each population is approximated or impossible, with the numbers."""
    rows = [
        row
        for p in timed.populations.values()
        if p.first == p.name
        for part in (
            _decays(p, quantized),
            _no_leak(p, quantized),
            _reset_free(p, quantized),
            _constants(p, quantized),
        )
        for row in part
    ]
    return [*rows, *longer_loops(timed)]


def _decays(p: TimedPopulation, quantized: Quantized) -> Iterator[FidelityRow]:
    decays, neuron = quantized.decays[p.name], p.neuron
    pairs = [("membrane", neuron.beta, decays.alpha if decays.in_current else decays.beta)]
    if neuron.alpha is not None:
        pairs.append(("synapse", neuron.alpha, decays.alpha))
    for what, exact, realised in pairs:
        leaks = exact < 1
        gap = np.where(leaks, np.abs(exact - realised), 0.0)
        relative = np.where(leaks, gap / np.maximum(1 - exact, 1e-12), 0.0)
        if not gap.size or (gap.max() < FAR_DECAY and relative.max() < NOTABLE):
            continue
        at = int(relative.argmax())
        yield FidelityRow(
            feature=f"time constant of the {what}",
            where=p.name,
            wanted=f"{_steps(exact[at])}: {exact[at]:.6g} a step",
            done=f"{_steps(realised[at])}: {realised[at]:.6g} a step",
            status="approximated",
            effect=f"differs by at most {gap.max():.2g} a step",
        )


def _steps(kept: float) -> str:
    return f"{-1 / np.log(kept):.4g} steps" if 0 < kept < 1 else "no time at all" if kept <= 0 else "no leak"


def _no_leak(p: TimedPopulation, quantized: Quantized) -> Iterator[FidelityRow]:
    decays, endless = quantized.decays[p.name], p.neuron.beta == 1
    if not endless.any():
        return
    kept = float((decays.alpha if decays.in_current else decays.beta)[endless].min())
    yield FidelityRow(
        feature="membrane without a leak",
        where=p.name,
        wanted="1 a step",
        done=f"{kept:.8g} a step: nothing that takes input keeps more",
        status="approximated",
        effect=f"loses {1 - kept:.2g} of itself a step",
    )


def _reset_free(p: TimedPopulation, quantized: Quantized) -> Iterator[FidelityRow]:
    decays = quantized.decays[p.name]
    if decays.two_states_in_one:
        yield FidelityRow(
            feature="no reset behind a synapse", where=p.name, wanted="two states kept",
            done="the chip's membrane is set back by a spike", status="impossible",
        )  # fmt: skip
    elif decays.in_current:
        yield FidelityRow(
            feature="membrane in the current", where=p.name, wanted="the membrane is compared",
            done="a membrane that forgets follows the current", status="exact",
        )  # fmt: skip


def _constants(p: TimedPopulation, quantized: Quantized) -> Iterator[FidelityRow]:
    given = quantized.incoming[p.name]
    if given.late:
        yield FidelityRow(
            feature="bias onset", where=p.name, wanted=f"from chip step {min(given.late)}",
            done="a source that always spikes from then on, on the grid of weights", status="approximated",
            effect="rounded as the weights are",
        )  # fmt: skip
