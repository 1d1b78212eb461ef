"""Records of an event-driven chip as its toml file declares it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..chip import ChipRecord, Natural, Positive, Range


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one chip, which is one core, has.

    `rows` are shared by inputs and, with the loop closed, by neurons: neuron n is row n. `queue` counts the event
    that is being processed. `chips`: how many one host may join, and `delay`: how many steps it may hold spikes
    back."""

    neurons: Positive
    rows: Positive
    queue: Positive
    chips: Positive
    delay: Natural


class Ranges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inclusive. `weight` is a magnitude where rows carry the sign. `firing`: thresholds that can fire at all;
    `threshold` what the words hold; `at_rest`: the lowest threshold that a neuron at rest does not meet."""

    state: Range
    threshold: Range
    firing: Range
    leak: Range
    weight: Range
    at_rest: Positive


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a simulator is built from."""

    accumulation: Literal["events"]
    fire: Literal[">="]
    reset: Literal["zero"]
    leak: Literal["constant"]
    sign: Literal["weight", "row"]
    scan: Literal["up_to_last", "all"]
    learning: bool


class Cycles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Clocks of the handshake that brings an event from the host; of each neuron that an event scans, and besides that
    of a spike, of a leak of all neurons with its handshake, and of an event of one neuron, at most; of the handshake of
    one output, in which the core stands still, at least."""

    input: Natural
    neuron: Positive
    spike: Natural
    leak: Natural
    single: Natural
    output: Positive


class OdinChip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="odin"):
    """One chip. `arithmetic` is a key of `arithmetics.ARITHMETICS`."""

    arithmetic: Literal["tinyodin", "odin"]
    capacity: Capacity
    ranges: Ranges
    execution: Execution
    cycles: Cycles

    @property
    def input_counts(self) -> Range:
        """The host sends an event as often as it likes."""
        return 0, 255

    @property
    def max_delay(self) -> int:
        """Of spikes that pass the host; a closed loop holds nothing back."""
        return self.capacity.delay

    @property
    def always_run(self) -> int:
        """An event scans all neurons."""
        return self.capacity.neurons
