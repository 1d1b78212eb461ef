"""Does one step of a core with an input buffer in numpy.

Sums are products of matrices in float64, which is exact: they stay far below 2**53."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from ....targets.machines.buffered import BufferedCore, Sending, Walk
from .held import Held, parameters, sent_mask
from .table import looked_up

GATHERED_BYTES = 64 << 20
"""What is gathered at once for a product."""


def stepped(core: BufferedCore, module: ModuleType) -> Callable[[np.ndarray, Held], None]:
    """The step of the neurons of a core, of what arrived, (B, N) integers of 32 bits; it writes `v`, `shown`, `out`
    and `fired`. module: the arithmetic, as of `targets/paicore25/neuron.py`."""
    integrate, compare, taken_off, settle = module.arithmetic(np)
    p = np.ascontiguousarray(parameters(core, module.PARAMETERS)[core.record].T)

    def step(arrived: np.ndarray, own: Held) -> None:
        u = integrate(p, own.v.astype(np.int64), own.fired[:, None], arrived.astype(np.int64))
        if core.table is None:
            out = compare(p, u)
            taken = taken_off(p, out)
        else:
            out, taken = looked_up(core.table, core.sent_bits, u)
        own.shown[:] = u
        own.out[:] = out
        own.v[:] = settle(p, u, out, taken)
        own.fired[:] = (own.out > 0).any(axis=1)

    return step


@dataclass(frozen=True, kw_only=True)
class NumpyCore:
    """A core laid out for numpy. step: of its neurons, of what arrived, (B, N) int64."""

    core: BufferedCore
    step: Callable[[np.ndarray, Held], None]

    def compute(self, own: Held, slot: int) -> None:
        """Do one step: read and clear a step of the ring, and write `v`, `shown`, `out` and `fired`."""
        held = own.ring[:, slot]
        reads = self.core.reading == "potentials"
        x = held.astype(np.int64) if reads else self.core.value_of[held]
        own.ring[:, slot] = 0
        self.step(_arrived(self.core, x), own)

    def send(self, own: Held, sending: Sending, k: int, receiver: BufferedCore, there: Held) -> None:
        """Write what came out of own step k into the ring of a receiver."""
        step = (k + sending.step) % there.ring.shape[1]
        if sending.potential:
            there.ring[:, step, sending.element] = own.shown[:, sending.neuron]
            return
        out = own.out[:, sending.neuron].astype(np.int64)
        mask = sent_mask(self.core, receiver)
        sample, j = np.nonzero((out != 0) | (not self.core.silent))
        there.ring[sample, step[j], sending.element[j]] = out[sample, j] & mask


def lay_out(core: BufferedCore, module: ModuleType) -> NumpyCore:
    """Lay a core out. module: its arithmetic."""
    return NumpyCore(core=core, step=stepped(core, module))


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
