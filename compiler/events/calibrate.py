"""Scales, thresholds, leaks and the order of rows that bring the chip's spikes nearest to the float network's.

Coordinate by coordinate, along the flow of spikes: what has the best F1 at the outputs of the machine without limits,
on samples that are not looked at afterwards. The rule's choice stands unless another is clearly better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import msgspec
import numpy as np

from ...sim.compare import spikes_alike
from ...sim.reference import reference
from ...sim.stimulus import Stimulus
from ...targets.event_model import Revision
from ..fidelity import host_inputs
from ..flows import flow_of
from ..options import Options
from ..prepare import prepare
from ..runs import run_chip
from ..tuning import Order, Tuning
from .occupancy import fitted_leaks
from .rows import usual_order

if TYPE_CHECKING:
    from ..prepare import Front, Prepared

THRESHOLDS = (0.8, 0.9, 1.1, 1.25, 1.45, 1.7)
LEAKS = (0.5, 0.75, 1.3, 1.7)
GAINS = (0.75, 1.3)
ROUNDS = 2
LEAST_GAIN = 0.002

Moves = Callable[[Tuning], Iterator[Tuning]]


@dataclass(frozen=True, kw_only=True)
class _Search:
    """inputs: what reaches the chip; wanted: the outputs of the float run."""

    front: Front
    options: Options
    target: Revision
    stimulus: Stimulus
    inputs: Mapping[str, np.ndarray]
    wanted: Mapping[str, np.ndarray]

    def score(self, tuning: Tuning) -> float:
        """F1 at the outputs."""
        made = prepare(self.front, replace(self.options, tuning=tuning), self.target, self.stimulus)
        network = made.quantized.network
        machine, symbols = flow_of(self.target).expand(network, self.target)
        lag = network.max_lag_steps
        found = run_chip(machine, symbols, self.target, made.network, self.inputs, max_lag=lag).outputs
        a, b = (_side_by_side(side) for side in (self.wanted, found))
        return spikes_alike(a, b).f1 or 0.0


def _side_by_side(outputs: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([outputs[n].reshape(*outputs[n].shape[:2], -1) for n in sorted(outputs)], axis=2)


def tuned(front: Front, target: Revision, options: Options, stimulus: Stimulus) -> Options:
    """Options with what `stimulus` decides: leaks, and with --calibrate all else. Raises as `prepare`."""
    quiet = replace(options, progress=None)
    made: Prepared = prepare(front, quiet, target, stimulus)
    tuning = Tuning(leak=fitted_leaks(made, stimulus))
    if options.calibrate:
        options.say("search scales, leaks and order")
        floats = reference(front.raw, front.dialect, stimulus=stimulus.inputs)
        search = _Search(
            front=front,
            options=quiet,
            target=target,
            stimulus=stimulus,
            inputs=host_inputs(made, floats, stimulus.inputs),
            wanted=floats.outputs,
        )
        scales = made.quantized.assembled.scales
        names = [p.name for p in made.quantized.network.populations if p.name in scales]
        tuning = _searched(search, names, tuning)
    return options if tuning == Tuning() else replace(options, tuning=tuning)


def _searched(search: _Search, names: list[str], start: Tuning) -> Tuning:
    best, most = start, search.score(start)
    usual = usual_order(search.target)
    moves: list[Moves] = [
        lambda tuning: _orders(tuning, usual),
        *(move for name in names for move in _of_population(name)),
    ]
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


def _orders(best: Tuning, usual: Order) -> Iterator[Tuning]:
    orders: tuple[Order, ...] = get_args(Order)
    for order in orders:
        if order != (best.order or usual):
            yield msgspec.structs.replace(best, order=order)


def _of_population(name: str) -> tuple[Moves, ...]:
    def thresholds(best: Tuning) -> Iterator[Tuning]:
        now = best.threshold.get(name, 1.0)
        for factor in THRESHOLDS:
            yield msgspec.structs.replace(best, threshold={**best.threshold, name: round(now * factor, 4)})

    def leaks(best: Tuning) -> Iterator[Tuning]:
        for factor in LEAKS if name in best.leak else ():
            parts = [round(part * factor, 4) for part in best.leak[name]]
            yield msgspec.structs.replace(best, leak={**best.leak, name: parts})

    def gains(best: Tuning) -> Iterator[Tuning]:
        now = best.gain.get(name, 1.0)
        for factor in GAINS:
            yield msgspec.structs.replace(best, gain={**best.gain, name: round(now * factor, 4)})

    return thresholds, leaks, gains
