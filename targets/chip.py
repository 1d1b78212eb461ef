"""What every chip declares, whatever its family."""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec

Range = tuple[int, int]


Positive = Annotated[int, msgspec.Meta(ge=1)]


class Latency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Steps from a spike's step to the step of the sum that it enters."""

    input_to_neuron: int
    neuron_to_neuron: int
    neuron_to_output: int


class Chip(Protocol):
    """What every target declares, whatever its family."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def family(self) -> str:
        """The name of the backend that compiles for it."""
        ...

    @property
    def latency(self) -> Latency: ...

    @property
    def input_counts(self) -> Range:
        """Events of one input element in one step, inclusive."""
        ...

    @property
    def max_delay(self) -> int:
        """Steps that a synapse can hold a spike back."""
        ...
