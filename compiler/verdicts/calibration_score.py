"""Scores calibrations: how near the output spikes of the unplaced machine come to those of the float network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from ...sim.reference.reference import reference
from ...sim.stimulus import Stimulus
from ...targets.chip import Chip
from ..backends.interface import backend_of
from ..ir.calibration import Tuning
from ..ir.stages import Front, Prepared
from ..options import Options
from ..prepare import prepare
from .chip_run import run_chip
from .fidelity import host_inputs, outputs_alike


def calibrated(front: Front, target: Chip, options: Options, stimulus: Stimulus) -> Options:
    """Let the chip's backend choose numbers on `stimulus`; the options hold what it chose.

    Raises DiagnosticError as `prepare`."""
    quiet = replace(options, progress=None)
    prepared = prepare(front, quiet, target, stimulus)
    options.say("calibrate on the stimulus")
    search = Search.of(front, target, quiet, prepared, stimulus)
    tuning = backend_of(target).calibrate(prepared, target, stimulus, search.score)
    return options if tuning is None else replace(options, tuning=_beside(tuning, options.tuning))


def _beside(tuning: Tuning, known: Tuning | None) -> Tuning:
    """What a search chose, with what was decided of the network before it."""
    if known is None:
        return tuning
    return msgspec.structs.replace(
        tuning, clip=tuning.clip or known.clip, levels=known.levels, floors=known.floors, reach=known.reach
    )


@dataclass(frozen=True, kw_only=True)
class Search:
    """Scores calibrations of one network on one stimulus.

    inputs: port -> (T, B, ...) spikes that reach the chip. float_outputs: Output path -> (T, B, ...) of the float
    run."""

    front: Front
    options: Options
    target: Chip
    stimulus: Stimulus
    inputs: Mapping[str, np.ndarray]
    float_outputs: Mapping[str, np.ndarray]

    @staticmethod
    def of(front: Front, target: Chip, options: Options, prepared: Prepared, stimulus: Stimulus) -> Search:
        """Run the float reference on `stimulus`, once for all scores. prepared: the network without calibration."""
        floats = reference(front.raw, front.dialect, stimulus=stimulus.inputs)
        return Search(
            front=front,
            options=options,
            target=target,
            stimulus=stimulus,
            inputs=host_inputs(prepared, floats, stimulus.inputs),
            float_outputs=floats.outputs,
        )

    def score(self, tuning: Tuning) -> float:
        """How near the unplaced machine comes to the float run at the outputs, 0..1: the F1 of those that
        spike; 1 / (1 + rms) where there are none."""
        tuned = replace(self.options, tuning=_beside(tuning, self.options.tuning))
        prepared = prepare(self.front, tuned, self.target, self.stimulus)
        network = prepared.quantized.network
        machine, symbols = backend_of(self.target).unplaced(network, self.target)
        lag = network.max_lag_steps
        outputs = run_chip(machine, symbols, self.target, prepared.network, self.inputs, max_lag=lag).outputs
        alike = outputs_alike(self.front.network, self.float_outputs, outputs)
        if alike.f1 is None and alike.rms is not None:
            return 1 / (1 + alike.rms)
        return alike.f1 or 0.0
