"""Declares `AnyMachine`: what every machine says of itself, whatever it computes with."""

from __future__ import annotations

from typing import Protocol

from .exports import Exports


class AnyMachine(Protocol):
    """A configured chip as something that can be simulated.

    n_inputs: input elements that the host drives. n_neurons: of all cores. exports: its output lines."""

    @property
    def n_inputs(self) -> int:
        """Number of input elements."""
        ...

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        ...

    @property
    def exports(self) -> Exports:
        """What the machine lets out."""
        ...
