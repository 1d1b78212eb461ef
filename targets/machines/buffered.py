"""The machine of chips whose cores have an input buffer of several steps, a step counter of their own, and neurons that
walk shared weight vectors over what is in the buffer. Numbers of a few bits, and whole potentials, go between cores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from .exports import NOTHING, Exports

Reading = Literal["sum", "largest", "potentials"]
"""What a core makes of its input: the sum of weight times number, the largest number whose weight is not 0, or the sum
of potentials of 32 bits whose weight is 1."""
POTENTIAL_BITS = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Walk:
    """Neurons of some records that walk alike: neuron i of record record[r] reads the input elements
    tap + offset[i], with the weights weight[:, r].

    record: (R,) int64 within the core. offset: (n,) int64, one for each neuron of a record; one of 0 where records are
    single neurons. tap: (K,) int64, ascending. weight: (K, R) int16."""

    record: np.ndarray
    offset: np.ndarray
    tap: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Sending:
    """Neurons of a core send to `cores`, to each the same: the output of neuron[j] in the core's own step k is
    written at input element element[j] of the receivers' own step k + step[j]. All (M,) int64, neurons ascending.
    potential: whether they send their potential, to cores that read potentials."""

    cores: tuple[int, ...]
    potential: bool
    neuron: np.ndarray
    element: np.ndarray
    step: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class BufferedCore:
    """A core with R records of one or more neurons, N in all, numbered record after record.

    place: for people. start: the step of the chip, from 1, in which its own step 0 is; 0 for never. duration: how many
    it does; 0 for all. restarts: before own steps that are a multiple of it, all potentials are `restart_v`; 0 for
    never. elements: of the input of a step. laps: steps that the buffer holds. value_of: (2**bits,) int64, the number
    that the bits of an element stand for; one of 32 bits where it reads potentials. reading: see `Reading`.
    sent_bits: of an output. silent: whether outputs of 0 are kept back.
    size: (R,) int64 neurons of each record. params: name in the arithmetic's PARAMETERS -> (R,) int64. table: (256, 2)
    int64, thresholds and values that outputs are looked up in, or none. v: (N,) int64 before the first step.
    restart_v: (N,) int64."""

    place: str
    start: int
    duration: int = 0
    restarts: int = 0
    elements: int
    laps: int
    value_of: np.ndarray
    reading: Reading
    sent_bits: int
    silent: bool
    size: np.ndarray
    params: Mapping[str, np.ndarray]
    table: np.ndarray | None = None
    v: np.ndarray
    restart_v: np.ndarray
    walks: tuple[Walk, ...]
    sendings: tuple[Sending, ...]

    @property
    def n_neurons(self) -> int:
        """Neurons of all records."""
        return int(self.size.sum())

    @cached_property
    def first(self) -> np.ndarray:
        """(R + 1,) int64: the first neuron of each record, then N."""
        return np.concatenate([[0], np.cumsum(self.size)])

    @cached_property
    def record(self) -> np.ndarray:
        """(N,) int64: the record of each neuron."""
        return np.repeat(np.arange(self.size.size), self.size)


@dataclass(frozen=True, kw_only=True, eq=False)
class Feed:
    """The host writes input element source[j] of the machine at element[j] of a core's input, so that it is read
    step[j] own steps later: (M,) int64 each."""

    core: int
    source: np.ndarray
    element: np.ndarray
    step: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class BufferedMachine:
    """Cores, and the host that feeds them. A step of the network is `steps` own steps of each core; what the host sends
    comes in the first of them. Neurons are numbered core after core."""

    n_inputs: int
    cores: tuple[BufferedCore, ...]
    feeds: tuple[Feed, ...]
    steps: int = 1
    exports: Exports = NOTHING

    @cached_property
    def first_neuron(self) -> np.ndarray:
        """(cores + 1,) int64: the first neuron of each core, then how many there are."""
        return np.concatenate([[0], np.cumsum([core.n_neurons for core in self.cores])]).astype(np.int64)

    @property
    def n_neurons(self) -> int:
        """Neurons of all cores."""
        return int(self.first_neuron[-1])


def own_step_order(machine: BufferedMachine) -> tuple[int, ...]:
    """Order the cores so that each can do its own step k as soon as those before it have: what a step reads has then
    been sent, as on the chip, where a spike carries the step of its sender.

    Raises ValueError where a core stops or never starts, where a spike comes too late for the step that it is meant
    for, or so early that the buffer has no room for it yet."""
    for number, core in enumerate(machine.cores):
        if core.n_neurons and (core.start < 1 or core.duration):
            raise ValueError(f"{core.place} starts in step {core.start} and does {core.duration} steps")
        for sending in core.sendings:
            if sending.step.size:
                least, most = int(sending.step.min()), int(sending.step.max())
                for there in sending.cores:
                    _demand_in_time(machine, number, there, least, most)
    return tuple(sorted(range(len(machine.cores)), key=lambda number: machine.cores[number].start))


def _demand_in_time(machine: BufferedMachine, sender: int, receiver: int, least: int, most: int) -> None:
    """least, most: own steps of the receiver after that of the sender."""
    own, there = machine.cores[sender], machine.cores[receiver]
    gap = there.start - own.start
    if least < 0 or gap + least < 1:
        raise ValueError(f"what {own.place} sends to {there.place} comes {1 - gap - least} steps too late")
    if gap + most > there.laps:
        raise ValueError(
            f"what {own.place} sends to {there.place} waits {gap + most} steps; the buffer holds {there.laps}"
        )
