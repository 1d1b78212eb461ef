"""Convolves event counts exactly: event by event, or where there are many, in float32 where no sum can be rounded, else
in int32. Channels are the last axis, so that what an event adds at a place lies side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from ....targets.machines.convolution import ConvolutionCore
from ...diagnostic import error, raise_errors
from ..choice import SumEngine, sum_engine

if TYPE_CHECKING:
    import jax

FLOAT32_EXACT = 1 << 24
LARGEST_SUM = (1 << 31) - 1
COMPILES_FROM = 5 * 10**7
"""Products of a weight and a count from which a compilation of them all is worth it."""
PLACE_NS, WEIGHT_NS = 2.2, 0.11
"""Nanoseconds for each place at which neurons get what a count brings that is not 0, and for each of these neurons."""
NEURONS_NS, PRODUCT_NS = 60.0, 0.03
"""Nanoseconds for each place at which there are neurons, and each product, in a convolution of all counts."""


def largest_sum(core: ConvolutionCore, largest_count: int) -> int:
    """Bound the sums of a core's neurons, when no count is above `largest_count`; without the bias."""
    per_neuron = np.abs(core.kernel.astype(np.int64)).sum(axis=(1, 2, 3))
    return largest_count * int(per_neuron.max(initial=0))


def convolve(core: ConvolutionCore, counts: np.ndarray, *, engine: SumEngine = "auto") -> np.ndarray:
    """(n, F, height, width) int32 of counts (n, C, H, W), integers >= 0, without the bias; otherwise as `drive`."""
    return drive(core, counts.transpose(0, 2, 3, 1), engine=engine).transpose(0, 3, 1, 2)


def drive(core: ConvolutionCore, counts: np.ndarray, *, engine: SumEngine = "auto") -> np.ndarray:
    """(n, height, width, F) int32 of counts (n, H, W, C), integers >= 0, without the bias.

    engine: the code that computes it; the result is the same. Raises DiagnosticError: SPK4010 where a sum may leave
    32 bits, ValueError for an engine of another name."""
    bound = largest_sum(core, int(counts.max(initial=0)))
    if bound > LARGEST_SUM:
        message = f"sums of core {core.core} may reach {bound}, more than 32 bits hold"
        raise_errors([error("SPK4010", message)])
    features, *size = core.neuron_shape
    if 0 in (len(counts), features, *size):
        return np.zeros((len(counts), *size, features), dtype=np.int32)
    chosen = fastest(core, counts) if engine == "auto" else sum_engine(engine, small=False)
    if chosen == "numpy":
        return _summed(core, counts.astype(np.int32))
    if chosen == "events":
        from ..convolution_kernel import spread

        sums = np.zeros((len(counts), *size, features), dtype=np.int32)
        weights = np.ascontiguousarray(core.kernel.transpose(1, 2, 3, 0)).astype(np.int32)
        channels, rows, columns, _ = weights.shape
        shape = (channels, rows, columns, size[0], size[1], features)
        each = sums.reshape(len(counts), -1)
        spread(np.ascontiguousarray(counts), weights.reshape(-1), shape, core.stride, core.padding, each)
        return sums
    kind = np.float32 if bound <= FLOAT32_EXACT else np.int32
    return np.asarray(_compiled(core.stride, core.padding)(counts.astype(kind), core.kernel.astype(kind)))


def fastest(core: ConvolutionCore, counts: np.ndarray) -> Literal["events", "jax"]:
    """What takes least time for counts (n, H, W, C): to add what each that is not 0 brings, or a convolution of all."""
    return "jax" if _is_busy(core, counts) else "events"


def _is_busy(core: ConvolutionCore, counts: np.ndarray) -> bool:
    """Whether all products of weights and counts are less work than those of the counts that are not 0."""
    features, height, width = core.neuron_shape
    products = features * core.kernel[0].size
    all_places = len(counts) * height * width
    if all_places * products < COMPILES_FROM:
        return False
    places = np.count_nonzero(counts) * core.kernel[0, 0].size / (core.stride[0] * core.stride[1])
    spread_ns = places * (PLACE_NS + features * WEIGHT_NS)
    return spread_ns > all_places * (NEURONS_NS + products * PRODUCT_NS)


def _summed(core: ConvolutionCore, counts: np.ndarray) -> np.ndarray:
    """(n, height, width, F) int32 by a matrix product for each place of the kernel. counts: int32."""
    (n, height, width, _), (_, rows, columns) = counts.shape, core.neuron_shape
    (top, left), (down, across) = core.padding, core.stride
    room = np.zeros((n, height + 2 * top, width + 2 * left, counts.shape[3]), dtype=np.int32)
    room[:, top : top + height, left : left + width] = counts
    kernel = core.kernel.astype(np.int32)
    total = np.zeros((n, rows, columns, len(kernel)), dtype=np.int32)
    for y in range(kernel.shape[2]):
        for x in range(kernel.shape[3]):
            seen = room[:, y : y + down * rows : down, x : x + across * columns : across]
            total += seen @ kernel[:, :, y, x].T
    return total


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
            dimension_numbers=("NHWC", "OIHW", "NHWC"),
            precision=jax.lax.Precision.HIGHEST,
        )
        return sums.astype(jnp.int32)

    compiled = jax.jit(convolution)
    processor = jax.local_devices(backend="cpu")[0]

    def run(counts: np.ndarray, kernel: np.ndarray) -> jax.Array:
        with jax.default_device(processor), jax.numpy_dtype_promotion("strict"):
            return compiled(counts, kernel)

    return run
