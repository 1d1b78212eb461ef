"""Which class is taken for which, in float and on the chip: the record in a report."""

from __future__ import annotations

from .record import Count, OneOrMore, Record


class Confusion(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """in_float, chip: a row a label, a column a decision, both from 0 to `classes` - 1: samples."""

    classes: OneOrMore
    in_float: tuple[tuple[Count, ...], ...]
    chip: tuple[tuple[Count, ...], ...]
