"""Computes both verdicts of emitted files, with all that the report shows of the runs behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...sim.diagnostic import Diagnostic
from ...sim.stimulus import Stimulus
from ...sim.trace import Trace
from ...targets.configuration import Symbols
from ...targets.machines.any_machine import AnyMachine
from ..backends.interface import backend_of
from ..ir.fidelity_row import FidelityRow
from ..ir.report import Rasters
from ..ir.stages import ChipRun, Loaded, Prepared
from ..ir.verdicts import FidelityVerdict, Verdicts
from ..options import Options
from ..report.rasters import pairs, sampled
from .chip_run import run_chip
from .fidelity import References, host_inputs, layers_of, measured_rows, references, verdict
from .losses import losses
from .placement import placement_verdict
from .silence import silences


@dataclass(frozen=True, kw_only=True)
class Proof:
    """rows: the fidelity table. rasters: of a few samples. inputs: what reached the chip, (T, B, ...) a port.
    diagnostics: warnings of what the run showed. chip: None where what was loaded could not be decoded."""

    verdicts: Verdicts
    rows: tuple[FidelityRow, ...]
    rasters: tuple[Rasters, ...]
    inputs: Mapping[str, np.ndarray]
    diagnostics: tuple[Diagnostic, ...]
    chip: ChipRun | None


def prove(
    prepared: Prepared,
    loaded: Loaded,
    symbols: Symbols,
    stimulus: Stimulus,
    options: Options,
    source: Trace,
) -> Proof:
    """source: the float run of the file on the stimulus."""
    inputs = host_inputs(prepared, source, stimulus.inputs)
    result, chip = placement_verdict(
        prepared.quantized.network, prepared.network, prepared.target, loaded, symbols, inputs, options.say
    )
    fidelity: FidelityVerdict | None = None
    rows, shown, warnings = list(prepared.rows), tuple[Rasters, ...](), list[Diagnostic]()
    if chip is not None:
        options.say("fidelity verdict")
        floats: References = references(prepared, stimulus.inputs, source)
        fidelity = verdict(prepared, floats, chip, stimulus.labels)
        rows = measured_rows(prepared, source, stimulus.inputs, fidelity)
        backend, target, lag = (
            backend_of(prepared.target),
            prepared.target,
            prepared.quantized.network.max_lag_steps,
        )

        def rerun(machine: AnyMachine) -> ChipRun:
            return run_chip(machine, symbols, target, prepared.network, inputs, max_lag=lag)

        rows = backend.measure_effects(rows, backend.machine(target, loaded), chip, rerun)
        layers = layers_of(prepared, source, prepared.front.dialect)
        agreed = (
            options.allow_approximation
            or options.native_reset
            or "native" in dict(options.constructs).values()
        )
        silent = silences(prepared, stimulus.inputs, layers, chip.layers)
        warnings = [*silent, *losses(fidelity, agreed=agreed)]
        shown = sampled(
            [*pairs("output", source.outputs, chip.outputs), *pairs("layer", layers, chip.layers)],
            stimulus.labels,
        )
    verdicts = Verdicts(placement=result, fidelity=fidelity)
    return Proof(
        verdicts=verdicts,
        rows=tuple(rows),
        rasters=shown,
        inputs=inputs,
        diagnostics=tuple(warnings),
        chip=chip,
    )
