"""Maps the frames, registers and memory rows of PAICORE 2.5."""

from __future__ import annotations

from ..layout import Field
from ..register_map import RegisterMap, values_of, word
from .files import FILE, FRAMES
from .frames import FRAME, PACKAGE, VALUE
from .model import PaicoreChip
from .words import REGISTER_FIELDS, ROW_FIELDS_1, ROW_FIELDS_2, ROW_FIELDS_3

REMARK = (
    "Frames have 64 bits. A package is a frame that says how many words follow, and these. Registers are three words, "
    "the highest first; a memory row is two words, the lowest first. Offsets and copies (x, y, z, test_x ...) are five "
    "bits and a sign above them. Widths 0, 1, 2, 3 are 1, 2, 4, 8 bits."
)


def register_map(chip: PaicoreChip) -> RegisterMap:
    """Map the words of a chip."""
    entry = (Field("value", 8, signed=True), Field("threshold", 32, signed=True))
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark=REMARK,
        document=FILE,
        words=(
            word("frame", FRAMES, FRAME, 64),
            word("payload of a package", FRAMES, PACKAGE, 24),
            word("payload of a value", "input and output frames", VALUE, 24),
            word("registers", FRAMES, REGISTER_FIELDS, 192),
            word("first row of a record", FRAMES, ROW_FIELDS_1, 128),
            word("second row of a record", FRAMES, ROW_FIELDS_2, 128),
            word("row of a fold", FRAMES, ROW_FIELDS_3, 128),
            word("entry of the table", FRAMES, entry, 64),
        ),
        registers=(),
        values=tuple(values_of(chip)),
    )
