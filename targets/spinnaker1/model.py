"""Records of a SpiNNaker 1 system as its toml declares it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..chip import ChipRecord, Grid, Positive
from .board import Boards, boards_for


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one core runs. neurons: at most. delays: of a synapse, in ticks, at most. ring_bits: of the place of a sum
    in the ring buffers: neurons, synapse types and delay slots, each a power of two. row_length: words of a row in one
    block."""

    neurons: Positive
    delays: Positive
    ring_bits: Positive
    row_length: Positive
    dtcm_bytes: Positive


class Chip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the cores of a chip share. ethernet_cores: cores of a chip that the host is joined to. router_entries: of
    its routing table. key_bits: of the keys that are given out. sdram_bytes: that programs may use."""

    ethernet_cores: Positive
    router_entries: Positive
    key_bits: Positive
    sdram_bytes: Positive


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a network is run. timer_us: microseconds between two ticks. recorded_ticks: for which what is read back has
    room in SDRAM."""

    timer_us: Positive
    recorded_ticks: Positive


class SpinnakerChip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="spinnaker"):
    """Boards of chips of ARM cores, joined by multicast packets."""

    arithmetic: Literal["spinnaker1"]
    grid: Grid
    core: Core
    chip: Chip
    run: Run

    @property
    def max_delay(self) -> int:
        """Steps that a synapse can hold a spike back, beyond the tick that every spike takes."""
        return self.core.delays - self.latency.neuron_to_neuron

    @property
    def sums_apart(self) -> bool:
        """Ring buffers are of one type of synapse each."""
        return True

    @property
    def boards(self) -> Boards:
        """The smallest system with as many chips."""
        return boards_for(self.grid.chips)

    @property
    def cores(self) -> int:
        """Cores that run neurons, of all boards."""
        missing = self.grid.cores_per_chip - self.chip.ethernet_cores
        return self.grid.cores_per_chip * self.grid.chips - missing * self.boards.count
