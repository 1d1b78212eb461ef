"""Searches a chip's numbers coordinate by coordinate, for those that score best.

The start stands unless something is better by `LEAST_GAIN`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from ...ir.calibration import Tuning

# Factors that a move tries on the present value.
THRESHOLDS = (0.8, 0.9, 1.1, 1.25, 1.45, 1.7)
LEAKS = (0.5, 0.75, 1.3, 1.7)
GAINS = (0.75, 1.3)
ROUNDS = 2
LEAST_GAIN = 0.002

Moves = Callable[[Tuning], Iterator[Tuning]]
"""The neighbours of a calibration along one coordinate."""

Score = Callable[[Tuning], float]
"""Spike F1 at the outputs under a calibration, 0..1."""


def coordinate_search(score: Score, start: Tuning, moves: Sequence[Moves]) -> Tuning:
    """Improve `start` along each of `moves` in turn, for up to `ROUNDS` rounds, and return the best calibration."""
    best, most = start, score(start)
    for _ in range(ROUNDS):
        before = most
        for move in moves:
            for tuning in move(best):
                reached = score(tuning)
                if reached > most + LEAST_GAIN:
                    best, most = tuning, reached
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
