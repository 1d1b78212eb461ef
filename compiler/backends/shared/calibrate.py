"""Calibrates a chip's numbers on a stimulus: searches those whose output spikes are nearest to the float network's.

The search goes coordinate by coordinate and maximises spike F1 at the outputs of the unplaced machine, on samples that
are not looked at afterwards. The start stands unless something is better by `LEAST_GAIN`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ....sim.compare import spikes_alike
from ....sim.reference import reference
from ....sim.stimulus import Stimulus
from ....targets.chip import Chip
from ...ir.calibration import Tuning
from ...options import Options
from ...prepare import prepare
from ...verdicts.chip_run import run_chip
from ...verdicts.fidelity import host_inputs
from ..interface import backend_of

if TYPE_CHECKING:
    from ...ir.stages import Front, Prepared

# Factors that a move tries on the present value.
THRESHOLDS = (0.8, 0.9, 1.1, 1.25, 1.45, 1.7)
LEAKS = (0.5, 0.75, 1.3, 1.7)
GAINS = (0.75, 1.3)
ROUNDS = 2
LEAST_GAIN = 0.002

Moves = Callable[[Tuning], Iterator[Tuning]]
"""The neighbours of a calibration along one coordinate."""


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
        """Spike F1 at the outputs, 0..1, of the unplaced machine against the float run."""
        prepared = prepare(self.front, replace(self.options, tuning=tuning), self.target, self.stimulus)
        network = prepared.quantized.network
        machine, symbols = backend_of(self.target).unplaced(network, self.target)
        lag = network.max_lag_steps
        outputs = run_chip(machine, symbols, self.target, prepared.network, self.inputs, max_lag=lag).outputs
        a, b = (_side_by_side(side) for side in (self.float_outputs, outputs))
        return spikes_alike(a, b).f1 or 0.0


def _side_by_side(outputs: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([outputs[n].reshape(*outputs[n].shape[:2], -1) for n in sorted(outputs)], axis=2)


def coordinate_search(search: Search, start: Tuning, moves: Sequence[Moves]) -> Tuning:
    """Improve `start` along each of `moves` in turn, for up to `ROUNDS` rounds, and return the best calibration."""
    best, most = start, search.score(start)
    for _ in range(ROUNDS):
        before = most
        for move in moves:
            for tuning in move(best):
                score = search.score(tuning)
                if score > most + LEAST_GAIN:
                    best, most = tuning, score
        if most == before:
            break
    return best


def thresholds(name: str) -> Moves:
    """Moves that scale the threshold of population `name`."""

    def moves(best: Tuning) -> Iterator[Tuning]:
        now = best.threshold.get(name, 1.0)
        for factor in THRESHOLDS:
            yield msgspec.structs.replace(best, threshold={**best.threshold, name: round(now * factor, 4)})

    return moves


def leaks(name: str) -> Moves:
    """Moves that scale the leak of population `name`; none where the calibration gives it no leak."""

    def moves(best: Tuning) -> Iterator[Tuning]:
        for factor in LEAKS if name in best.leak else ():
            parts = [round(part * factor, 4) for part in best.leak[name]]
            yield msgspec.structs.replace(best, leak={**best.leak, name: parts})

    return moves


def gains(name: str) -> Moves:
    """Moves that scale weights and threshold of population `name` together."""

    def moves(best: Tuning) -> Iterator[Tuning]:
        now = best.gain.get(name, 1.0)
        for factor in GAINS:
            yield msgspec.structs.replace(best, gain={**best.gain, name: round(now * factor, 4)})

    return moves
