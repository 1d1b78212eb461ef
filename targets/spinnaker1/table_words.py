"""Encodes the population table of a core, and reads it back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..layout import DecodeError, require_range
from .core_image import COLOUR_BITS, NO_BLOCK, PopulationTable

TABLE = "population_table"
ENTRY_WORDS = 5
START_BITS, COUNT_BITS, CORE_MASK_BITS, NEURON_BITS, LENGTH_BITS = 13, 16, 16, 16, 8
INVALID_ADDRESS = (1 << 24) - 1
MOST_ADDRESSES = (1 << START_BITS) - 1
WORD_BITS = 32


class Address(NamedTuple):
    """Of each address, (A,) int64: where its block begins, in units of 16 bytes, INVALID_ADDRESS for none; and words
    for which each row of the block has room."""

    place: np.ndarray
    row_length: np.ndarray


def encode_table(table: PopulationTable, place: np.ndarray, row_length: np.ndarray) -> np.ndarray:
    """Encode: uint32. place, row_length: (B,) of each block. Raises ValueError naming what does not fit."""
    entries, addresses = table.key.size, table.block.size
    count = np.diff(table.first)
    require_range("addresses of a core", np.array([addresses]), 0, MOST_ADDRESSES)
    require_range("addresses of an entry", count, 0, (1 << COUNT_BITS) - 1)
    require_range("core mask", table.core_mask, 0, (1 << CORE_MASK_BITS) - 1)
    require_range("mask shift", table.mask_shift, 0, WORD_BITS - 1)
    require_range("neurons of a source core", table.n_neurons, 1, (1 << NEURON_BITS) - 1)
    require_range("place of a block", place, 0, INVALID_ADDRESS - 1)
    require_range("row length", row_length, 1, 1 << LENGTH_BITS)
    rows = np.stack(
        [
            table.key,
            table.mask,
            table.first[:-1] | COLOUR_BITS << START_BITS | count << 16,
            table.core_mask | table.mask_shift << 16,
            table.n_neurons | -(-table.n_neurons // WORD_BITS) << 16,
        ],
        axis=1,
    )
    known = table.block != NO_BLOCK
    lists = np.full(addresses, INVALID_ADDRESS << LENGTH_BITS, dtype=np.int64)
    lists[known] = place[table.block[known]] << LENGTH_BITS | (row_length[table.block[known]] - 1)
    return np.concatenate([[entries, addresses], rows.ravel(), lists]).astype(np.uint32)


def decode_table(words: np.ndarray) -> tuple[PopulationTable, Address]:
    """Read a table whose `block` is still the number of the address.

    Raises DecodeError for a table of another size than it says, or whose entries are out of order or overlap."""
    if words.size < 2:
        raise DecodeError(TABLE, -1, f"{words.size} words; 2 are the least")
    entries, addresses = int(words[0]), int(words[1])
    if words.size != 2 + ENTRY_WORDS * entries + addresses:
        raise DecodeError(TABLE, -1, f"{words.size} words for {entries} entries and {addresses} addresses")
    wide = words[2:].astype(np.int64)
    key, mask, third, fourth, fifth = wide[: ENTRY_WORDS * entries].reshape(entries, ENTRY_WORDS).T
    count = third >> 16
    table = PopulationTable(
        key=key,
        mask=mask,
        core_mask=fourth & 0xFFFF,
        mask_shift=fourth >> 16,
        n_neurons=fifth & 0xFFFF,
        first=np.concatenate([[0], np.cumsum(count)]),
        block=np.arange(addresses),
    )
    if int(table.first[-1]) != addresses:
        raise DecodeError(TABLE, 1, f"{addresses} addresses; its entries have {int(table.first[-1])}")
    check_entries(table)
    lists = wide[ENTRY_WORDS * entries :]
    return table, Address(lists >> LENGTH_BITS, (lists & 0xFF) + 1)


def check_entries(table: PopulationTable) -> None:
    """Raise DecodeError for a mask that is no aligned block of keys, for entries that are not ordered by key or
    overlap, and for source cores that have no room in the block."""
    span = (~table.mask & 0xFFFFFFFF) + 1
    wrong = ((span & (span - 1)) != 0) | ((table.key & (span - 1)) != 0) | (table.n_neurons == 0)
    wrong |= (table.core_mask & (table.core_mask + 1)) != 0
    wrong |= (table.core_mask + 1) << np.minimum(table.mask_shift, WORD_BITS - 1) > span
    wrong |= table.n_neurons << COLOUR_BITS > 1 << np.minimum(table.mask_shift, WORD_BITS)
    wrong[1:] |= table.key[1:] < table.key[:-1] + span[:-1]
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        text = f"entry {at}: key {int(table.key[at]):#x}, mask {int(table.mask[at]):#x} is no block of a population"
        raise DecodeError(TABLE, 2 + ENTRY_WORDS * at, text)
