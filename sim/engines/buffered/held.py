"""What the cores of a run hold: input buffers, potentials, and what came out of the last step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....targets.machines.buffered import BufferedCore


@dataclass(kw_only=True)
class Held:
    """Of one core, and B samples. ring: (B, laps, elements), the bits of each element, uint8, or potentials, int32; own
    step k is read at k % laps. fired: (B,) int64, 1 where a neuron fired in the last step. v, shown: (B, N) int32.
    out: (B, N) int16 what the last step's comparison gave."""

    ring: np.ndarray
    fired: np.ndarray
    v: np.ndarray
    shown: np.ndarray
    out: np.ndarray

    def part(self, samples: slice) -> Held:
        """Of some samples: the same numbers, not copies."""
        return Held(
            ring=self.ring[samples],
            fired=self.fired[samples],
            v=self.v[samples],
            shown=self.shown[samples],
            out=self.out[samples],
        )


def held(core: BufferedCore, batch: int, laps: int) -> Held:
    """Before the first step. laps: steps that the ring has room for."""
    n = core.n_neurons
    kind = np.int32 if core.reading == "potentials" else np.uint8
    return Held(
        ring=np.zeros((batch, laps, core.elements), dtype=kind),
        fired=np.zeros(batch, dtype=np.int64),
        v=np.repeat(core.v.astype(np.int32)[None], batch, axis=0),
        shown=np.zeros((batch, n), dtype=np.int32),
        out=np.zeros((batch, n), dtype=np.int16),
    )


def restart(core: BufferedCore, own: Held) -> None:
    """Set all potentials to those that the core restarts from; what it has been sent stays."""
    own.v[:] = core.restart_v
    own.fired[:] = 0


def sent_mask(core: BufferedCore, receiver: BufferedCore) -> int:
    """Bits of an output that the receiver keeps: as many as are sent, and as an element has."""
    return min((1 << core.sent_bits), receiver.value_of.size) - 1


def parameters(core: BufferedCore, names: Sequence[str]) -> np.ndarray:
    """(R, P) int64 parameters of each record, in the order of `names`."""
    columns = [np.broadcast_to(core.params[name], core.size.shape) for name in names]
    return np.ascontiguousarray(np.stack(columns, axis=1), dtype=np.int64)
