"""How the engine uses the kind of device that JAX has; the bits are the same in every manner."""

from __future__ import annotations

from typing import Literal, NamedTuple

CAPABILITY = 8.0
"""Of CUDA devices for which all steps of neurons can be one launch, at least."""


class Manner(NamedTuple):
    """as_bytes: whether weights are multiplied as bytes whose sums have 32 bits, else as float32. packed: whether
    spikes come to the host as bits. unroll: steps in one turn of a loop. launch: whether all steps of neurons are one
    launch; interpreted: on the processor, to test it. chunks: how many times as large chunks of time are."""

    as_bytes: bool
    packed: bool
    unroll: int
    launch: Literal["", "compiled", "interpreted"]
    chunks: int


PROCESSOR = Manner(as_bytes=False, packed=False, unroll=1, launch="", chunks=1)
"""Unrolled loops take longer there, and copies nothing."""
OTHER = Manner(as_bytes=True, packed=True, unroll=8, launch="", chunks=256)


def manner() -> Manner:
    """The manner of the device that JAX has."""
    import jax

    if jax.default_backend() == "cpu":
        return PROCESSOR
    return OTHER._replace(launch="compiled") if _launches() else OTHER


def _launches() -> bool:
    """Whether this version of JAX compiles kernels for this device."""
    import jax

    device = jax.devices()[0]
    told = str(getattr(device, "compute_capability", ""))
    if device.platform != "gpu" or not told.replace(".", "", 1).isdigit() or float(told) < CAPABILITY:
        return False
    try:
        from jax.experimental.pallas import triton
    except ImportError:
        return False
    return hasattr(triton, "CompilerParams")
