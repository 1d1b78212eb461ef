"""Records what a system of SpiNNaker 1 boards loads: cores, routing tables, keys of the inputs, what is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .board import Boards
from .core_image import CoreImage, Recorded
from .keys import mask_of
from .routing_table import RoutingTable
from .rows import Senders

SOURCE_CHIP, SOURCE_CORE = 0, 1
"""Where the keys of the inputs are sent from: a core of the chip that the host is joined to."""


class PlacedCore(NamedTuple):
    """An image on core `core` of chip `chip`, x + y * columns."""

    chip: int
    core: int
    image: CoreImage


class InputKeys(NamedTuple):
    """Input elements first .. first + size - 1 of the machine: element first + k sends key + (k << 4) + colour, of a
    block that one mask matches."""

    first: int
    size: int
    key: int
    mask: int


class OutputLines(NamedTuple):
    """The next output lines, one for each neuron of core number `core` of the configuration: its spikes or its v."""

    core: int
    variable: Recorded


class Origin(NamedTuple):
    """A block of keys and the chip that sends them."""

    key: int
    mask: int
    chip: int


@dataclass(frozen=True, kw_only=True, eq=False)
class SpinnakerConfiguration:
    """All that is loaded. cores: ordered by chip and core. inputs: ordered by `first`, without gaps."""

    boards: Boards
    cores: tuple[PlacedCore, ...]
    tables: Mapping[int, RoutingTable]
    inputs: tuple[InputKeys, ...]
    outputs: tuple[OutputLines, ...]

    @property
    def n_inputs(self) -> int:
        """Input elements."""
        return sum(block.size for block in self.inputs)


def own_mask(image: CoreImage) -> int:
    """What matches the keys that a core sends."""
    return mask_of(Senders(0, 0, 0, image.log_neurons + 4, image.n_neurons))


def origins(configuration: SpinnakerConfiguration) -> tuple[Origin, ...]:
    """List the blocks of keys that are sent: of the inputs, then of the cores that send, in their order."""
    sent = [Origin(block.key, block.mask, SOURCE_CHIP) for block in configuration.inputs]
    for chip, _, image in configuration.cores:
        if image.key is not None:
            sent.append(Origin(image.key, own_mask(image), chip))
    return tuple(sent)
