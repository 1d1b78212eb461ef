"""Checks the cores of a configuration, one by one, against the limits of their registers, memory and weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..layout import Field
from ..violation import Violation, worst
from .addresses import walked
from .configuration import RECORD, Core
from .loading import TABLE_ENTRIES
from .machine import input_bits, step_bits
from .memory import completed, record_rows, shared
from .model import PaicoreChip
from .weight_words import rows_of, value_range, weight_bits
from .words import MOST_OFFSET, REGISTER_FIELDS, ROUTE, ROW_FIELDS_1, ROW_FIELDS_2, ROW_FIELDS_3

LEAST_CYCLES = 2
"""Of `busy_cycle`, `delay_cycle` and `width_cycle`: the vendor's library refuses less."""


def place_of(core: Core) -> str:
    """What messages call a core."""
    return f"core {core.x}, {core.y}"


def check_shapes(core: Core) -> None:
    """Raise ValueError for arrays that belong to no one core."""
    place = place_of(core)
    if core.records.dtype != RECORD or core.records.ndim != 1:
        raise ValueError(f"{place}: records have the wrong type")
    if {*core.registers} != {field.name for field in REGISTER_FIELDS}:
        raise ValueError(f"{place}: registers are missing, or there are others")
    further = np.where(core.records["fold"] == 1, np.maximum(core.records["fold_number"] - 1, 0), 0)
    if [v.size for v in core.fold_v] != further.tolist():
        raise ValueError(f"{place}: the potentials of folded neurons have the wrong shape")
    if core.records.size and not core.records["full"][0]:
        raise ValueError(f"{place}: the first record is a half one")
    for vector in core.vectors:
        if vector.weights.ndim != 1 or (
            vector.address is not None and vector.address.shape != vector.weights.shape
        ):
            raise ValueError(f"{place}: a weight vector has the wrong shape")


def core_violations(core: Core, chip: PaicoreChip) -> Iterator[Violation]:
    """Every limit of one core, broken or not, whose arrays agree in their sizes."""
    yield from _fields(core)
    yield from _registers(core, chip)
    yield from _rows(core, chip)
    yield from _modes(core)
    yield from _vectors(core, chip)


def _span(field: Field) -> tuple[int, int]:
    return (-MOST_OFFSET, MOST_OFFSET) if field.name in ROUTE else (field.low, field.high)


def _fields(core: Core) -> Iterator[Violation]:
    """Numbers that their bits can hold."""
    place, records = place_of(core), core.records
    for field in REGISTER_FIELDS:
        yield Violation(field.name, place, core.registers[field.name], *_span(field))
    for fields, there in ((ROW_FIELDS_1, ""), (ROW_FIELDS_2, "full"), (ROW_FIELDS_3, "fold")):
        has = np.ones(records.size, dtype=np.bool_) if not there else records[there] == 1
        for field in fields:
            yield from worst(field.name, f"{place} record", records[field.name][has], _span(field))
            if not has.all():
                name = f"{field.name} without its row"
                yield from worst(name, f"{place} record", np.where(has, 0, records[field.name]), (0, 0))


def _registers(core: Core, chip: PaicoreChip) -> Iterator[Violation]:
    place, registers = place_of(core), core.registers
    board = chip.board
    yield Violation("x", place, core.x, 0, board.columns - 1)
    yield Violation("y", place, core.y, board.first_row, board.rows - 1)
    for name in ("lcn", "target_lcn"):
        yield Violation(name, place, registers[name], 0, chip.core.most_lcn)
    for name in ("busy_cycle", "delay_cycle", "width_cycle"):
        yield Violation(name, place, registers[name], LEAST_CYCLES, (1 << 16) - 1)
    both = registers["max_pooling"] and registers["add_potential"]
    yield Violation("max_pooling together with add_potential", place, int(both), 0, 0)
    yield Violation("csc_accelerate", place, registers["csc_accelerate"], 0, 0)
    yield Violation("tick_duration", place, registers["tick_duration"], 0, 0)
    if core.records.size:
        yield Violation("tick_start", place, registers["tick_start"], 1, (1 << 16) - 1)
    entries = 0 if core.table is None else len(core.table)
    expected = TABLE_ENTRIES * registers["snn_ann"]
    yield Violation("entries of the table", place, entries, expected, expected)
    signed = registers["weight_sign"] if registers["add_potential"] else 0
    yield Violation("weight_sign where potentials are added", place, signed, 0, 0)


