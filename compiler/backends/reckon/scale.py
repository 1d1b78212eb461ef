"""Chooses shifts, thresholds and scales: integers in one unit of each neuron's membrane.

The weights onto a neuron have eight bits, shifted by one amount for inputs and one for neurons. Its scale is the
largest at which its weights have room; its threshold follows. The shifts are those under which rounding moves membranes
least.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import HIGH, ONE
from .lower import Lowered
from .ticks import Ticks

MOST_APART = 6
"""Of the shifts: a relay's weight is a power of two."""
BUSY = 0.2
"""Share of sources that spike in a step, as far as nothing is known."""
BIAS_ROWS = 8
"""Rows that a constant may take for each row of an input."""
MOST_ROWS = 3
"""Of an input: each event of it is sent as often."""


@dataclass(frozen=True, kw_only=True)
class Drive:
    """What reaches n neurons, in units of the float membrane. Largest single weights of inputs and of neurons, with
    what comes back over a synapse of a neuron onto itself; sums of all positive and of all negative ones; how many
    there are. held: what a gate takes off; 0 where there is none."""

    of_inputs: np.ndarray
    of_neurons: np.ndarray
    up: np.ndarray
    down: np.ndarray
    inputs: np.ndarray
    neurons: np.ndarray
    held: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Shifts:
    """By how many bits weights of inputs and of neurons are shifted, and the rows of each input."""

    of_inputs: int
    of_neurons: int
    rows: int


def drive_of(
    lowered: Lowered, inputs: frozenset[str], sizes: Mapping[str, int], own: Mapping[str, np.ndarray]
) -> dict[str, Drive]:
    """What reaches each population that spikes. inputs: those without biases. own: population -> (n,) what comes back
    in units of its membrane."""
    found: dict[str, Drive] = {}
    for name, back in own.items():
        n = sizes[name]
        largest = {True: np.zeros(n), False: np.abs(back)}
        count = {True: np.zeros(n), False: (back != 0).astype(np.float64)}
        up, down = np.maximum(back, 0.0), np.maximum(-back, 0.0)
        for link in lowered.into(name):
            np.add.at(up, link.rows, np.maximum(link.weights, 0.0))
            np.add.at(down, link.rows, np.maximum(-link.weights, 0.0))
            if link.source in lowered.onset:
                np.maximum.at(largest[True], link.rows, np.abs(link.weights) / BIAS_ROWS)
                continue
            direct = link.source in inputs and link.relays == 0
            extra = np.zeros(link.rows.size)
            if link.source == name and link.relays == 0:
                itself = link.rows == link.cols
                extra[itself] = back[link.rows[itself]]
            np.maximum.at(largest[direct], link.rows, np.abs(link.weights + extra))
            np.add.at(count[direct], link.rows, 1.0)
        found[name] = Drive(
            of_inputs=largest[True],
            of_neurons=largest[False],
            up=up,
            down=down,
            inputs=count[True],
            neurons=count[False],
            held=np.zeros(n),
        )
    return found


def largest_units(
    drive: Drive, theta: np.ndarray, alpha: np.ndarray, ticks: Ticks, shifts: Shifts, most: int
) -> np.ndarray:
    """(n,) the most integers that one unit of the membrane can be: weights have room, and what one step brings to a
    membrane below its threshold does not pass 16 bits. most: the largest weight code."""
    with np.errstate(divide="ignore", invalid="ignore"):
        room = [
            (most * shifts.rows << shifts.of_inputs) / drive.of_inputs,
            (most << shifts.of_neurons) / drive.of_neurons,
            HIGH / (alpha / ONE * theta + drive.up),
            HIGH / (theta + drive.down + drive.held),
            (most * ticks.gate_rows << shifts.of_inputs) / drive.held,
        ]
    return np.fmin.reduce(room)


def rounding(
    drive: Drive, theta: np.ndarray, alpha: np.ndarray, ticks: Ticks, shifts: Shifts, units: np.ndarray
) -> np.ndarray:
    """(n,) by how much rounding moves a membrane, in thresholds: weights, while they last, and the leak, on average and
    by chance; a gate makes up for the average."""
    kept = np.minimum(alpha / ONE, 1.0 - 1.0 / 256)
    memory = 1.0 / (1.0 - kept ** (2 * ticks.of_step))
    weights = drive.inputs * 4.0**shifts.of_inputs + drive.neurons * 4.0**shifts.of_neurons
    on_average = 0.0 if ticks.gated else 3.0 / (1.0 - kept) ** 2
    by_chance = 1.0 / (1.0 - kept**2) / ticks.left(alpha) ** 2 if ticks.gated else memory
    leak = np.where(alpha == ONE, 0.0, by_chance + on_average)
    return np.sqrt((BUSY * weights * memory + leak) / 12.0) / (units * theta)


def choose_shifts(
    drives: Mapping[str, Drive],
    theta: Mapping[str, np.ndarray],
    alpha: Mapping[str, np.ndarray],
    ticks: Ticks,
    rows: int,
    chip: ReckonChip,
    fixed: Mapping[str, int],
) -> Shifts:
    """The shifts under which rounding moves membranes least, on average over all neurons; the smaller ones where that
    is the same to a thousandth. fixed: shifts of `inputs` and of `neurons` that are given."""
    low, high = chip.ranges.weight_shift
    most = min(chip.ranges.weight[1], -chip.ranges.weight[0])
    best, least = Shifts(of_inputs=low, of_neurons=low, rows=rows), np.inf
    for of_inputs, of_neurons in product(range(low, high + 1), repeat=2):
        wanted = fixed.get("inputs", of_inputs), fixed.get("neurons", of_neurons)
        if abs(of_inputs - of_neurons) > MOST_APART or wanted != (of_inputs, of_neurons):
            continue
        shifts = Shifts(of_inputs=of_inputs, of_neurons=of_neurons, rows=rows)
        moved = [np.zeros(0)]
        for name, drive in drives.items():
            units = largest_units(drive, theta[name], alpha[name], ticks, shifts, most)
            moved.append(rounding(drive, theta[name], alpha[name], ticks, shifts, units))
        total = float(np.concatenate(moved).mean()) if drives else 0.0
        if total < least * 0.999:
            best, least = shifts, total
    return best
