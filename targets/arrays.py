"""Types of what the arithmetics of chips compute with.

Each arithmetic is written once, and runs in numpy, in JAX and, number by number, in numba.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, Self, TypeVar

import numpy as np


class Integers(Protocol):
    """Integers: an array of numpy, one of JAX that is being traced, or a single number under numba.

    Comparisons give 0 or 1 of the same kind."""

    def __add__(self, other: Self | int, /) -> Self: ...
    def __radd__(self, other: int, /) -> Self: ...
    def __sub__(self, other: Self | int, /) -> Self: ...
    def __rsub__(self, other: int, /) -> Self: ...
    def __mul__(self, other: Self | int, /) -> Self: ...
    def __rmul__(self, other: int, /) -> Self: ...
    def __mod__(self, other: int, /) -> Self: ...
    def __neg__(self) -> Self: ...
    def __invert__(self) -> Self: ...
    def __lshift__(self, other: Self | int, /) -> Self: ...
    def __rlshift__(self, other: int, /) -> Self: ...
    def __rshift__(self, other: Self | int, /) -> Self: ...
    def __and__(self, other: Self | int, /) -> Self: ...
    def __rand__(self, other: int, /) -> Self: ...
    def __or__(self, other: Self | int, /) -> Self: ...
    def __xor__(self, other: Self | int, /) -> Self: ...
    def __lt__(self, other: Self | int, /) -> Self: ...
    def __le__(self, other: Self | int, /) -> Self: ...
    def __gt__(self, other: Self | int, /) -> Self: ...
    def __ge__(self, other: Self | int, /) -> Self: ...


V = TypeVar("V", bound=Integers)
"""The kind of integers that an arithmetic is run with."""
V_co = TypeVar("V_co", bound=Integers, covariant=True)
F = TypeVar("F", bound=Callable[..., object])


class Rows(Protocol[V_co]):
    """Parameters, or states, of neurons: row k is of the k-th name."""

    def __getitem__(self, index: int, /) -> V_co: ...


class Compiler(Protocol):
    """Wraps a function of integers: compiles it, or leaves it as it is."""

    def __call__(self, function: F, /) -> F: ...


def as_it_is(function: F) -> F:
    """Return the function: for arithmetic that is not compiled."""
    return function


class Operations(Protocol[V]):
    """What numpy, jax.numpy and compiled code on single numbers all have."""

    @property
    def minimum(self) -> Callable[[V | int, V | int], V]:
        """The smaller of two."""
        ...

    @property
    def maximum(self) -> Callable[[V | int, V | int], V]:
        """The larger of two."""
        ...

    @property
    def floor_divide(self) -> Callable[[V, V], V]:
        """Divide and round down."""
        ...


class Namespace(Operations[V], Protocol[V]):
    """numpy or jax.numpy, as far as arithmetics of arrays take it."""

    @property
    def int32(self) -> type:
        """The type of 32-bit integers."""
        ...

    @property
    def abs(self) -> Callable[[V], V]:
        """The magnitude."""
        ...

    @property
    def sign(self) -> Callable[[V], V]:
        """-1, 0 or 1."""
        ...

    @property
    def bitwise_and(self) -> Callable[[V, V | int], V]:
        """Bits that both have."""
        ...

    @property
    def where(self) -> Callable[[V | bool, V | int, V | int], V]:
        """Choose by condition: where it holds the first, else the second."""
        ...

    @property
    def asarray(self) -> Callable[[V], V]:
        """Convert to an array of this kind."""
        ...

    @property
    def broadcast_to(self) -> Callable[[V, tuple[int, ...]], V]:
        """Repeat along new axes, to a shape."""
        ...

    def zeros(self, shape: tuple[int, ...], *, dtype: type) -> V:
        """Make an array of zeros."""
        ...


NUMPY: Namespace[np.ndarray] = np


class SummedArithmetic(Protocol):
    """The neuron of chips that add up what arrives in a step: a module, or an object that can be hashed.

    Parameters, states and counters are named tuples of arrays, each arithmetic's own."""

    @property
    def STATES(self) -> tuple[str, ...]:
        """Names of the states that are recorded."""
        ...

    @property
    def Counters(self) -> type[NamedTuple]:
        """The named tuple of what is counted: wraps, saturations and the like."""
        ...

    def initial(self, xp: Namespace[V], registers: Mapping[str, V], shape: tuple[int, ...], /) -> Any:
        """Make the state before the first step; shape: (samples, neurons)."""
        ...

    def parameters(self, registers: Mapping[str, V], /) -> Any:
        """Convert registers (name -> (neurons,) int32) to what `step` takes."""
        ...

    def step(self, xp: Namespace[V], parameters: Any, state: Any, arrived: Any, /) -> tuple[Any, V, Any]:
        """Compute one step: state, spikes and counters, of the state before and the sum that arrived at each neuron (of
        a machine whose signs are added up apart the two sums)."""
        ...
