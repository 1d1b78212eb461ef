"""Chooses the width in which a chip stores weights, of those that it has."""

from __future__ import annotations

from collections.abc import Sequence

from ..sim.diagnostic import Diagnostic, note
from .options import Options

LEAST = 2
"""Bits: a weight of one bit has no sign beside its value."""


def stored_width(widths: Sequence[int], asked: int) -> int:
    """Choose the widest of `widths` up to `asked` bits, else the narrowest; `asked` where there is no choice."""
    return max((bits for bits in widths if bits <= asked), default=min(widths, default=asked))


def other_width(widths: Sequence[int], asked: int, title: str) -> tuple[Diagnostic, ...]:
    """A note SPK0522 where another width was asked for than any that the chip has."""
    bits = stored_width(widths, asked)
    if bits == asked or asked == Options().weight_bits:
        return ()
    return (note("SPK0522", f"weights take {bits} bits, not {asked}: {title} stores {listed(widths)}"),)


def listed(widths: Sequence[int]) -> str:
    """`2, 3, 4`."""
    return ", ".join(map(str, widths))
