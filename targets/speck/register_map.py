"""Maps what is public of the registers: the attributes of the vendor's configuration object, and their ranges."""

from __future__ import annotations

from ..register_map import RegisterMap, values_of
from .attributes import FILE
from .model import SpeckChip

REMARK = (
    "No layout in bits is public: a configuration is a tree of attributes of the vendor's object, which the JSON "
    "Schema describes."
)


def register_map(chip: SpeckChip) -> RegisterMap:
    """Map the attributes of a chip."""
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark=REMARK,
        document=FILE,
        words=(),
        registers=(),
        values=tuple(values_of(chip)),
    )
