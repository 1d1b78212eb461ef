"""The registers of neurons: thresholds, shifts, resting levels and what they start from, in the chip's integers.

reset_v is also where a leak comes to rest. A shift rounds down; a rest of half of what it divides by below the true one
makes it round to nearest. And where membranes rest at a level, thr_pos is what a reset takes off, and fires at thr_pos
less this level: so a threshold can be taken off behind the decay, and exactly where it is compared by `>`. Membranes of
the other sign are the same turned over: they fire at thr_neg, and end at thr_pos.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .scale import ROOM, own_constant, taken_off
from .stages import Stage

HIGHEST, LOWEST = (1 << 31) - 1, -(1 << 31)
FIRST = 1 << 11
"""init_v has 12 bits, one the sign."""
TO_VALUE, SUBTRACT, STAYS = 0, 1, 2


class Start(NamedTuple):
    """What membranes have before the first step. init_v: (n,) int64 that INIT brings. rest: (n,) float64 integers that
    are left over and must arrive in the first step."""

    init_v: np.ndarray
    rest: np.ndarray


def levels(stage: Stage, units: np.ndarray) -> np.ndarray:
    """(n,) int64 at which membranes rest: what a reset takes off, less where they fire."""
    taken = np.rint(taken_off(stage) * units).astype(np.int64)
    return np.where(taken > 0, taken - thresholds(stage, units), 0) * np.where(stage.turned, -1, 1)


def start_of(stage: Stage, units: np.ndarray) -> Start:
    """Split what membranes start from into what INIT can bring and what the host must add."""
    began = np.zeros(stage.size) if stage.neuron.v_start is None else stage.neuron.v_start
    wanted = levels(stage, units) + stage.kept_before * began * units
    init_v = np.clip(np.rint(wanted), -FIRST, FIRST - 1).astype(np.int64)
    rest = wanted - init_v
    return Start(init_v=init_v, rest=np.where(np.abs(rest) > 0.5, rest, 0.0))


def level_added(stage: Stage, made: Sequence[Stage], units: np.ndarray) -> np.ndarray:
    """(n,) int64 of where those rest whose potentials a stage adds. made: the stages of its population."""
    found = np.zeros(stage.size, dtype=np.int64)
    for other in made:
        if other.name in stage.adds:
            found += levels(other, units)
    return found


def with_numbers(stage: Stage, units: np.ndarray, added: np.ndarray) -> dict[str, np.ndarray]:
    """Register -> (n,) int64 of the neurons of a stage. units: (n,) integers in one unit of the float membrane. added:
    (n,) int64 that comes with potentials and counts for nothing, of `level_added`."""
    n, neuron, decays = stage.size, stage.neuron, stage.decays
    level = levels(stage, units)
    sign = np.where(np.broadcast_to(stage.turned, n), -1, 1)
    below = _half_a_share(stage)
    silent = neuron.theta is None
    reset = (
        STAYS if silent or neuron.reset == "none" else SUBTRACT if neuron.reset == "subtract" else TO_VALUE
    )
    upper = np.full(n, HIGHEST) if silent else thresholds(stage, units) + level * sign
    floor = np.full(n, -int(ROOM)) if neuron.v_min is None else _floor(neuron.v_min, units) + level * sign
    lower = np.minimum(floor, upper)
    turned = sign < 0
    mode = {} if not turned.any() else {"thr_pos_mode": turned.astype(np.int64)}
    return {
        "init_v": start_of(stage, units).init_v,
        "leak_v": np.rint(own_constant(stage) * units).astype(np.int64) - added,
        "leak_tau": decays.tau,
        "leak_multi_mode": decays.multi,
        "leak_multi_sequence": np.ones(n, dtype=np.int64),
        "thr_pos": np.where(turned, -lower, upper),
        "thr_neg": np.where(turned, -upper, lower),
        "thr_neg_mode": (~turned).astype(np.int64),
        "reset_v": level - below,
        "reset_mode": np.full(n, reset),
    } | mode


def thresholds(stage: Stage, units: np.ndarray) -> np.ndarray:
    """(n,) int64 from which on neurons fire, above where they rest."""
    theta = np.zeros(stage.size) if stage.neuron.theta is None else stage.neuron.theta
    return np.rint(theta * units).astype(np.int64) + (0 if stage.neuron.at_threshold else 1)


def part_numbers(n: int, shift: np.ndarray | int) -> dict[str, np.ndarray]:
    """Registers of n neurons that keep nothing and send what arrived, shifted up."""
    zero, one = np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.int64)
    return {
        "init_v": zero,
        "leak_v": zero,
        "leak_tau": shift * one,
        "leak_multi_mode": zero,
        "leak_multi_sequence": zero,
        "thr_pos": LOWEST * one,
        "thr_neg": LOWEST * one,
        "thr_neg_mode": zero,
        "reset_v": zero,
        "reset_mode": TO_VALUE * one,
    }


def _half_a_share(stage: Stage) -> np.ndarray:
    """(n,) int64 by which the rest lies below the true one, so that shifts round to nearest. Where it is also what a
    spike resets to, half as far: as much is lost by the one as by the other."""
    shift = np.where((stage.decays.multi == 1) & (stage.decays.tau < -1), -stage.decays.tau, 1)
    half = np.left_shift(1, np.minimum(shift, 15) - 1) // (2 if stage.neuron.reset == "to_value" else 1)
    return np.where((shift > 1) & (shift < 15), half, 0).astype(np.int64)


def _floor(v_min: np.ndarray, units: np.ndarray) -> np.ndarray:
    return np.maximum(np.rint(v_min * units), -ROOM).astype(np.int64)
