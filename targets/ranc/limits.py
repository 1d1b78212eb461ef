"""Checks a machine against the limits of its chip, with numbers; and counts what a machine may lose that can be
loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..chip import Range
from ..machines.crossbar_grid import PARAMETERS, GridCore, GridMachine
from ..violation import Violation
from .model import RancChip, address_bits

UNBOUNDED = 1 << 40


class Shared(NamedTuple):
    """An axon of a core with more than one sender: spikes that are read there in one tick are one spike."""

    core: int
    axon: int
    senders: int


def violations(machine: GridMachine, chip: RancChip) -> tuple[Violation, ...]:
    """List every limit that is broken, at its worst place on each core. The arrays must agree in their sizes: see
    `check_shapes`."""
    check_shapes(machine)
    checked = [*_grid(machine, chip), *_targets(machine, chip), *_inputs(machine, chip)]
    for core in machine.cores:
        checked += _core(core, chip)
    return tuple(v for v in checked if not v.low <= v.found <= v.high)


def check_shapes(machine: GridMachine) -> None:
    """Raise ValueError for arrays that belong to no one grid."""
    positions = [
        (x, y) for y in range(machine.rows) for x in range(machine.columns) if (x, y) != machine.output
    ]
    if [(core.x, core.y) for core in machine.cores] != positions or not positions:
        raise ValueError("the cores are not those of the grid")
    axons = machine.n_axons
    for core in machine.cores:
        n, place = core.n_neurons, f"core {core.x},{core.y}"
        columns = [core.dx, core.dy, core.axon, core.delay, *(core.params[name] for name in PARAMETERS)]
        if any(column.shape != (n,) for column in columns):
            raise ValueError(f"{place}: parameters of another number of neurons")
        if core.axon_type.shape != (axons,) or core.connected.shape != (n, axons):
            raise ValueError(f"{place}: a crossbar of another size")
        if core.weights.ndim != 2 or len(core.weights) != n:
            raise ValueError(f"{place}: weights of another number of neurons")
        if axons and not 0 <= core.axon_type.min() <= core.axon_type.max() < core.weights.shape[1]:
            raise ValueError(f"{place}: an axon of a type that has no weight")
    if machine.inputs.ndim != 2 or machine.inputs.shape[1] != 5:
        raise ValueError("inputs are not rows of element, x, y, axon and delay")


def _grid(machine: GridMachine, chip: RancChip) -> Iterator[Violation]:
    dimension, outputs = chip.grid.dimension, chip.core.axons
    for what, value, low, high in (
        ("columns", machine.columns, 1, dimension),
        ("rows", machine.rows, 1, dimension),
        ("cores", len(machine.cores), 1, chip.grid.cores),
        ("output column", machine.output[0], 0, machine.columns - 1),
        ("output row", machine.output[1], 0, machine.rows - 1),
        ("outputs", machine.n_outputs, 1, outputs),
        ("axons of a core", machine.n_axons, chip.core.axons, chip.core.axons),
    ):
        yield Violation(what, "grid", value, low, high)


def _core(core: GridCore, chip: RancChip) -> Iterator[Violation]:
    place = f"core {core.x},{core.y}"
    yield Violation("neurons", place, core.n_neurons, 0, chip.core.neurons)
    yield Violation("types of axons", place, int(core.weights.shape[1]), chip.core.types, chip.core.types)
    bits = chip.bits
    widths = {
        "initial_potential": bits.potential, "leak": bits.leak, "negative_threshold": bits.threshold,
        "positive_threshold": bits.threshold, "reset_potential": bits.reset_potential,
    }  # fmt: skip
    for name, width in widths.items():
        yield from _worst(name.replace("_", " "), f"{place} neuron", core.params[name], _signed(width))
    modes = len(chip.execution.reset) - 1
    yield from _worst("reset mode", f"{place} neuron", core.params["reset_mode"], (0, modes))
    for k in range(core.weights.shape[1]):
        yield from _worst(f"weight {k}", f"{place} neuron", core.weights[:, k], _signed(bits.weight))
    yield from _worst("delay", f"{place} neuron", core.delay, (0, chip.max_delay))
    reach = _signed(address_bits(chip.grid.dimension))
    yield from _worst("dx", f"{place} neuron", core.dx, reach)
    yield from _worst("dy", f"{place} neuron", core.dy, reach)


def _targets(machine: GridMachine, chip: RancChip) -> Iterator[Violation]:
    """Routes run along a row, then a column, so that one that ends in the grid never leaves it."""
    number, axon, _ = machine.targets()
    yield from _worst("target in the grid (1: yes)", "neuron", (number > -2).astype(np.int64), (1, 1))
    yield from _worst("axon of a core", "neuron", np.where(number >= 0, axon, 0), (0, machine.n_axons - 1))
    yield from _worst("output line", "neuron", np.where(number == -1, axon, 0), (0, machine.n_outputs - 1))


def _inputs(machine: GridMachine, chip: RancChip) -> Iterator[Violation]:
    element, x, y, axon, delay = machine.inputs.T
    number = machine.core_numbers(x, y)
    yield from _worst("element", "input packet", element, (0, machine.n_inputs - 1))
    yield from _worst("core of the grid", "input packet", number, (0, len(machine.cores) - 1))
    yield from _worst("axon", "input packet", axon, (0, machine.n_axons - 1))
    yield from _worst("delay", "input packet", delay, (0, chip.max_delay))


def _signed(bits: int) -> Range:
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def _worst(what: str, place: str, values: np.ndarray, allowed: Range) -> Iterator[Violation]:
    """The value farthest outside, the first of them; nothing for no values."""
    if values.size:
        at = int(np.maximum(allowed[0] - values, values - allowed[1]).argmax())
        yield Violation(what, f"{place} {at}", int(values[at]), *allowed)


def shared_axons(machine: GridMachine) -> tuple[Shared, ...]:
    """Axons where spikes of several senders may meet, core after core. (Senders that never spike count as well.)"""
    number, axon, _ = machine.targets()
    input_number = machine.core_numbers(machine.inputs[:, 1], machine.inputs[:, 2])
    core = np.concatenate([number, input_number])
    place = core * machine.n_axons + np.concatenate([axon, machine.inputs[:, 3]])
    senders = np.bincount(place[core >= 0], minlength=0)
    return tuple(
        Shared(at // machine.n_axons, at % machine.n_axons, int(senders[at]))
        for at in np.flatnonzero(senders > 1).tolist()
    )


def envelope(core: GridCore) -> tuple[np.ndarray, np.ndarray]:
    """(n,) lowest and highest sum that a neuron of the core can reach before it is compared, if every axon may spike in
    every tick; the bounds are those of an unbounded integer, and where there is none, +-UNBOUNDED.

    With a reset to a value a tick leaves at least the negative threshold and less than the positive one, or that value.
    By subtraction only if one tick brings no more than the threshold that it passes: else the sum can grow for ever."""
    p = core.params
    up = np.maximum(np.maximum(core.crossbar, 0).sum(axis=1) + p["leak"], 0)
    down = np.minimum(np.minimum(core.crossbar, 0).sum(axis=1) + p["leak"], 0)
    top, bottom = p["positive_threshold"], p["negative_threshold"]
    to_value = p["reset_mode"] == 0
    size = np.where(to_value, np.abs(p["reset_potential"]), 0)
    high = np.maximum(np.maximum(top - 1, size), p["initial_potential"]) + up
    low = np.minimum(np.minimum(bottom, -size), p["initial_potential"]) + down
    return (
        np.where(~to_value & (down < bottom), -UNBOUNDED, low),
        np.where(~to_value & (up > top), UNBOUNDED, high),
    )
