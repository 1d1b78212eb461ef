"""Neurons in blocks, as the step that `neuron_source` writes takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....targets.arrays import SummedArithmetic
from .neuron_source import BLOCK, NeuronSource, source_of


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Neurons before their first step. state: (k,) int32 blocks of one sample, end to end; parameters: int32, blocks
    that differ, end to end; which: (blocks,) int64 the parameters of each."""

    source: NeuronSource
    state: np.ndarray
    parameters: np.ndarray
    which: np.ndarray


def blocks_of(
    arithmetic: SummedArithmetic, registers: Mapping[str, np.ndarray], n: int, sums: int = 1
) -> Blocks:
    """Lay out n neurons, whole blocks of them. registers: (n,) int32 by name. sums: that arrive at a neuron."""
    before, parameters = arithmetic.initial(np, registers, (1, n)), arithmetic.parameters(registers)
    source = source_of(arithmetic, before, parameters, sums)
    state = _blocks([np.broadcast_to(row, (1, n))[0] for row in before], n)
    different, which = _distinct(_blocks([getattr(parameters, name) for name in source.parameters], n))
    return Blocks(
        source=source, state=state.reshape(-1), parameters=different.reshape(-1), which=which.reshape(-1)
    )


def _blocks(rows: Sequence[np.ndarray], n: int) -> np.ndarray:
    """k rows of n numbers -> (blocks, k * BLOCK) int32, a block after the other."""
    table = np.array(rows, dtype=np.int32).reshape(len(rows), n // BLOCK, BLOCK)
    return np.ascontiguousarray(table.transpose(1, 0, 2)).reshape(n // BLOCK, -1)


def _distinct(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The blocks that differ, and which of them each is."""
    if not blocks.shape[1]:
        return blocks[:1], np.zeros(len(blocks), dtype=np.int64)
    words = blocks.view(np.dtype((np.void, blocks.shape[1] * blocks.itemsize))).reshape(-1)
    _, first, which = np.unique(words, return_index=True, return_inverse=True)
    return blocks[first], which
