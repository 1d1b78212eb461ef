"""One step of a core with an input buffer, in numpy. Sums are products of matrices in float64, which is exact: they stay
far below 2**53.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ....targets.machines.buffered import BufferedCore, Sending, Walk
from .held import Held, parameters, sent_mask
from .table import looked_up

GATHERED_BYTES = 64 << 20
"""What is gathered at once for a product."""


@dataclass(frozen=True, kw_only=True)
class NumpyCore:
    """A core laid out for numpy. p: (P, N) int64 parameters of each neuron."""

    core: BufferedCore
    arithmetic: Any
    p: np.ndarray

    def compute(self, own: Held, slot: int) -> None:
        """Do one step: read and clear a step of the ring, and write `v`, `shown`, `out` and `fired`."""
        core, (integrate, compare, taken_off, settle) = self.core, self.arithmetic
        held = own.ring[:, slot]
        x = held.astype(np.int64) if core.reading == "potentials" else core.value_of[held]
        own.ring[:, slot] = 0
        arrived = _arrived(core, x)
        u = integrate(self.p, own.v.astype(np.int64), own.fired[:, None], arrived)
        if core.table is None:
            out = compare(self.p, u)
            taken = taken_off(self.p, out)
        else:
            out, taken = looked_up(core.table, core.sent_bits, u)
        own.shown[:] = u
        own.out[:] = out
        own.v[:] = settle(self.p, u, out, taken)
        own.fired[:] = (own.out > 0).any(axis=1)

    def send(self, own: Held, sending: Sending, k: int, receiver: BufferedCore, there: Held) -> None:
        """Write what came out of own step k into the ring of a receiver."""
        step = (k + sending.step) % there.ring.shape[1]
        if sending.potential:
            there.ring[:, step, sending.element] = own.shown[:, sending.neuron]
            return
        out = own.out[:, sending.neuron].astype(np.int64)
        mask = sent_mask(self.core, receiver)
        sample, j = np.nonzero((out != 0) | (not self.core.silent))
        bits = out[sample, j] & mask
        at = sample, step[j], sending.element[j]
        if receiver.value_of.size > 2:
            there.ring[at] = bits
        else:
            np.bitwise_or.at(there.ring, at, bits.astype(there.ring.dtype))


def lay_out(core: BufferedCore, module: ModuleType) -> NumpyCore:
    """Lay a core out. module: its arithmetic, as of `targets/paicore25/neuron.py`."""
    p = parameters(core, module.PARAMETERS)[core.record].T
    return NumpyCore(core=core, arithmetic=module.arithmetic(np), p=np.ascontiguousarray(p))


def _arrived(core: BufferedCore, x: np.ndarray) -> np.ndarray:
    """(B, N) int64, within 32 bits: what the input (B, elements) comes to at each neuron."""
    found = np.zeros((len(x), core.n_neurons), dtype=np.int64)
    form: Callable[[Walk, np.ndarray], np.ndarray] = _largest if core.reading == "largest" else _sums
    for walk in core.walks:
        if not walk.tap.size:
            continue
        a_sample = 8 * walk.offset.size * walk.tap.size
        some = max(1, GATHERED_BYTES // a_sample)
        onto = core.first[walk.record][None, :] + np.arange(walk.offset.size)[:, None]
        for start in range(0, len(x), some):
            found[start : start + some, onto] = form(walk, x[start : start + some])
    return found.astype(np.int32).astype(np.int64)


def _sums(walk: Walk, x: np.ndarray) -> np.ndarray:
    """(B, n, R) of (B, elements)."""
    seen = x[:, walk.offset[:, None] + walk.tap[None, :]].astype(np.float64)
    return (seen @ walk.weight.astype(np.float64)).astype(np.int64)


def _largest(walk: Walk, x: np.ndarray) -> np.ndarray:
    """(B, n, R) of (B, elements): the largest number whose weight is not 0; 0 where there is none."""
    lowest = np.iinfo(np.int64).min
    best = np.full((len(x), walk.offset.size, walk.record.size), lowest)
    for tap, weight in zip(walk.tap.tolist(), walk.weight, strict=True):
        seen = x[:, walk.offset + tap][:, :, None]
        best = np.where(weight != 0, np.maximum(best, seen), best)
    return np.where(best == lowest, 0, best)
