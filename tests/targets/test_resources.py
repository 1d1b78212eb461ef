"""The cost model against figures that nengo-loihi 1.1.0 gives (`SynapseConfig.bits_per_axon`)."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.targets import load
from spikec.targets.loihi1.resources import Storage, axon_bits, synapse_bits
from spikec.targets.synapse_chunks import chunked_bits, index_bits

from .axon_rows import axon_rows

SYNAPSE = load("loihi1").synapse
EIGHT = {"wgtBits": 8, "dlyBits": 0}

DENSE = {1: 64, 10: 128, 20: 192, 64: 576, 65: 640, 100: 896, 256: 2304, 1024: 9216}
SPARSE = [(9, 1, 64), (9, 10, 192), (9, 100, 1792), (9, 256, 4608), (10, 64, 1216), (10, 1024, 19456)]
SPARSE += [(11, 64, 1280), (11, 256, 5120)]


@pytest.mark.parametrize(("n", "bits"), DENSE.items())
def test_dense_rows(n: int, bits: int) -> None:
    assert chunked_bits(n, 8, SYNAPSE) == bits


@pytest.mark.parametrize(("index", "n", "bits"), SPARSE)
def test_sparse_rows(index: int, n: int, bits: int) -> None:
    assert chunked_bits(n, 8 + index, SYNAPSE) == bits


def test_rows_in_one_call() -> None:
    n = np.array([0, *DENSE])
    assert chunked_bits(n, 8, SYNAPSE).tolist() == [0, *DENSE.values()]


def test_chunk_by_chunk() -> None:
    for n in range(0, 400, 7):
        for bits in (1, 5, 8, 17, 24):
            left, total = n, 0
            while left:
                now = min(left, 64)
                total += (now * bits + 10 + 63) // 64 * 64
                left -= now
            assert chunked_bits(n, bits, SYNAPSE) == total


@pytest.mark.parametrize(
    ("top", "bits"),
    [(0, 0), (1, 6), (63, 6), (64, 7), (255, 8), (256, 9), (1023, 10), (1024, 11), (4095, 12)],
)
def test_index_width(top: int, bits: int) -> None:
    assert index_bits(top, SYNAPSE) == bits


def test_no_index_is_wide_enough() -> None:
    with pytest.raises(ValueError, match="4096"):
        index_bits(4096, SYNAPSE)


def test_bits_of_a_synapse() -> None:
    assert synapse_bits({"wgtBits": 8, "dlyBits": 6}) == 14
    assert synapse_bits({"wgtBits": 2, "dlyBits": 0}) == 2
    assert synapse_bits({"wgtBits": 6, "dlyBits": 3, "tagBits": 1}) == 10


def test_the_cheaper_storage_is_chosen() -> None:
    random = np.random.default_rng(0)
    assert stored(random, 10, np.arange(100)) == (8960, True, 0)
    assert stored(random, 10, np.array([0, 99])) == (640, False, 7)
    assert stored(random, 10, np.array([99])) == (640, True, 0)
    assert stored(random, 10, np.repeat(np.arange(100), 2)).dense is False


def stored(random: np.random.Generator, axons: int, where: np.ndarray) -> Storage:
    """Of `axons` sources with synapses onto the compartments `where`, no two alike."""
    source = np.repeat(np.arange(axons), where.size)
    mantissa = 2 * random.integers(1, 1 << 40, source.size)
    rows = axon_rows(source, np.tile(where, axons), mantissa, np.zeros_like(source), 255)
    return axon_bits(rows.row_count, rows.span, rows.max_index, rows.twice, EIGHT, SYNAPSE)
