"""Maps the words of a Loihi 1."""

from __future__ import annotations

from ..layout import Field
from ..register_map import RegisterMap, of_word_type, values_of, word
from . import words as w
from .files import ARCHIVE, INDEX
from .model import LoihiChip

REMARK = (
    "Register names are NxSDK's; the order and the widths of fields are ours, since the chip's are not public. "
    "Behind the header of a chunk of synaptic memory each synapse has its index (sparse formats), weight and delay, "
    "the lowest bits first, in the widths of its format."
)


def register_map(chip: LoihiChip) -> RegisterMap:
    """Map the words of cores and of the host's tables."""
    header = (Field("format", 4), Field("count_less_1", 6))
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark=REMARK,
        document=INDEX,
        words=(
            *(of_word_type(kind, f"{ARCHIVE}, <chip>/<core>/{kind.name}") for kind in w.CORE_IMAGES),
            word("synapseChunk", f"{ARCHIVE}, where a chunk of synapseMem begins", header),
            *(of_word_type(kind, f"{ARCHIVE}, host/{kind.name}") for kind in w.HOST_IMAGES),
        ),
        registers=(),
        values=tuple(values_of(chip)),
    )
