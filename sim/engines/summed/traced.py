"""Follows an arithmetic through one step on names in place of numbers: the operations, in order.

What an arithmetic does must not depend on its numbers: a comparison gives a name too, which no `if` takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias


@dataclass(kw_only=True)
class Steps:
    """The operations so far, one assignment a line: `name = expression`, of Python that numba compiles."""

    lines: list[str] = field(default_factory=list)

    def assign(self, expression: str, *, truth: bool) -> Traced:
        """Name the value of an expression."""
        name = f"x{len(self.lines)}"
        self.lines.append(f"{name} = {expression}" if truth else f"{name} = i32({expression})")
        return Traced(steps=self, name=name, truth=truth)

    def named(self, name: str, *, truth: bool = False) -> Traced:
        """A value that has a name already."""
        return Traced(steps=self, name=name, truth=truth)


@dataclass(frozen=True, kw_only=True, eq=False)
class Traced:
    """A number that is not known yet. truth: whether it is the outcome of a comparison, else 32 bits."""

    steps: Steps
    name: str
    truth: bool

    def __bool__(self) -> NoReturn:
        raise TypeError("what an arithmetic does must not depend on its numbers: choose with `where`")

    def _of(self, form: str, other: Traced | int, *, truth: bool = False, turned: bool = False) -> Traced:
        a, b = number(self), number(other)
        return self.steps.assign(form.format(b, a) if turned else form.format(a, b), truth=truth)

    def _bits(self, sign: str, other: Traced | int) -> Traced:
        truth = self.truth and is_truth(other)
        a, b = (self.name, plain(other)) if truth else (number(self), number(other))
        return self.steps.assign(f"{a} {sign} {b}", truth=truth)

    def __add__(self, other: Traced | int) -> Traced:
        return self._of("{} + {}", other)

    def __sub__(self, other: Traced | int) -> Traced:
        return self._of("{} - {}", other)

    def __rsub__(self, other: Traced | int) -> Traced:
        return self._of("{} - {}", other, turned=True)

    def __mul__(self, other: Traced | int) -> Traced:
        return self._of("{} * {}", other)

    def __mod__(self, other: Traced | int) -> Traced:
        return self._of("{} % {}", other)

    def __floordiv__(self, other: Traced | int) -> Traced:
        return self._of("{} // {}", other)

    def __lshift__(self, other: Traced | int) -> Traced:
        return self._of("{} << {}", other)

    def __rlshift__(self, other: Traced | int) -> Traced:
        return self._of("{} << {}", other, turned=True)

    def __rshift__(self, other: Traced | int) -> Traced:
        return self._of("{} >> {}", other)

    def __and__(self, other: Traced | int) -> Traced:
        return self._bits("&", other)

    def __or__(self, other: Traced | int) -> Traced:
        return self._bits("|", other)

    def __xor__(self, other: Traced | int) -> Traced:
        return self._bits("^", other)

    __radd__, __rmul__, __rand__, __ror__, __rxor__ = __add__, __mul__, __and__, __or__, __xor__

    def __neg__(self) -> Traced:
        return self.steps.assign(f"-{number(self)}", truth=False)

    def __invert__(self) -> Traced:
        return self.steps.assign(f"not {self.name}" if self.truth else f"~{self.name}", truth=self.truth)

    def __lt__(self, other: Traced | int) -> Traced:
        return self._of("{} < {}", other, truth=True)

    def __le__(self, other: Traced | int) -> Traced:
        return self._of("{} <= {}", other, truth=True)

    def __gt__(self, other: Traced | int) -> Traced:
        return self._of("{} > {}", other, truth=True)

    def __ge__(self, other: Traced | int) -> Traced:
        return self._of("{} >= {}", other, truth=True)

    def __eq__(self, other: Traced | int) -> Traced:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._of("{} == {}", other, truth=True)

    def __ne__(self, other: Traced | int) -> Traced:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._of("{} != {}", other, truth=True)


Operand: TypeAlias = Traced | int


def is_truth(value: Operand) -> bool:
    """Whether a value is the outcome of a comparison, or True or False."""
    return value.truth if isinstance(value, Traced) else isinstance(value, bool)


def number(value: object) -> str:
    """Write a value as 32 bits. Raises TypeError for what is no integer."""
    if isinstance(value, Traced):
        return f"i32({value.name})" if value.truth else value.name
    if not isinstance(value, int):
        raise TypeError(f"an arithmetic computes with integers, not with {type(value).__name__}")
    return f"i32({int(value)})"


def plain(value: Operand) -> str:
    """Write a value as what it is."""
    if isinstance(value, Traced):
        return value.name
    return repr(value) if isinstance(value, bool) else number(value)


@dataclass(frozen=True)
class Tracing:
    """The array namespace of arithmetic that is followed: each function notes what it does, on one number."""

    steps: Steps

    int32 = int

    def _noted(self, form: str, *values: Operand) -> Traced:
        return self.steps.assign(form.format(*map(number, values)), truth=False)

    def minimum(self, a: Operand, b: Operand) -> Traced:
        """The smaller of two."""
        return self._noted("min({}, {})", a, b)

    def maximum(self, a: Operand, b: Operand) -> Traced:
        """The larger of two."""
        return self._noted("max({}, {})", a, b)

    def floor_divide(self, a: Operand, b: Operand) -> Traced:
        """Divide and round down."""
        return self._noted("{} // {}", a, b)

    def abs(self, a: Operand) -> Traced:
        """The magnitude; that of -2**31 is itself."""
        return self._noted("abs({})", a)

    def sign(self, a: Operand) -> Traced:
        """-1, 0 or 1."""
        return self._noted("1 if {0} > 0 else -1 if {0} < 0 else 0", a)

    def bitwise_and(self, a: Operand, b: Operand) -> Traced:
        """Bits that both have."""
        return self._noted("{} & {}", a, b)

    def where(self, condition: Operand, a: Operand, b: Operand) -> Traced:
        """The first where the condition holds, else the second."""
        truth = is_truth(a) and is_truth(b)
        write = plain if truth else number
        asked = plain(condition) if is_truth(condition) else f"{number(condition)} != 0"
        return self.steps.assign(f"({write(a)} if {asked} else {write(b)})", truth=truth)

    def asarray(self, a: Traced) -> Traced:
        """A number is what it is."""
        return a

    def broadcast_to(self, a: Traced, shape: tuple[int, ...]) -> Traced:
        """One number, whatever the shape."""
        return a

    def zeros(self, shape: tuple[int, ...], *, dtype: type) -> Traced:
        """One zero, whatever the shape."""
        return self._noted("{}", 0)
