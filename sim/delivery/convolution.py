"""Convolution of event counts, exact: in float32 where no sum can be rounded, else in int32.

A partial sum is an integer of at most (largest count) * (sum of |weights| of one neuron) in magnitude. Up to
2**24 float32 holds every such integer, so neither order nor fused operations change a bit; up to 2**31 - 1 int32
does. Nothing wraps: larger sums are refused. Nothing is rounded.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ...targets.machines.convolution import ConvolutionCore
from ..diagnostic import error, raise_errors

FLOAT32_EXACT = 1 << 24
LARGEST_SUM = (1 << 31) - 1


def largest_sum(core: ConvolutionCore, largest_count: int) -> int:
    """What no sum of a neuron of this core leaves, when no count is above `largest_count`; without the bias."""
    per_neuron = np.abs(core.kernel.astype(np.int64)).sum(axis=(1, 2, 3))
    return largest_count * int(per_neuron.max(initial=0))


def convolve(core: ConvolutionCore, counts: np.ndarray) -> np.ndarray:
    """(n, F, height, width) int32 of counts (n, C, H, W), integers >= 0, without the bias.

    Raises DiagnosticError: SPK4010 where a sum may leave 32 bits."""
    bound = largest_sum(core, int(counts.max(initial=0)))
    if bound > LARGEST_SUM:
        message = f"sums of core {core.core} may reach {bound}, more than 32 bits hold"
        raise_errors([error("SPK4010", message)])
    if 0 in (counts.shape[0], *core.neuron_shape):
        return np.zeros((counts.shape[0], *core.neuron_shape), dtype=np.int32)
    kind = np.float32 if bound <= FLOAT32_EXACT else np.int32
    found = _compiled(core.stride, core.padding)(counts.astype(kind), core.kernel.astype(kind))
    return np.asarray(found)


@cache
def _compiled(stride: tuple[int, int], padding: tuple[int, int]) -> Any:
    """On the processor, where a convolution is a sum of products; other devices may transform instead."""
    import jax
    import jax.numpy as jnp

    def convolution(counts: jax.Array, kernel: jax.Array) -> jax.Array:
        found = jax.lax.conv_general_dilated(
            counts,
            kernel,
            stride,
            [(amount, amount) for amount in padding],
            precision=jax.lax.Precision.HIGHEST,
        )
        return found.astype(jnp.int32)

    compiled = jax.jit(convolution)
    processor = jax.local_devices(backend="cpu")[0]

    def run(counts: np.ndarray, kernel: np.ndarray) -> jax.Array:
        with jax.default_device(processor), jax.numpy_dtype_promotion("strict"):
            return compiled(counts, kernel)

    return run


def pool(spikes: np.ndarray, window: int) -> np.ndarray:
    """Sums over windows of the last two axes of (..., height, width), in int64; what fills no window is lost."""
    height, width = (size // window for size in spikes.shape[-2:])
    total = np.zeros((*spikes.shape[:-2], height, width), dtype=np.int64)
    for y in range(window):
        for x in range(window):
            total += spikes[..., y : height * window : window, x : width * window : window]
    return total
