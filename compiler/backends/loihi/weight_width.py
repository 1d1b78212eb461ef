"""Chooses the width in which a chip stores weights, of those that it has."""

from __future__ import annotations

from ....sim.diagnostic import Diagnostic, note
from ....targets.loihi1.model import LoihiChip
from ...options import Options

LEAST = 2
"""Bits: a weight of one bit has no sign beside its value."""


def stored_width(target: LoihiChip, asked: int) -> tuple[int, tuple[Diagnostic, ...]]:
    """Choose the widest width up to `asked` bits, else the narrowest that there is.

    A note SPK0522 says so where another width was asked for."""
    widths = [bits for bits in target.synapse.weight_bits if bits >= LEAST]
    bits = max((b for b in widths if b <= asked), default=min(widths))
    if bits == asked or asked == Options().weight_bits:
        return bits, ()
    listed = ", ".join(map(str, widths))
    return bits, (note("SPK0522", f"weights take {bits} bits, not {asked}: {target.title} stores {listed}"),)
