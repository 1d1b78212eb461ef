"""Checks a configuration against the limits of its chips, with numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..violation import Violation, worst
from .board import ethernet_chips
from .configuration import SpinnakerConfiguration
from .core_image import CoreImage
from .dtcm import dtcm_bytes
from .memory import memory_bytes
from .model import SpinnakerChip

MOST_SHIFT = 15
"""Of ring buffers: what a full one adds still fits 32 bits."""
MOST_TAU = 1 << 30
"""Of a synapse, s16.15: above it the exponential of a tick over it is 1.0, which the binary keeps as 0."""
TICK = 1 << 15
"""1 ms, s16.15."""


def violations(configuration: SpinnakerConfiguration, chip: SpinnakerChip) -> tuple[Violation, ...]:
    """List the limits that a configuration breaks."""
    return tuple(v for v in _checked(configuration, chip) if not v.holds)


def _checked(configuration: SpinnakerConfiguration, chip: SpinnakerChip) -> Iterator[Violation]:
    boards, columns = configuration.boards, configuration.boards.columns
    yield Violation("boards", "system", boards.count, 1, chip.boards.count)
    ethernet = {*ethernet_chips(boards).tolist()}
    taken = chip.grid.cores_per_chip - chip.chip.ethernet_cores
    memory: dict[int, int] = {}
    for number, core, image in configuration.cores:
        place = f"chip {number % columns}, {number // columns} core {core}"
        first = 1 + taken * (number in ethernet)
        yield Violation("core number", place, core, first, chip.grid.cores_per_chip)
        memory[number] = memory.get(number, 0) + memory_bytes(image)
        yield from _core(image, place, chip)
    for number, used in memory.items():
        place = f"chip {number % columns}, {number // columns}"
        yield Violation("SDRAM in bytes", place, used, 0, chip.chip.sdram_bytes)
    for number, table in configuration.tables.items():
        place = f"chip {number % columns}, {number // columns}"
        yield Violation("routing entries", place, table.key.size, 0, chip.chip.router_entries)


def _core(image: CoreImage, place: str, chip: SpinnakerChip) -> Iterator[Violation]:
    yield Violation("fast memory in bytes", place, dtcm_bytes(image), 0, chip.core.dtcm_bytes)
    yield Violation("neurons", place, image.n_neurons, 1, chip.core.neurons)
    yield Violation("delay slots", place, 1 << image.log_delay_slots, 1, max(2, _power(chip.core.delays)))
    yield Violation(
        "timer period in microseconds", place, image.timer_period, chip.run.timer_us, chip.run.timer_us
    )
    yield Violation("time step", place, image.time_step, TICK, TICK)
    for k, shift in enumerate(image.shift):
        yield Violation(f"shift of ring buffer {k}", place, shift, 0, MOST_SHIFT)
    top = (1 << 31) - 1
    ranges = {
        "c_m": (1, top), "tau_m": (1, top), "t_refract": (0, top), "tau_exc": (1, MOST_TAU), "tau_inh": (1, MOST_TAU)
    }  # fmt: skip
    for name, allowed in ranges.items():
        yield from worst(name, f"{place} neuron", image.parameters.get(name, np.zeros(0)), allowed)


def _power(count: int) -> int:
    return 1 << (count - 1).bit_length()
