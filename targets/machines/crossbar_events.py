"""The machine of chips that test the threshold after every event: crossbars with a queue, and a host between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .exports import NOTHING, Exports

Protocol = Literal["wait", "burst", "eager"]

# What a core can be told; `first` and `second` of an operation are, by kind:
SPIKE = 0  # row, 0: queued
VIRTUAL = (
    1  # neuron, weight (or one of the two below): queued; with 0 it is a spike on the row of that number
)
LEAK = 2  # neuron: at once
LEAK_ALL = 3  # all scanned neurons, at once
SINGLE = 4  # row, neuron: one synapse, at once
SETTLE = 5  # row: its synapses drift to an end of their range
SETTLE_ALL = 6

ADDS_NOTHING = 1 << 8  # in place of a virtual event's weight: the threshold is tested all the same
LEAKS = 1 << 9  # and here the neuron leaks instead


@dataclass(frozen=True, kw_only=True)
class Operations:
    """What the host tells a core, in order: (M,) int64 each. waits: (M,) bool, whether it lets the core finish
    before it goes on; the last one does."""

    kind: np.ndarray
    first: np.ndarray
    second: np.ndarray
    waits: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Learning:
    """Switches of a chip whose synapses learn; all off where nothing learns.

    unmapped_learn: synapses without mapping bit learn too. unmapped_deliver: they deliver too.
    single_learn: an event of a single synapse makes it learn."""

    unmapped_learn: bool = False
    unmapped_deliver: bool = False
    single_learn: bool = False


@dataclass(frozen=True, kw_only=True)
class EventCore:
    """One crossbar, as its words and registers hold it.

    params: name in the arithmetic's PARAMETERS -> (N,) int64. initial: name in its STATES -> (N,) int64.
    weights: (R, N) int8 [row, neuron] as the words hold them: signed, or magnitudes where rows have signs.
    inhibitory: (R,) bool, rows whose weights are taken away; all False where weights are signed.
    mapped: (R, N) bool, the mapping bits of synapses; all True where a chip has none.
    last_neuron: neurons 0 .. last_neuron are scanned. closed_loop: a spike of neuron n is also queued as a spike on
    row n, and is lost when the queue holds `queue` events; else the host alone sees it.
    report_rows: the output is the row of each spike that is taken from the queue, instead of the neurons that fire.
    """

    params: Mapping[str, np.ndarray]
    initial: Mapping[str, np.ndarray]
    weights: np.ndarray
    inhibitory: np.ndarray
    mapped: np.ndarray
    last_neuron: int
    closed_loop: bool
    queue: int
    report_rows: bool = False
    learning: Learning = Learning()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.weights.shape[0])

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.weights.shape[1])

    @property
    def delivered(self) -> np.ndarray:
        """(R, N) int16: what a spike on a row adds to a neuron."""
        signed = self.weights.astype(np.int16) * np.where(self.inhibitory, -1, 1).astype(np.int16)[:, None]
        return signed if self.learning.unmapped_deliver else signed * self.mapped


@dataclass(frozen=True, kw_only=True)
class HostRoutes:
    """What the host makes of a spike: a spike on `row` of core number `core`, `delay` steps later. (M,) int64 each.

    source: neurons of all cores, laid end to end, then input elements. A delay of 0 from a neuron is for a core
    behind its own: the host runs the cores of a step in ascending order."""

    source: np.ndarray
    core: np.ndarray
    row: np.ndarray
    delay: np.ndarray


@dataclass(frozen=True, kw_only=True)
class EventMachine:
    """Cores, and the host that feeds them. A network on one core with its loop closed has routes of inputs only.

    In each step, core by core: the host collects the spikes that are due on the core's rows, sends them in the order
    of `row_order` (the spikes of one row one after the other), lets the core finish, then sends `leaks` events that
    make all its scanned neurons leak.
    row_order: for each core (R,) int64, its rows in the order in which they are sent.
    behind: for each core how many of these, the last ones, are sent behind the leaks; or () where none is.
    protocol: "wait" for an idle core after each event; "burst": as fast as the queue takes them, where no loop
    is closed; "eager": the next event always waits at the input.
    answers: for each core (N,) int64, what the host adds to a neuron by a virtual event as soon as its spike has come
    and the core is idle, 0 for none; or () where it answers no spike. It waits after each of these too. They fire no
    neuron.
    exports: the neurons whose spikes the host keeps as the network's outputs, a line each.
    """

    n_inputs: int
    cores: tuple[EventCore, ...]
    routes: HostRoutes
    row_order: tuple[np.ndarray, ...]
    leaks: int
    protocol: Protocol
    exports: Exports = NOTHING
    behind: tuple[int, ...] = ()
    answers: tuple[np.ndarray, ...] = ()

    @property
    def behind_leaks(self) -> tuple[int, ...]:
        """Of each core, how many of the last rows are sent behind the leaks."""
        return self.behind or (0,) * len(self.cores)

    @property
    def answered(self) -> np.ndarray:
        """(n_neurons,) int64: what the host answers a spike of each neuron with, all cores laid end to end."""
        return np.concatenate([*self.answers]) if self.answers else np.zeros(self.n_neurons, dtype=np.int64)

    @property
    def n_neurons(self) -> int:
        """Neurons of all cores, laid end to end, whether scanned or not."""
        return sum(core.n_neurons for core in self.cores)

    @property
    def first_neuron(self) -> tuple[int, ...]:
        """Of each core, then the end."""
        ends = [0]
        for core in self.cores:
            ends.append(ends[-1] + core.n_neurons)
        return tuple(ends)
