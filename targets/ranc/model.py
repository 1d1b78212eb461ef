"""Records of a chip of the RANC family as its toml file declares it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..chip import ChipRecord, Natural, Positive
from ..layout import Field
from .neuron import Arithmetic


class Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns and rows that can be addressed, and how many positions may hold a core."""

    dimension: Positive
    cores: Positive


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of each core; powers of two but `neurons`. slots: ticks that the scheduler holds spikes for."""

    axons: Positive
    neurons: Positive
    types: Positive
    slots: Positive

    @property
    def max_delay(self) -> int:
        """Of the delay field: the slot of the tick that is being read takes nothing."""
        return self.slots - 2


class Bits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Widths of signed registers."""

    potential: Positive
    reset_potential: Positive
    weight: Positive
    leak: Positive
    threshold: Positive


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the simulator is built from."""

    mailbox: Literal["bits"]
    accumulation: Literal["sum"]
    overflow: Literal["wrap"]
    coupling: Literal["none"]
    fire: Literal[">="]
    reset: tuple[Literal["to_value", "subtract"], ...]
    spikes_per_tick: Literal[1]
    initial_state: Literal["loaded"]


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Clocks of the cores' sweep in a tick: neurons * (axons + per_neuron) + per_tick."""

    per_neuron: Natural
    per_tick: Natural


class RancChip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="ranc"):
    """One member of the family. verified: whether its arithmetic was compared with the hardware's own."""

    arithmetic: Literal["ranc"]
    verified: bool
    grid: Grid
    core: Core
    bits: Bits
    execution: Execution
    timing: Timing

    @property
    def max_delay(self) -> int:
        """Ticks that an axon's scheduler can hold a spike back."""
        return self.core.max_delay

    @property
    def neuron(self) -> Arithmetic:
        """The arithmetic of its potentials."""
        return Arithmetic(self.bits.potential)

    def row(self) -> tuple[Field, ...]:
        """The fields of a neuron's row behind its connections, the highest bits first."""
        bits, place = self.bits, address_bits(self.grid.dimension)
        return (
            Field("initial_potential", bits.potential, signed=True),
            Field("reset_potential", bits.reset_potential, signed=True),
            *(Field(f"weight{k}", bits.weight, signed=True) for k in range(self.core.types)),
            Field("leak", bits.leak, signed=True),
            Field("positive_threshold", bits.threshold, signed=True),
            Field("negative_threshold", bits.threshold, signed=True),
            Field("reset_mode", 1),
            Field("dx", place, signed=True),
            Field("dy", place, signed=True),
            Field("axon", address_bits(self.core.axons)),
            Field("delay", address_bits(self.core.slots)),
        )

    def packet(self) -> tuple[Field, ...]:
        """The fields of an input packet, the highest bits first; x and y are the core's own."""
        place = address_bits(self.grid.dimension)
        return (
            Field("x", place),
            Field("y", place),
            Field("axon", address_bits(self.core.axons)),
            Field("delay", address_bits(self.core.slots)),
        )


def address_bits(size: int) -> int:
    """Bits that number `size` things from 0: ceil(log2(size)), at least 1."""
    return max(1, (size - 1).bit_length())
