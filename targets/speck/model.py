"""Records of a Speck or DYNAP-CNN chip as its toml file declares it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..chip import ChipRecord, Identifier, Positive, Range


class Cores(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Memory entries of core 0, 1, ..; `destinations` of each core."""

    kernel_entries: tuple[Positive, ...]
    neuron_entries: tuple[Positive, ...]
    bias_entries: tuple[Positive, ...]
    destinations: Positive

    @property
    def count(self) -> int:
        """Number of cores."""
        return len(self.kernel_entries)


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Largest height and width of the input and of the neurons, channels of either; largest kernel, always square;
    what strides, paddings (inclusive) and poolings there are."""

    input_size: Positive
    output_size: Positive
    channels: Positive
    kernel_size: Positive
    strides: tuple[Positive, ...]
    padding: Range
    poolings: tuple[Positive, ...]


class Ranges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inclusive."""

    weight: Range
    bias: Range
    threshold: Range
    low_threshold: Range
    state: Range


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the stepped simulator is built from."""

    mailbox: Literal["counts"]
    accumulation: Literal["sum"]
    coupling: Literal["none"]
    fire: Literal[">="]
    reset: tuple[Literal["subtract", "zero"], ...]
    initial_state: Literal["loaded"]


class Attributes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"kind": "class"}):
    """The vendor's configuration object: its module in samna, its class, and whether weights and biases of 0 are
    marked by attributes of their own."""

    module: Identifier
    kind: Identifier
    kill_bits: bool


class Readout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The block that counts spikes of `classes` classes. `destination` is the number that cores send to; channel
    `channel_step` * (i - 1) of the sender counts for class i, from 1. Ranges are inclusive."""

    destination: Positive
    classes: Positive
    channel_step: Positive
    threshold: Range
    output_mode: Range

    @property
    def channels(self) -> int:
        """Channels from the first to that of the last class."""
        return self.channel_step * (self.classes - 1) + 1


class SpeckChip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="speck"):
    """One chip of the family. readout: None where public software describes none."""

    arithmetic: Literal["speck"]
    cores: Cores
    layer: Layer
    ranges: Ranges
    execution: Execution
    attributes: Attributes
    readout: Readout | None = None

    @property
    def input_counts(self) -> Range:
        """The chip takes event by event, as many as there are; the upper end is of the stimulus format."""
        return 0, (1 << 16) - 1

    @property
    def max_delay(self) -> int:
        """Nothing is held back: layers work in turn within a step."""
        return 0
