"""Runs one layer of float neurons in numpy, where the result is the same bit for bit as that of compiled code.

Compiled code takes numbers below 2**-126 for 0 and numpy does not. So every coefficient, input and product has to be
0 or of ordinary size: a sum of two such numbers is 0 or at least 2**-123, and nothing overflows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..dialect.dialect import NodeDialect
from .neurons import SPIKING, Coefficients, emission_dtype, step

COMPILES_FROM = 5 * 10**6
"""Neuron updates from which compiled code is worth it: numpy does them in about the time of one compilation, 0.1 s."""

STEP_WORK = 4000
"""Neuron updates that numpy does in the time that the calls of one step take."""

SMALLEST, LARGEST = (np.float32(2.0**power).view(np.uint32) for power in (-100, 100))
MOST_SPIKES = 2.0**31
LARGEST_COUNT = np.nextafter(np.float32(MOST_SPIKES), np.float32(0))


def is_small(steps: int, neurons: int) -> bool:
    """Whether compiling takes longer than doing it in numpy. neurons: of all samples."""
    return steps * (STEP_WORK + neurons) < COMPILES_FROM


def run_layer(
    kind: str,
    dialect: NodeDialect,
    keep_states: bool,
    c: Coefficients,
    start: Mapping[str, np.ndarray],
    x: np.ndarray,
    *,
    rough: bool = False,
) -> tuple[np.ndarray, dict[str, np.ndarray]] | None:
    """What the layer emits, (T, B, ...), and its states likewise, if wanted; None where compiled code has to say.

    x: (T, B, ...) float32. rough: leave nothing to compiled code; counts of spikes beyond 2**31 end there."""
    if not rough and not (
        _ordinary(x) and all(_ordinary(c[name]) and not _negative_zero(c[name]) for name in c)
    ):
        return None
    emitted = np.zeros(x.shape, dtype=emission_dtype(kind, dialect))
    state = dict(start)
    names = [name for name in ("v", "i") if name in state] if keep_states else []
    may_be_many = dialect.multi is None or np.float32(dialect.multi) >= MOST_SPIKES
    states = {name: np.zeros(x.shape, dtype=np.float32) for name in names}
    checked = _Products()
    with np.errstate(all="ignore"):
        for t in range(len(x)):
            state, out = step(np, kind, dialect, c, state, x[t], checked)
            if rough:
                out = np.minimum(out, LARGEST_COUNT) if kind in SPIKING else out
            elif not checked.ordinary or (may_be_many and bool((out >= MOST_SPIKES).any())):
                return None
            emitted[t] = out
            for name in names:
                states[name][t] = state[name]
    return emitted, states


class _Products:
    """Watches the products of a run, which numpy rounds by itself. ordinary: whether all of them were."""

    def __init__(self) -> None:
        self.ordinary = True

    def __call__(self, product: np.ndarray) -> np.ndarray:
        self.ordinary = self.ordinary and _ordinary(product)
        return product


def _ordinary(values: np.ndarray) -> bool:
    """Whether all are 0 or between 2**-100 and 2**100 in magnitude."""
    size = np.ascontiguousarray(values).view(np.uint32) & np.uint32(0x7FFFFFFF)
    nonzero = size - np.uint32(1)  # 0 becomes the largest
    return bool(
        size.max(initial=0) <= LARGEST
        and nonzero.min(initial=np.uint32(0xFFFFFFFF)) >= SMALLEST - np.uint32(1)
    )


def _negative_zero(values: np.ndarray) -> bool:
    """A membrane that is never -0 needs no rule for the larger of 0 and -0."""
    return bool((np.signbit(values) & (values == 0)).any())
