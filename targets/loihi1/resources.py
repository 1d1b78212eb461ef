"""Counts what synapses cost in a core's memory: the one cost model of partitioner, emitter, checker and report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..synapse_chunks import chunked_bits, index_bits
from .model import Synapse

COMPARTMENT_PROFILE = ("decayU", "decayV", "refractDelay")
THRESHOLD_PROFILE = ("vth",)


class Storage(NamedTuple):
    """How the axons of one (projection, destination core) lie in memory.

    bits: of all of them together. dense: consecutive compartments, no indices; else sparse with `index_bits` a
    synapse (0 if dense)."""

    bits: int
    dense: bool
    index_bits: int


def synapse_bits(fmt: Mapping[str, int]) -> int:
    """Count weight, delay and tag bits of one synapse, without its index; all are widths, never the register's
    codes."""
    return fmt["wgtBits"] + fmt.get("dlyBits", 0) + fmt.get("tagBits", 0)


def axon_bits(
    count: np.ndarray, span: np.ndarray, max_index: int, twice: bool, fmt: Mapping[str, int], synapse: Synapse
) -> Storage:
    """Count the bits of rows. The cheaper storage of the rows of one (projection, destination core); dense when
    equal.

    count, span: (R,) synapses of each stored row, and compartments from its base to its last synapse. max_index: the
    largest offset from a base. twice: whether a source has two synapses onto one compartment (two delays), which a
    dense row cannot hold."""
    bits, width = synapse_bits(fmt), index_bits(max_index, synapse)
    sparse = int(chunked_bits(count, bits + width, synapse).sum())
    dense = int(chunked_bits(span, bits, synapse).sum())
    return Storage(sparse, False, width) if twice or sparse < dense else Storage(dense, True, 0)


def bits_by_core(
    core: np.ndarray,
    count: np.ndarray,
    span: np.ndarray,
    max_index: np.ndarray,
    twice: np.ndarray,
    fmt: Mapping[str, int],
    synapse: Synapse,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the bits of the rows of a projection on each core, (cores,) int64, and how they lie: dense or not, and bits
    of an index, as in Storage.

    core, count, span: (R,) of each row, max_index, twice: (cores,); as of `axon_bits`."""
    bits, widths = synapse_bits(fmt), sorted(synapse.index_bits)
    place = np.searchsorted(1 << np.array(widths), max_index, side="right")
    if place.max(initial=0) >= len(widths):
        raise ValueError(f"no index field holds compartment {max_index.max()}")
    width = np.array(widths)[place]
    sparse, dense = np.zeros(max_index.size), np.zeros(max_index.size)
    for w in np.unique(width[core]).tolist():
        own = width[core] == w
        sparse += np.bincount(core[own], chunked_bits(count[own], bits + w, synapse), max_index.size)
    dense += np.bincount(core, chunked_bits(span, bits, synapse), max_index.size)
    chosen = ~twice & (dense <= sparse)
    return np.where(chosen, dense, sparse).astype(np.int64), chosen, np.where(chosen, 0, width)


def bits_anywhere(count: np.ndarray, fmt: Mapping[str, int], max_index: int, synapse: Synapse) -> Storage:
    """Count what axons of so many synapses, (A,), need at most wherever these lie on a core: no row shared, indices up
    to `max_index`."""
    width = index_bits(max_index, synapse)
    bits = int(chunked_bits(count, synapse_bits(fmt) + width, synapse).sum())
    return Storage(bits, False, width)
