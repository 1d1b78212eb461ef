"""What a chip's numbers can hold beside what a network puts into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .record import Amount, Count, Record


@dataclass(frozen=True, kw_only=True)
class NumberFormats:
    """Inclusive ranges of a chip's registers. membrane: integers that a membrane holds; None where nothing is said.
    weights: (source, population) -> integers that one weight between them may bring to the membrane."""

    membrane: tuple[int, int] | None = None
    weights: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)


class Histogram(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """counts: in bins of one width from low to high."""

    low: float
    high: float
    counts: tuple[Count, ...]


class WeightRange(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The weights between two populations, or from an input, in the network's unit.

    low, high: of the float network. format_low, format_high: of what the chip can store here, of the neuron with the
    widest range; null where its format is not told. step: one integer of the chip; the median where neurons differ.
    lost: weights that are 0 on the chip alone. at_limit: weights on the chip that are as large as the format lets them
    be. worst, mean: absolute errors. in_float, chip: of both, in the same bins. error: chip less float."""

    pre: str
    post: str
    weights: Count
    low: float
    high: float
    format_low: float | None
    format_high: float | None
    step: Amount
    lost: Count
    at_limit: Count
    worst: Amount
    mean: Amount
    in_float: Histogram
    chip: Histogram
    error: Histogram


class MembraneRange(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The membranes of a population after each step of the run, in integers of the chip.

    format_low, format_high: of the register; null where it is not told. threshold: the median, null where nothing
    fires. at_low, at_high: membranes at the ends of the register, of `sites`."""

    population: str
    low: int
    high: int
    format_low: int | None
    format_high: int | None
    threshold: float | None
    sites: Count
    at_low: Count
    at_high: Count
    histogram: Histogram


class NumberRanges(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights and membranes. weights_left_out: why none, or not all, are shown; empty where all are."""

    weights: tuple[WeightRange, ...] = ()
    membranes: tuple[MembraneRange, ...] = ()
    weights_left_out: str = ""
