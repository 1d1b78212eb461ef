"""What the arithmetics of chips compute with: names for what has no common type.

Each arithmetic is written once, and runs in numpy, in JAX and, number by number, in numba.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

Array: TypeAlias = Any
"""Integers: an array of numpy, one of JAX that is being traced, or a single number under numba."""
Namespace: TypeAlias = Any
"""numpy, jax.numpy, or what stands for them on single numbers."""
Function: TypeAlias = Callable[..., Any]
"""A function of such, as it is or compiled."""


class SummedArithmetic(Protocol):
    """The neuron of chips that add up what arrives in a step: a module, or an object."""

    @property
    def STATES(self) -> tuple[str, ...]:
        """Names of the states that are recorded."""
        ...

    @property
    def Counters(self) -> Any:
        """The named tuple of what is counted: wraps, saturations and the like."""
        ...

    def initial(self, xp: Namespace, registers: Mapping[str, Array], shape: tuple[int, ...], /) -> Array:
        """Make the state before the first step; shape: (samples, neurons)."""
        ...

    def parameters(self, registers: Mapping[str, Array], /) -> Array:
        """Convert registers (name -> (neurons,) int32) to what `step` takes."""
        ...

    def step(
        self, xp: Namespace, parameters: Array, state: Array, arrived: Array, /
    ) -> tuple[Array, Array, Array]:
        """One step: state, spikes and counters, of the state before and the sums that arrived."""
        ...
