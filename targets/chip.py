"""Declares `Chip`, what the description of every chip has, whatever its family."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

import msgspec

from .construct_offers import ConstructOffers
from .dialect_rules import DialectRules

MOST = (1 << 31) - 1
Integer = Annotated[int, msgspec.Meta(ge=-MOST - 1, le=MOST)]
Natural = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
Range = tuple[Integer, Integer]
Clocks = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Picojoules = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
_LINE = "a text of one line in ASCII, 1 to"
_SIGNS = "letters, digits, `_`, `.` and `-`, 1 to 63, the first a letter or a digit"
Source = Annotated[str, msgspec.Meta(pattern=r"^[ -~]{1,200}$", description=f"{_LINE} 200 characters")]
# Names go into file names and reports, titles into terminals.
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", description=_SIGNS)]
Title = Annotated[str, msgspec.Meta(pattern=r"^[ -~]{1,80}$", description=f"{_LINE} 80 characters")]
Identifier = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$",
        description="letters, digits and `_`, 1 to 63, the first no digit",
    ),
]


class Latency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Steps from a spike's step to the step of the sum that it enters, for each kind of edge."""

    input_to_neuron: Natural
    neuron_to_neuron: Natural
    neuron_to_output: Natural


class Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cores of a chip are a mesh of `rows`, numbered row by row; chips lie side by side."""

    cores_per_chip: Positive
    rows: Positive
    chips: Positive


class Energy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What operations take, as it was published: there is such a table only where somebody published it.

    source: where the figures can be read, and of what they were taken. synaptic_operation_pj: of a weight that a spike
    brings to a neuron. neuron_update_pj: of a neuron in a step; None where that is not told apart."""

    source: Source
    synaptic_operation_pj: Picojoules
    neuron_update_pj: Picojoules | None = None


class Chip(Protocol):
    """The description of a chip, as its toml declares it: what is common to all families."""

    @property
    def name(self) -> str:
        """Its name, as files and options say it."""
        ...

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def family(self) -> str:
        """The name of the backend that compiles for it."""
        ...

    @property
    def dialect(self) -> DialectRules:
        """What its neurons make of each field of a reading."""
        ...

    @property
    def constructs(self) -> ConstructOffers:
        """What its neurons have of which others can be made."""
        ...

    @property
    def latency(self) -> Latency:
        """Steps from a spike to the sums that it enters."""
        ...

    @property
    def energy(self) -> Energy | None:
        """What operations take, where figures are public."""
        ...

    @property
    def input_counts(self) -> Range:
        """Events of one input element in one step, inclusive."""
        ...

    @property
    def max_delay(self) -> int:
        """Steps that a synapse can hold a spike back."""
        ...

    @property
    def always_run(self) -> int:
        """Neurons of a core that compute whether or not the network has them."""
        ...

    @property
    def sums_apart(self) -> bool:
        """Whether positive and negative weights are added up in registers of their own."""
        ...


class MeshChip(Chip, Protocol):
    """A chip whose cores are a mesh."""

    @property
    def grid(self) -> Grid:
        """How its cores lie."""
        ...

    @property
    def cores(self) -> int:
        """Of all chips of the board."""
        ...


class ChipRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chip as its toml describes it; the record of a family adds what its chips have besides.

    The record of a family is tagged with its name: `tag_field="family", tag="..."`."""

    name: Name
    title: Title
    schema_version: Literal[1]
    dialect: DialectRules
    latency: Latency
    constructs: ConstructOffers = ConstructOffers()
    energy: Energy | None = None

    @property
    def family(self) -> str:
        """The name of its family: the tag of its record."""
        return str(self.__struct_config__.tag)

    @property
    def input_counts(self) -> Range:
        """An input element spikes or does not."""
        return 0, 1

    @property
    def max_delay(self) -> int:
        """Nothing is held back."""
        return 0

    @property
    def always_run(self) -> int:
        """A core computes what is configured."""
        return 0

    @property
    def sums_apart(self) -> bool:
        """All weights are added up together."""
        return False
