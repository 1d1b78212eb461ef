"""Arithmetic of the Speck neuron, one time step: integrate, fire as often as the threshold fits, stay above the low
one.
"""

from __future__ import annotations

from collections.abc import Callable

from ..arrays import Compiler, Operations, V, as_it_is

LOW, HIGH = -(1 << 15), (1 << 15) - 1


def arithmetic(
    xp: Operations[V],
    compiled: Compiler = as_it_is,
    *,
    single_spike: bool = False,
    reset_to_zero: bool = False,
    saturate: bool = False,
) -> Callable[[V, V, V, V], tuple[V, V, V | bool]]:
    """step(v, drive, threshold, low) -> (v after, spikes, whether v + drive leaves 16 bits), over `minimum`,
    `maximum` and `floor_divide` of `xp` (numpy, jax.numpy, or those of scalars); `compiled` wraps the function.

    drive: convolution and bias of this step. threshold >= 1. Nothing is rounded but spikes = floor(v / threshold),
    of a positive v. `saturate` clips v + drive to 16 bits, once; without it, it must fit the integers given:
    32 or 64 bits, which the caller proves."""
    maximum, minimum, floor_divide = xp.maximum, xp.minimum, xp.floor_divide

    @compiled
    def step(v: V, drive: V, threshold: V, low: V) -> tuple[V, V, V | bool]:
        total = v + drive
        clipped = minimum(maximum(total, LOW), HIGH)
        bounded = clipped if saturate else total
        most = floor_divide(maximum(bounded, 0), threshold)
        spikes = minimum(most, 1) if single_spike else most
        left = bounded - bounded * minimum(spikes, 1) if reset_to_zero else bounded - spikes * threshold
        return maximum(left, low), spikes, total != clipped

    return step
