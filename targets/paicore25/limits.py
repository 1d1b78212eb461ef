"""Checks a configuration against the limits of its chip: lists all that it breaks, with numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ..violation import Violation
from .configuration import PaicoreConfiguration
from .core_limits import check_shapes, core_violations, place_of
from .model import PaicoreChip
from .signals import signalled
from .traffic_limits import traffic_violations


def violations(configuration: PaicoreConfiguration, chip: PaicoreChip) -> tuple[Violation, ...]:
    """Every limit that is broken. Traffic is looked at where no core breaks a limit of its own.

    Raises ValueError for arrays that belong to no one chip."""
    for core in configuration.cores:
        check_shapes(core)
    broken = tuple(v for v in _cores(configuration, chip) if not v.holds)
    return broken or tuple(v for v in traffic_violations(configuration, chip) if not v.holds)


def _cores(c: PaicoreConfiguration, chip: PaicoreChip) -> Iterator[Violation]:
    yield Violation("cores", "chip", len(c.cores), 1, chip.cores)
    places = [(core.x, core.y) for core in c.cores]
    yield Violation("cores at one position", "chip", len(places) - len({*places}), 0, 0)
    yield Violation("steps of the chip in a step", "chip", c.chip_steps, 1, 1 << 16)
    for core in c.cores:
        yield from core_violations(core, chip)
    yield from _thread(c)


def _thread(c: PaicoreConfiguration) -> Iterator[Violation]:
    """One thread: signals come from the root to every core."""
    threads = {core.registers["thread_number"] for core in c.cores}
    yield Violation("threads", "chip", len(threads), 1, 1)
    sends = {
        (core.x, core.y): (core.registers["global_send"], core.registers["global_receive"])
        for core in c.cores
    }
    heard = signalled(sends, c.root)
    for core in c.cores:
        yield Violation("signals from the root", place_of(core), int((core.x, core.y) in heard), 1, 1)
