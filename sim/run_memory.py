"""Says how much memory runs may fill, and refuses a run that would fill more before its stimulus is read."""

from __future__ import annotations

import os

from ..targets.chip import Chip
from .diagnostic import DiagnosticError, error

GIB = 1 << 30
VARIABLE = "SPIKEC_MEMORY_GIB"
"""Environment variable: how much a run may fill, in GiB, on a machine that has more or less."""
USUAL_GIB = 4
MOST_GIB = 1 << 20
FLOAT_BYTES, PROOF_BYTES, IDLE_BYTES = 6, 48, 20
"""What is filled for each value that a node sends on in a step of a sample: by the float run alone, and by both
verdicts with the runs that they take; and for each neuron of the chip that no node has. Measured at the peak."""

STREAM_BYTES = 128 << 20
"""Of the steps that are handed over at a time in a run that keeps none of them."""


def bytes_a_step(values: int, chip: Chip | None) -> int:
    """What a run fills in each step of a sample. values: that all nodes together send on; chip: None for the float run
    alone."""
    return FLOAT_BYTES * values if chip is None else PROOF_BYTES * values + IDLE_BYTES * chip.always_run


def demand_memory(steps: int, batch: int, each: int) -> None:
    """Refuse a run of `steps` time steps of `batch` samples, which fills `each` bytes in each step of a sample.

    Raises DiagnosticError: SPK0412 where that is more than may be filled, SPK0413 where the environment says no number
    of GiB."""
    allowed = allowed_gib()
    needed = steps * batch * each
    if needed <= allowed * GIB:
        return
    samples = f"{batch:,} samples" if batch > 1 else "one sample"
    message = (
        f"{steps:,} steps of {samples} fill about {needed / GIB:,.1f} GiB, {each:,} bytes in each step of a "
        f"sample; at most {allowed} GiB are filled"
    )
    fit = allowed * GIB // max(each, 1)
    hint = (
        f"give fewer, steps x samples = {fit:,} at most; or allow more memory: {VARIABLE}={-(-needed // GIB)}"
    )
    raise DiagnosticError((error("SPK0412", message, hint=hint),))


def steps_at_once(steps: int, batch: int, each: int) -> int:
    """How many steps are handed over at a time in a run that keeps none of them. each: bytes in each step of a sample.

    Raises DiagnosticError as `demand_memory`, where already one step fills too much."""
    length = min(steps, max(1, STREAM_BYTES // max(1, batch * each)))
    demand_memory(length, batch, each)
    return length


def allowed_gib(usual: int = USUAL_GIB) -> int:
    """How much may be filled, as the environment says, or as usual. Raises DiagnosticError: SPK0413 where it says no
    number."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_GIB:
        message = f"{VARIABLE} is {text[:40]!r}; it takes whole GiB, 1 to {MOST_GIB:,}"
        raise DiagnosticError(
            (error("SPK0413", message, hint=f"unset {VARIABLE} for the usual {USUAL_GIB}"),)
        )
    return int(text)
