"""Rules on the numbers of a chip's toml: what its arithmetic, its words and its files can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from .chip import Chip


class Rule(NamedTuple):
    """The value at `path` (dotted, as in the toml) has to be as `allowed` says, and is (`holds`) or is not."""

    path: str
    found: object
    allowed: str
    holds: bool


def within(chip: Chip, path: str, low: int, high: int) -> Rule:
    """Allow a number from low to high, or lists of such."""
    stated: int | Sequence[int] = attrgetter(path)(chip)
    values = [stated] if isinstance(stated, int) else stated
    allowed = (
        f"{low} to {high}" if low <= high else f"at most {high}, and other numbers of the file need {low}"
    )
    return Rule(path, stated, allowed, all(low <= value <= high for value in values))


def equal(chip: Chip, path: str, value: object) -> Rule:
    """Allow one value only: the arithmetic has no other."""
    stated: object = attrgetter(path)(chip)
    allowed = list(value) if isinstance(value, tuple) else value
    return Rule(
        path, stated, f'"{value}"' if isinstance(value, str) else str(allowed).lower(), stated == value
    )


def among(chip: Chip, path: str, values: Sequence[str]) -> Rule:
    """Allow some words."""
    stated: str = attrgetter(path)(chip)
    return Rule(path, stated, f"one of {', '.join(values)}", stated in values)


def no_constructs(chip: Chip, *, may_raise_rest: bool = False, may_lower: bool = False) -> Iterator[Rule]:
    """Allow no `[constructs]` table that offers something: the arithmetic has nothing to offer, but that a neuron may
    rest above its floor if `may_raise_rest`, and that all may be lowered and raised within a step if `may_lower`."""
    yield among(chip, "constructs.spared", ("none",))
    offered = chip.constructs.self_synapse
    yield Rule("constructs.self_synapse", offered, "false", not offered)
    yield equal(chip, "constructs.counts", False)
    yield equal(chip, "constructs.copies", False)
    yield equal(chip, "constructs.delays", False)
    yield equal(chip, "constructs.start_pulses", False)
    lifted = chip.constructs.raised_rest
    yield Rule("constructs.raised_rest", lifted, "false", may_raise_rest or not lifted)
    lowered = chip.constructs.lowered
    yield Rule("constructs.lowered", lowered, "false", may_lower or not lowered)


def spans(chip: Chip, path: str, low: int, high: int) -> Rule:
    """Allow a range that has at least low .. high in it."""
    interval: tuple[int, int] = attrgetter(path)(chip)
    return Rule(
        path, interval, f"a range with {low} to {high} in it", interval[0] <= low and high <= interval[1]
    )


def ascending(chip: Chip, path: str, among: Sequence[int]) -> Rule:
    """Allow a list of some of `among`, each once, in their order."""
    values: tuple[int, ...] = attrgetter(path)(chip)
    holds = bool(values) and list(values) == sorted(set(values) & set(among))
    return Rule(path, values, f"ascending, of {', '.join(map(str, among))}", holds)


def power_of_two(chip: Chip, path: str, low: int, high: int) -> Rule:
    """Allow powers of two from low to high."""
    value: int = attrgetter(path)(chip)
    holds = low <= value <= high and value & (value - 1) == 0
    return Rule(path, value, f"a power of two from {low} to {high}", holds)


def multiple(chip: Chip, path: str, of: int, high: int) -> Rule:
    """Allow multiples of `of` up to high."""
    value: int = attrgetter(path)(chip)
    return Rule(path, value, f"a multiple of {of} up to {high}", 0 < value <= high and value % of == 0)


def latency(chip: Chip, input_to_neuron: int, neuron_to_neuron: int) -> Iterator[Rule]:
    """Allow the latencies of the chip's simulator."""
    yield equal(chip, "latency.input_to_neuron", input_to_neuron)
    yield equal(chip, "latency.neuron_to_neuron", neuron_to_neuron)
    yield equal(chip, "latency.neuron_to_output", 0)


def can_do(
    chip: Chip, exact: Mapping[str, Sequence[object]], if_subtract: Sequence[str] = ()
) -> Iterator[Rule]:
    """Allow no more in the `[dialect]` table than the arithmetic does: exact values of each field of a reading.

    if_subtract: phases of a reset that are exact where it takes a threshold off."""
    for name in sorted(exact):
        path = f"dialect.{name}.exact"
        values: Sequence[object] = attrgetter(path)(chip)
        among = ", ".join(str(value) for value in exact[name])
        yield Rule(path, list(values), f"of {among}", set(values) <= set(exact[name]))
    phases: Sequence[str] = chip.dialect.reset_phase.exact_if_subtract
    allowed = f"of {', '.join(if_subtract)}" if if_subtract else "nothing"
    path = "dialect.reset_phase.exact_if_subtract"
    yield Rule(path, list(phases), allowed, set(phases) <= set(if_subtract))
    yield equal(chip, "dialect.fire_on.layer_delay", 1)
