"""Rows of a sparse matrix: all of its synapses, and what is alike once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from spikec.compiler.front.lower_linear import linear_map
from spikec.compiler.ir import matrix_rows as module
from spikec.compiler.ir.matrix_rows import matrix_rows
from spikec.compiler.ir.network import FlatNode


@pytest.fixture(params=[(1 << 64) - 1, 0, 1], autouse=True)
def _searched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few the synapses are; with words that tell patterns apart, that tell none, and hardly any."""
    monkeypatch.setattr(module, "FEW", 0)
    monkeypatch.setattr(module, "EVERY_BIT", np.uint64(request.param))


def test_rows_are_the_matrix() -> None:
    random = np.random.default_rng(3)
    for density in (0.0, 0.02, 0.3, 1.0):
        dense = random.integers(-2, 3, (40, 60)) * (random.random((40, 60)) < density) * 0.5
        found = matrix_rows(sparse.csr_array(dense))
        again = np.zeros(dense.shape)
        source, post, weight, delay, _ = found.flat()
        np.add.at(again, (post, source), weight)
        assert np.array_equal(again, dense)
        assert not delay.any()
        assert (np.diff(found.source) > 0).all()


@pytest.mark.parametrize(("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 2), (1, 2, 4), (3, 1, 1)])
def test_a_convolution_has_a_row_for_each_channel_and_border(stride: int, dilation: int, groups: int) -> None:
    random = np.random.default_rng(4)
    weight = random.normal(size=(8, 4 // groups, 3, 3))
    side = 13
    out = (side + 2 - 2 * dilation - 1) // stride + 1
    node = FlatNode(
        path="c", kind="Conv2d", input_shape=(4, side, side), output_shape=(8, out, out),
        params={"weight": weight, "stride": (stride,) * 2, "dilation": (dilation,) * 2, "padding": ((1, 1),) * 2,
                "groups": groups},
    )  # fmt: skip
    matrix = linear_map(node, dt_seconds=1.0).matrix
    picture = random.normal(size=(4, side, side))
    padded = np.pad(picture, ((0, 0), (1, 1), (1, 1)))
    wanted = np.zeros((8, out, out))
    for feature, y, x, channel, dy, dx in np.ndindex(8, out, out, 4 // groups, 3, 3):
        of = feature // (8 // groups) * (4 // groups) + channel
        at = padded[of, y * stride + dy * dilation, x * stride + dx * dilation]
        wanted[feature, y, x] += weight[feature, channel, dy, dx] * at
    assert np.allclose(matrix @ picture.ravel(), wanted.ravel())
    assert matrix.has_canonical_format
    found = matrix_rows(matrix)
    if stride == 1:
        assert len(found.start) - 1 == 4 * (2 * dilation + 1) ** 2
    assert found.count == matrix.nnz > found.offset.size
