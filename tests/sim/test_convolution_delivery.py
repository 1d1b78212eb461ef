"""Sums of convolution at the edges of float32 and int32, against Python integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.choice import SUM_ENGINES
from spikec.sim.engines.convolution_kernel import pool
from spikec.sim.engines.delivery.convolution import FLOAT32_EXACT, LARGEST_SUM, convolve, largest_sum
from spikec.targets.machines.convolution import ConvolutionCore


def layer(kernel: np.ndarray, size: int = 5) -> ConvolutionCore:
    return ConvolutionCore(
        core=0,
        input_shape=(kernel.shape[1], size, size),
        kernel=kernel,
        bias=np.zeros(len(kernel), dtype=np.int64),
        initial_v=np.zeros(0, dtype=np.int64),
        threshold=1,
        low_threshold=0,
        reset_to_zero=False,
        stride=(1, 1),
        padding=(0, 0),
    )


def exact(core: ConvolutionCore, counts: np.ndarray) -> np.ndarray:
    """In int64, by shifted sums."""
    _, height, width = core.neuron_shape
    total = np.zeros((len(counts), *core.neuron_shape), dtype=np.int64)
    for y in range(core.kernel.shape[2]):
        for x in range(core.kernel.shape[3]):
            part = counts[:, :, y : y + height, x : x + width].astype(np.int64)
            total += np.einsum("fc,nchw->nfhw", core.kernel[:, :, y, x].astype(np.int64), part)
    return total


@pytest.mark.parametrize(
    "largest",
    [FLOAT32_EXACT // 900, FLOAT32_EXACT // 900 + 1, FLOAT32_EXACT // 90, LARGEST_SUM // 900],
    ids=["float32", "past float32", "far past float32", "int32"],
)
def test_no_sum_is_rounded(largest: int) -> None:
    """Weights of 900 in all, even and odd sums: past 2**24 float32 would round the odd ones."""
    random = np.random.default_rng(3)
    kernel = np.full((1, 1, 3, 3), 99, dtype=np.int8)
    kernel[0, 0, 1, 1] = 108
    core = layer(kernel)
    assert largest_sum(core, 1) == 900
    counts = largest - random.integers(0, 40, (7, 1, 5, 5))
    counts[0] = largest
    expected = exact(core, counts)
    assert expected.max() == largest * 900
    for engine in SUM_ENGINES:
        np.testing.assert_array_equal(convolve(core, counts, engine=engine), expected)
    if largest > FLOAT32_EXACT // 90:
        rounded = exact(core, counts).astype(np.float32).astype(np.int64)
        assert (rounded != expected).any()


def test_largest_kernel_at_full_weights() -> None:
    """256 channels of 16 x 16 weights of -128: 2**23 for one spike each, exact at 2 and refused at 256."""
    core = layer(np.full((1, 256, 16, 16), -128, dtype=np.int8), size=16)
    for count in (1, 2, 3, 255):
        counts = np.full((1, 256, 16, 16), count)
        for engine in SUM_ENGINES:
            assert convolve(core, counts, engine=engine).tolist() == [[[[-(1 << 23) * count]]]]
    with pytest.raises(DiagnosticError, match="SPK4010"):
        convolve(core, np.full((1, 256, 16, 16), 256))


@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (3, 2)])
@pytest.mark.parametrize("padding", [(0, 0), (1, 2), (4, 0)])
def test_numpy_and_compiled_code_are_the_same(stride: tuple[int, int], padding: tuple[int, int]) -> None:
    random = np.random.default_rng(7)
    kernel = random.integers(-128, 128, (3, 2, 4, 3)).astype(np.int8)
    core = replace(layer(kernel, size=7), stride=stride, padding=padding)
    many = random.integers(0, 3, (5, 2, 7, 7))
    for counts in (many, many * (random.random(many.shape) < 0.1)):
        fast, *others = (convolve(core, counts, engine=engine) for engine in SUM_ENGINES)
        assert fast.shape == (5, *core.neuron_shape)
        for other in others:
            assert fast.dtype == other.dtype
            np.testing.assert_array_equal(fast, other)


def test_a_kernel_larger_than_its_input_has_no_neurons() -> None:
    core = layer(np.ones((2, 1, 4, 4), dtype=np.int8), size=3)
    assert convolve(core, np.ones((5, 1, 3, 3), dtype=np.int64)).shape == (5, 2, 0, 0)


def test_pooling_drops_what_fills_no_window() -> None:
    spikes = np.arange(15, dtype=np.int32).reshape(1, 3, 5, 1)
    sums = np.ones((1, 1, 2, 3), dtype=np.int64)
    pool(spikes, 2, 1, sums)
    assert sums.tolist() == [[[[1, 1 + 0 + 1 + 5 + 6, 1], [1, 1 + 2 + 3 + 7 + 8, 1]]]]
    pool(spikes, 4, 0, np.zeros((1, 0, 1, 1), dtype=np.int64))
    sums = np.zeros((1, 1, 1, 1), dtype=np.int64)
    pool(np.full((1, 4, 4, 1), LARGEST_SUM, dtype=np.int32), 4, 0, sums)
    assert sums.tolist() == [[[[16 * LARGEST_SUM]]]]