def _rows(core: Core, chip: PaicoreChip) -> Iterator[Violation]:
    place, registers = place_of(core), core.registers
    rows = int(record_rows(core.records).sum())
    yield Violation("neuron_number", place, registers["neuron_number"], rows, rows)
    weights = sum(rows_of(vector, weight_bits(registers)) for vector in core.vectors)
    yield Violation("memory rows", place, rows + weights, 0, chip.core.rows)
    yield from worst("weight vector", f"{place} record", core.records["vector"], (-1, len(core.vectors) - 1))
    named = core.records["vector"] < len(core.vectors)
    unread = len(core.vectors) - np.unique(core.records["vector"][core.records["vector"] >= 0]).size
    yield Violation("weight vectors that no record reads", place, unread, 0, 0)
    if named.all():
        expected = completed(core).records
        reads = core.records["vector"] >= 0
        for name in ("weight_start", "weight_end"):
            wrong = (core.records[name] - expected[name])[reads]
            yield from worst(f"{name} off by", f"{place} record", wrong, (0, 0))
        first, last = core.records["weight_start"][~reads], core.records["weight_end"][~reads]
        yield from worst("rows of a record without weights", f"{place} record", last - first + 1, (-4096, 0))


def _modes(core: Core) -> Iterator[Violation]:
    place, records = place_of(core), core.records
    full = records[records["full"] == 1]
    apart = full["thr_pos"] - full["thr_neg"]
    yield from worst("thr_pos less thr_neg", f"{place} record", apart, (0, (1 << 33)))
    yield from worst("reset_mode", f"{place} record", full["reset_mode"], (0, 2))
    fold = records[records["fold"] == 1]
    product = fold["fold_range_y"] * fold["fold_range_x"] * fold["fold_range_z"]
    yield from worst("fold_number", f"{place} fold", fold["fold_number"], (1, (1 << 29) - 1))
    yield from worst(
        "neurons beyond a fold's ranges", f"{place} fold", fold["fold_number"] - product, (-(1 << 33), 0)
    )


def _vectors(core: Core, chip: PaicoreChip) -> Iterator[Violation]:
    """Weights that fit, and that meet bits of the input where they are not 0."""
    place, bits = place_of(core), weight_bits(core.registers)
    adds = core.registers["add_potential"]
    if not adds:
        yield Violation("weight width", place, bits, 1, 8, tuple(sorted({1, *chip.core.weight_bits})))
    allowed = value_range(bits, core.registers["weight_sign"])
    for number, vector in enumerate(core.vectors):
        yield from worst("weight", f"{place} vector {number}", vector.weights, allowed)
        if vector.address is not None:
            yield from worst("address", f"{place} vector {number}", vector.address, (0, (1 << 16) - 1))
    if (core.records["vector"] < len(core.vectors)).all():
        for number, record in enumerate(shared(core.records)):
            if record["vector"] >= 0:
                yield from _reads(core, number, record)


def _reads(core: Core, number: int, record: np.void) -> Iterator[Violation]:
    """Bits that a record reads."""
    place, vector = f"{place_of(core)} record {number}", core.vectors[int(record["vector"])]
    sparse, packed = int(record["sparse"]), int(vector.address is not None)
    yield Violation("sparse", place, sparse, packed, packed)
    if packed:
        yield Violation(
            "weight_skew of weights with addresses", place, int(record["weight_skew"]), 0, (1 << 15) - 1
        )
    adds = core.registers["add_potential"]
    unit, element = (1, input_bits(core)) if adds else (input_bits(core), input_bits(core))
    at = vector.address if vector.address is not None else np.arange(vector.weights.size) * unit
    first = at[vector.weights != 0] + int(record["weight_skew"])
    steps = [0]
    if record["fold"]:
        steps = [int(record[f"fold_skew_{axis}"]) for axis in "yxz"]
    odd = np.array([int(record["weight_skew"]) % unit, *(step % element for step in steps)])
    yield from worst("bits beside an input element", place, np.append(odd, at % unit), (0, 0))
    if first.size:
        along = walked(record, "skew")
        yield Violation("lowest bit that a weight meets", place, int(first.min()), 0, step_bits(core) - 1)
        most = int(first.max()) + int(along.max())
        yield Violation("highest bit that a weight meets", place, most, 0, step_bits(core) - 1)
    if adds:
        yield from _masks(place, first, element)


def _masks(place: str, first: np.ndarray, element: int) -> Iterator[Violation]:
    """Masks of potentials cover whole ones."""
    counted = np.bincount(first[first >= 0] // element)
    part = counted[(counted != 0) & (counted != element)]
    yield from worst("bits of a potential that a mask covers", place, part, (element, element))
