"""Does one step of a core with an input buffer by compiled loops over the input elements that hold something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from ....targets.machines.buffered import BufferedCore, Sending, Walk
from ..summed.event_kernel import step_of
from .held import Held, parameters, sent_mask
from .in_numpy import stepped as stepped_in_numpy
from .kernel import largest, spread, write, write_potentials
from .neuron_source import source_of

NO_VALUES = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, kw_only=True)
class Steps:
    """A walk laid out by what an input element meets. place: (R,) int64 first neuron of each record. offset: (n,)
    int64. tap: (K,) int64, how often `spacing` goes into each tap, ascending within those of one remainder; taps of
    remainder r are those from tap_start[r] to tap_start[r + 1]. weight: (K, R) int16, in the order of the taps.
    source: (K,) int64 the taps themselves. at_start, at: neurons of a record by their offset:
    at[at_start[o]:at_start[o + 1]] have the offset o * spacing."""

    place: np.ndarray
    offset: np.ndarray
    spacing: int
    tap_start: np.ndarray
    tap: np.ndarray
    source: np.ndarray
    weight: np.ndarray
    at_start: np.ndarray
    at: np.ndarray


def steps_of(core: BufferedCore, walk: Walk) -> Steps:
    """Lay a walk out."""
    common = int(np.gcd.reduce(walk.offset))
    spacing = common or core.elements
    remainder = walk.tap % spacing
    order = np.lexsort([walk.tap, remainder])
    multiple = walk.offset // spacing
    by_offset = np.argsort(multiple, kind="stable")
    return Steps(
        place=core.first[walk.record],
        offset=walk.offset.astype(np.int64),
        spacing=spacing,
        tap_start=np.searchsorted(remainder[order], np.arange(spacing + 1)).astype(np.int64),
        tap=(walk.tap[order] // spacing).astype(np.int64),
        source=walk.tap[order].astype(np.int64),
        weight=np.ascontiguousarray(walk.weight[order]),
        at_start=np.searchsorted(multiple[by_offset], np.arange(int(multiple.max(initial=0)) + 2)).astype(
            np.int64
        ),
        at=by_offset.astype(np.int64),
    )


@dataclass(frozen=True, kw_only=True)
class EventCore:
    """A core laid out for compiled loops. step: of its neurons, of what arrived, (B, N) int32. value_of: (2**bits,)
    int32, or none where it reads potentials."""

    core: BufferedCore
    step: Callable[[np.ndarray, Held], None]
    value_of: np.ndarray
    walks: tuple[Steps, ...]

    def compute(self, own: Held, slot: int) -> None:
        """Do one step: read and clear a step of the ring, and write `v`, `shown`, `out` and `fired`."""
        core = self.core
        arrived = np.zeros((len(own.v), core.n_neurons), dtype=np.int32)
        x = own.ring[:, slot]
        for walk in self.walks:
            if core.reading == "largest":
                largest(x, self.value_of, walk.place, walk.offset, walk.source, walk.weight, arrived)
            else:
                spread(
                    own.ring, slot, self.value_of, walk.place, walk.offset.size, walk.spacing, walk.tap_start,
                    walk.tap, walk.weight, walk.at_start, walk.at, arrived,
                )  # fmt: skip
        x[:] = 0
        self.step(arrived, own)

    def send(self, own: Held, sending: Sending, k: int, receiver: BufferedCore, there: Held) -> None:
        """Write what came out of own step k into the ring of a receiver."""
        if sending.potential:
            write_potentials(own.shown, sending.neuron, sending.element, sending.step, k, there.ring)
        else:
            mask = sent_mask(self.core, receiver)
            write(
                own.out,
                sending.neuron,
                sending.element,
                sending.step,
                k,
                mask,
                self.core.silent,
                there.ring,
            )


def lay_out(core: BufferedCore, module: ModuleType) -> EventCore:
    """Lay a core out. module: its arithmetic, as of `targets/paicore25/neuron.py`."""
    return EventCore(
        core=core,
        step=_step(core, module) if core.table is None else stepped_in_numpy(core, module),
        value_of=NO_VALUES if core.reading == "potentials" else core.value_of.astype(np.int32),
        walks=tuple(steps_of(core, walk) for walk in core.walks if walk.tap.size),
    )


def _step(core: BufferedCore, module: ModuleType) -> Callable[[np.ndarray, Held], None]:
    p, update = parameters(core, module.PARAMETERS).astype(np.int32), step_of(source_of(module))

    def step(arrived: np.ndarray, own: Held) -> None:
        update(p, core.first, arrived, own.fired, own.v, own.shown, own.out)

    return step
