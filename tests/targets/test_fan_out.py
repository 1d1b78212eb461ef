"""How many neurons an input place of a convolution reaches, against the loops that define one."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.targets.machines.convolution import ConvolutionCore, fan_out, joined_pairs


def core(seed: int) -> ConvolutionCore:
    random = np.random.default_rng(seed)
    size = tuple(int(n) for n in random.integers(3, 8, 2))
    rows, columns = (int(n) for n in random.integers(1, 4, 2))
    kernel = random.integers(-1, 2, (3, 2, rows, columns)).astype(np.int8)
    return ConvolutionCore(
        core=0, input_shape=(2, *size), kernel=kernel, bias=np.zeros(3, dtype=np.int64),
        initial_v=np.zeros(0, dtype=np.int64), threshold=1, low_threshold=0, reset_to_zero=False,
        stride=(int(random.integers(1, 3)), int(random.integers(1, 3))),
        padding=(int(random.integers(0, 2)), int(random.integers(0, 2))),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_against_loops(seed: int) -> None:
    made = core(seed)
    found = np.zeros(made.input_shape, dtype=np.int64)
    filters, height, width = made.neuron_shape
    for f in range(filters):
        for y in range(height):
            for x in range(width):
                for c, r, s in np.argwhere(made.kernel[f] != 0).tolist():
                    i = y * made.stride[0] + r - made.padding[0]
                    j = x * made.stride[1] + s - made.padding[1]
                    if 0 <= i < made.input_shape[1] and 0 <= j < made.input_shape[2]:
                        found[c, i, j] += 1
    np.testing.assert_array_equal(fan_out(made), found)
    assert joined_pairs(made) == found.sum()
