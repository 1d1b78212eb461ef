"""Maps the words that the cores and routers of SpiNNaker 1 load."""

from __future__ import annotations

from ..layout import Field
from ..register_map import RegisterMap, values_of, word
from .core_image import COLOUR_BITS, PARAMETERS
from .files import FILE
from .model import SpinnakerChip
from .routing_table import MOST_ENTRIES
from .synaptic_word import LOG_TYPES, WEIGHT_BITS
from .table_words import CORE_MASK_BITS, COUNT_BITS, LENGTH_BITS, NEURON_BITS, START_BITS, WORD_BITS

PLACE_BITS = 32 - LENGTH_BITS
REMARK = (
    "The words are those of sPyNNaker 7.4.1. Of a synapse the widths of neuron and delay differ from core to core: the "
    "least that hold its neurons and delays; here they are the widest. A key is the core's, plus the neuron's number "
    f"shifted up by {COLOUR_BITS}, plus the tick modulo 16. Parameters are s16.15, but refract_timer, which counts "
    f"ticks. A routing table has at most {MOST_ENTRIES} entries."
)


def register_map(chip: SpinnakerChip) -> RegisterMap:
    """Map the words of a core's memory, of keys and of routes."""
    neuron_bits = (chip.core.neurons - 1).bit_length()
    delay_bits = (chip.core.delays - 1).bit_length() + 1
    core = "core_*.bin"
    synapse = (
        Field("neuron", neuron_bits),
        Field("inhibitory", LOG_TYPES),
        Field("delay", delay_bits),
        Field("unused", 32 - WEIGHT_BITS - neuron_bits - LOG_TYPES - delay_bits),
        Field("weight", WEIGHT_BITS),
    )
    entry = (
        Field("key", WORD_BITS),
        Field("mask", WORD_BITS),
        Field("start", START_BITS),
        Field("colour_bits", 16 - START_BITS),
        Field("count", COUNT_BITS),
        Field("core_mask", CORE_MASK_BITS),
        Field("mask_shift", 16),
        Field("neurons", NEURON_BITS),
        Field("words", NEURON_BITS),
    )
    address = (Field("row_length_less_1", LENGTH_BITS), Field("place", PLACE_BITS))
    parameters = tuple(Field(name, 32, name != "refract_timer") for name in PARAMETERS["IF_curr_exp"])
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark=REMARK,
        document=FILE,
        words=(
            word("synapse", f"{core}, synaptic matrix", tuple(field for field in synapse if field.bits)),
            word("populationTableEntry", f"{core}, population table", entry),
            word("address", f"{core}, population table", address),
            word("neuron", f"{core}, neuron parameters", parameters),
            word(
                "key", "packets", (Field("colour", COLOUR_BITS), Field("neuron_and_core", 32 - COLOUR_BITS))
            ),
        ),
        registers=(),
        values=tuple(values_of(chip)),
    )
