"""Records of a ReckOn as its toml file declares it."""

from __future__ import annotations

from types import ModuleType
from typing import Literal

import msgspec

from ..chip import ChipRecord, Natural, Positive, Range


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the one core: input rows, recurrent neurons, read-outs."""

    inputs: Positive
    neurons: Positive
    outputs: Positive


class Ranges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inclusive. alpha: what a step keeps of a membrane, over 32768; kappa: of a read-out, over 128."""

    weight: Range
    weight_shift: Range
    threshold: Range
    alpha: Range
    kappa: Range
    state: Range


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a simulator is built from."""

    mailbox: Literal["bits"]
    accumulation: Literal["ordered"]
    rounding: Literal["floor"]
    fire: Literal[">="]
    reset: tuple[Literal["subtract", "zero"], ...]
    shared: Literal["pair"]
    initial_state: Literal["loaded"]


class Cycles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Clocks of a step: of each index of the sweep that leaks and compares, of each index that is looked at for events
    and spikes, of each pair that an event reaches, and besides these."""

    swept: Natural
    source: Natural
    pair: Natural
    step: Natural


class ReckonChip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="reckon"):
    """One chip of the family."""

    arithmetic: Literal["reckon"]
    capacity: Capacity
    ranges: Ranges
    execution: Execution
    cycles: Cycles

    @property
    def neuron(self) -> ModuleType:
        """Its arithmetic."""
        from . import neuron

        return neuron

    @property
    def max_delay(self) -> int:
        """A synapse holds nothing back; a neuron that passes a spike on does, for a step."""
        return self.capacity.neurons
