"""Lays the rows of synapses that sources have on one core out in blocks, with the population table that finds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..machines.synapse_rows import runs
from .core_image import PopulationTable, SynapticMatrix
from .synaptic_word import MAX_ROW_LENGTH


class Senders(NamedTuple):
    """How the keys of a source population are built; see `PopulationTable`."""

    key: int
    mask: int
    core_mask: int
    mask_shift: int
    n_neurons: int


class SourceRows(NamedTuple):
    """Rows of a source population on one core: row r is words start[r] .. start[r + 1] - 1. start: (R + 1,) int64.
    words: (S,) uint32."""

    senders: Senders
    start: np.ndarray
    words: np.ndarray


class _Block(NamedTuple):
    row_length: int
    start: np.ndarray
    words: np.ndarray


def tables_of(sources: Sequence[SourceRows]) -> tuple[PopulationTable, SynapticMatrix]:
    """Lay out the rows of all sources.

    Sources with the same senders share an entry of the table. Rows of more than 256 words go on in further blocks.
    Blocks that are alike are kept once, and those without a synapse not at all."""
    lists: dict[Senders, list[int]] = {}
    blocks: list[_Block] = []
    known: dict[tuple[int, bytes, bytes], int] = {}
    for source in sources:
        for block in _blocks(source):
            content = block.row_length, block.start.tobytes(), block.words.tobytes()
            if content not in known:
                known[content] = len(blocks)
                blocks.append(block)
            lists.setdefault(source.senders, []).append(known[content])
    return _table(lists), _matrix(blocks)


def _blocks(source: SourceRows) -> Iterator[_Block]:
    length = np.diff(source.start)
    for first in range(0, int(length.max(initial=0)), MAX_ROW_LENGTH):
        part = np.clip(length - first, 0, MAX_ROW_LENGTH)
        begin = source.start[:-1] + np.minimum(first, length)
        start = np.concatenate([[0], np.cumsum(part)]).astype(np.int64)
        yield _Block(int(part.max()), start, source.words[runs(begin, begin + part)])


def _table(lists: dict[Senders, list[int]]) -> PopulationTable:
    entries = sorted(lists)
    fields = np.array(entries, dtype=np.int64).reshape(-1, len(Senders._fields)).T
    numbers = [number for entry in entries for number in lists[entry]]
    return PopulationTable(
        **dict(zip(Senders._fields, fields, strict=True)),
        first=np.cumsum([0, *(len(lists[entry]) for entry in entries)]).astype(np.int64),
        block=np.array(numbers, dtype=np.int64),
    )


def _matrix(blocks: Sequence[_Block]) -> SynapticMatrix:
    offset = np.cumsum([0, *(block.words.size for block in blocks)])
    starts = [block.start[1:] + first for block, first in zip(blocks, offset[:-1], strict=True)]
    none = np.zeros(0, dtype=np.uint32)
    return SynapticMatrix(
        row_length=np.array([block.row_length for block in blocks], dtype=np.int64),
        first_row=np.cumsum([0, *(block.start.size - 1 for block in blocks)]).astype(np.int64),
        start=np.concatenate([[0], *starts]).astype(np.int64),
        words=np.concatenate([none, *(block.words for block in blocks)]).astype(np.uint32),
    )
