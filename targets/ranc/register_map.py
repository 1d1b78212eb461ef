"""Maps the rows and packets of a grid of crossbar cores."""

from __future__ import annotations

from ..layout import Field
from ..register_map import RegisterMap, values_of, word
from .files import FILE
from .model import RancChip, address_bits
from .vectors import PACKETS

REMARK = "Memory images are text for $readmemb: a line a word, the highest bit first."


def register_map(chip: RancChip) -> RegisterMap:
    """Map the rows and packets of a chip."""
    row = (*reversed(chip.row()), Field("connected", chip.core.axons))
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark=REMARK,
        document=FILE,
        words=(
            word("neuron row", "csram_<core>.mem", row),
            word("axon", "tc_<core>.mem", (Field("type", address_bits(chip.core.types)),)),
            word("input packet", PACKETS, tuple(reversed(chip.packet()))),
        ),
        registers=(),
        values=tuple(values_of(chip)),
    )
