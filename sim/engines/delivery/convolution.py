"""Convolves event counts exactly: in float32 where no sum can be rounded, else in int32."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ....targets.machines.convolution import ConvolutionCore
from ...diagnostic import error, raise_errors
from ..choice import Engine, in_numpy

if TYPE_CHECKING:
    import jax

FLOAT32_EXACT = 1 << 24
LARGEST_SUM = (1 << 31) - 1
COMPILES_FROM = 5 * 10**7
"""Products of a weight and a count from which compiled code is worth it: numpy does them in half of the time that one
compilation takes, a tenth of a second, and a few calls often have the same sizes."""


def largest_sum(core: ConvolutionCore, largest_count: int) -> int:
    """Bound the sums of a core's neurons, when no count is above `largest_count`; without the bias."""
    per_neuron = np.abs(core.kernel.astype(np.int64)).sum(axis=(1, 2, 3))
    return largest_count * int(per_neuron.max(initial=0))


def convolve(core: ConvolutionCore, counts: np.ndarray, *, engine: Engine = "auto") -> np.ndarray:
    """(n, F, height, width) int32 of counts (n, C, H, W), integers >= 0, without the bias.

    engine: the code that computes it; the result is the same. Raises DiagnosticError: SPK4010 where a sum may leave
    32 bits, ValueError for an engine of another name."""
    bound = largest_sum(core, int(counts.max(initial=0)))
    if bound > LARGEST_SUM:
        message = f"sums of core {core.core} may reach {bound}, more than 32 bits hold"
        raise_errors([error("SPK4010", message)])
    shape = (counts.shape[0], *core.neuron_shape)
    if 0 in shape:
        return np.zeros(shape, dtype=np.int32)
    products = int(np.prod(shape)) * core.kernel[0].size
    if in_numpy(engine, small=products < COMPILES_FROM):
        return _summed(core, counts.astype(np.int32))
    kind = np.float32 if bound <= FLOAT32_EXACT else np.int32
    sums = _compiled(core.stride, core.padding)(counts.astype(kind), core.kernel.astype(kind))
    return np.asarray(sums)


def _summed(core: ConvolutionCore, counts: np.ndarray) -> np.ndarray:
    """(n, F, height, width) int32 by a matrix product for each place of the kernel. counts: int32."""
    (n, _, height, width), (_, rows, columns) = counts.shape, core.neuron_shape
    (top, left), (down, across) = core.padding, core.stride
    room = np.zeros((n, counts.shape[1], height + 2 * top, width + 2 * left), dtype=np.int32)
    room[:, :, top : top + height, left : left + width] = counts
    kernel = core.kernel.astype(np.int32)
    total = np.zeros((n, len(kernel), rows * columns), dtype=np.int32)
    for y in range(kernel.shape[2]):
        for x in range(kernel.shape[3]):
            seen = room[:, :, y : y + down * rows : down, x : x + across * columns : across]
            total += kernel[:, :, y, x] @ seen.reshape(n, -1, rows * columns)
    return total.reshape(n, -1, rows, columns)


@cache
def _compiled(
    stride: tuple[int, int], padding: tuple[int, int]
) -> Callable[[np.ndarray, np.ndarray], jax.Array]:
    """On the processor, where a convolution is a sum of products; other devices may transform instead."""
    import jax
    import jax.numpy as jnp

    def convolution(counts: jax.Array, kernel: jax.Array) -> jax.Array:
        sums = jax.lax.conv_general_dilated(
            counts,
            kernel,
            stride,
            [(amount, amount) for amount in padding],
            precision=jax.lax.Precision.HIGHEST,
        )
        return sums.astype(jnp.int32)

    compiled = jax.jit(convolution)
    processor = jax.local_devices(backend="cpu")[0]

    def run(counts: np.ndarray, kernel: np.ndarray) -> jax.Array:
        with jax.default_device(processor), jax.numpy_dtype_promotion("strict"):
            return compiled(counts, kernel)

    return run


def pool(spikes: np.ndarray, window: int) -> np.ndarray:
    """Pool spikes. Sums over windows of the last two axes of (..., height, width), in int64; what fills no window is
    lost."""
    height, width = (size // window for size in spikes.shape[-2:])
    total = np.zeros((*spikes.shape[:-2], height, width), dtype=np.int64)
    for y in range(window):
        for x in range(window):
            total += spikes[..., y : height * window : window, x : width * window : window]
    return total
