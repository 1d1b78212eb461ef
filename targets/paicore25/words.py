"""Lays out the bits of registers and memory rows: words that are longer than 64 bits, as 64-bit words, lowest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..layout import WORD_BITS, DecodeError, Field, require_range

REGISTER_FIELDS = (
    Field("tick_initial", 16),
    Field("tick_duration", 32),
    Field("tick_start", 16),
    Field("width_cycle", 8),
    Field("delay_cycle", 16),
    Field("busy_cycle", 12),
    Field("thread_number", 10),
    Field("global_receive", 6),
    Field("csc_accelerate", 1),
    Field("global_send", 7),
    Field("test_y", 6),
    Field("test_x", 6),
    Field("test_z", 6),
    Field("neuron_number", 13),
    Field("axon_skew", 16, signed=True),
    Field("target_lcn", 4),
    Field("lcn", 4),
    Field("weight_width", 2),
    Field("weight_sign", 1),
    Field("output_width", 2),
    Field("output_sign", 1),
    Field("input_width", 2),
    Field("input_sign", 1),
    Field("zero_output", 1),
    Field("add_potential", 1),
    Field("max_pooling", 1),
    Field("snn_ann", 1),
)
"""192 bits; the highest of the three words is sent first."""
REGISTER_WORDS = 3

ROW_FIELDS_1 = (
    Field("v", 32, signed=True),
    Field("full", 1),
    Field("fold", 1),
    Field("output_type", 1),
    Field("weight_end", 12),
    Field("weight_start", 12),
    Field("weight_skew", 16, signed=True),
    Field("copy_y", 6),
    Field("copy_x", 6),
    Field("copy_z", 6),
    Field("y", 6),
    Field("x", 6),
    Field("z", 6),
    Field("axon", 9),
    Field("tick_relative", 8),
)
ROW_FIELDS_2 = (
    Field("init_v", 12, signed=True),
    Field("sparse", 1),
    Field("leak_v", 20, signed=True),
    Field("leak_tau", 6, signed=True),
    Field("leak_add_mode", 1),
    Field("leak_multi_mode", 1),
    Field("leak_multi_input", 1),
    Field("leak_multi_sequence", 1),
    Field("lateral", 1),
    Field("thr_pos", 32, signed=True),
    Field("thr_neg", 32, signed=True),
    Field("thr_pos_mode", 1),
    Field("thr_neg_mode", 1),
    Field("reset_v", 16, signed=True),
    Field("reset_mode", 2),
)
ROW_FIELDS_3 = (
    Field("fold_number", 29),
    Field("fold_axon_y", 11),
    Field("fold_axon_x", 11),
    Field("fold_axon_z", 11),
    Field("fold_skew_y", 11),
    Field("fold_skew_x", 11),
    Field("fold_skew_z", 11),
    Field("fold_range_y", 11),
    Field("fold_range_x", 11),
    Field("fold_range_z", 11),
)
ROW_WORDS = 2
"""A row of memory has 128 bits: two words, the low one first."""

ROUTE = ("z", "x", "y", "copy_z", "copy_x", "copy_y", "test_z", "test_x", "test_y")
"""Fields that hold a sign and five bits of magnitude."""
SIGN, MOST_OFFSET = 1 << 5, 31


def sign_and_magnitude(values: np.ndarray) -> np.ndarray:
    """Write numbers -31..31 as six bits. Raises ValueError for others."""
    require_range("route", values, -MOST_OFFSET, MOST_OFFSET)
    return np.abs(values) | np.where(values < 0, SIGN, 0)


def from_sign_and_magnitude(bits: np.ndarray, image: str) -> np.ndarray:
    """Read six bits as numbers -31..31. Raises DecodeError at the first zero that has a sign."""
    wrong = np.flatnonzero(bits == SIGN)
    if wrong.size:
        raise DecodeError(image, int(wrong[0]), "an offset is 0 and has a sign")
    return np.where(bits & SIGN, -(bits & MOST_OFFSET), bits)


def packed(fields: Sequence[Field], values: Mapping[str, np.ndarray], words: int) -> np.ndarray:
    """Pack integer arrays (n,), one a field, the first in the lowest bits: (n, words) uint64.

    Raises ValueError naming a field whose value does not fit."""
    n = len(values[fields[0].name])
    packed_words = np.zeros((n, words), dtype=np.uint64)
    at = 0
    for field in fields:
        value = np.asarray(values[field.name])
        if field.name in ROUTE:
            value = sign_and_magnitude(value)
        require_range(field.name, value, field.low, field.high)
        bits = value.astype(np.int64).view(np.uint64) & np.uint64((1 << field.bits) - 1)
        word, shift = divmod(at, WORD_BITS)
        packed_words[:, word] |= bits << np.uint64(shift)
        if shift + field.bits > WORD_BITS:
            packed_words[:, word + 1] |= bits >> np.uint64(WORD_BITS - shift)
        at += field.bits
    return packed_words


def unpacked(fields: Sequence[Field], words: np.ndarray, image: str) -> dict[str, np.ndarray]:
    """Unpack (n, words) uint64 into fields: name -> (n,) int64. Fields fill all bits.

    Raises DecodeError for an offset of 0 that has a sign."""
    values: dict[str, np.ndarray] = {}
    at = 0
    for field in fields:
        word, shift = divmod(at, WORD_BITS)
        bits = words[:, word] >> np.uint64(shift)
        if shift + field.bits > WORD_BITS:
            bits = bits | words[:, word + 1] << np.uint64(WORD_BITS - shift)
        value = (bits & np.uint64((1 << field.bits) - 1)).astype(np.int64)
        if field.name in ROUTE:
            value = from_sign_and_magnitude(value, image)
        values[field.name] = np.where(value > field.high, value - (1 << field.bits), value)
        at += field.bits
    return values
