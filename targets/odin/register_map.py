"""Maps the words, registers and events of ODIN and tinyODIN."""

from __future__ import annotations

from ..layout import WORD_BITS, Field
from ..register_map import Register, RegisterMap, Word, values_of, word
from . import words as odin_words
from .arithmetics import modules_of
from .files import FILE
from .model import OdinChip
from .spi import NEURON_BYTE, SYNAPSE_BYTE
from .synapse_words import SYNAPSES_PER_WORD
from .tinyodin import words as tiny_words

REMARK = "Words are written byte by byte over SPI: 20 bits of address, then 20 bits of data."


def register_map(chip: OdinChip) -> RegisterMap:
    """Map the words, registers and events of a chip."""
    words = {"odin": _odin, "tinyodin": _tinyodin}[chip.arithmetic]()
    command = (Field("command", 2), Field("write", 1))
    neuron_address = (Field("neuron", NEURON_BYTE), Field("byte", 16 - NEURON_BYTE), *command)
    synapse_address = (Field("word", SYNAPSE_BYTE), Field("byte", 2), Field("zero", 1), *command)
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark=REMARK,
        document=FILE,
        words=(
            *words,
            word("spi address of a neuron", "chip<n>_load.spi, command 1", neuron_address, 20),
            word("spi address of a synapse word", "chip<n>_load.spi, command 2", synapse_address, 20),
        ),
        registers=tuple(
            Register(name, number) for number, name in enumerate(modules_of(chip).words.REGISTERS)
        ),
        values=tuple(values_of(chip)),
    )


def _odin() -> tuple[Word, ...]:
    parts = [(Field(f"weight{k}", 3), Field(f"mapped{k}", 1)) for k in range(SYNAPSES_PER_WORD)]
    event = (Field("low", 8), Field("address", 8), Field("single", 1))
    low, high = odin_words.LOW_HALF.fields, odin_words.HIGH_HALF.fields
    neuron = (*low, Field("zero", WORD_BITS - sum(field.bits for field in low)), *high)
    return (
        word("neuron", "chip<n>_neurons.mem", neuron),
        word("synapses", "chip<n>_synapses.mem", [field for pair in parts for field in pair]),
        word("event", "chip<n>_stimulus.txt", event),
    )


def _tinyodin() -> tuple[Word, ...]:
    weights = [Field(f"weight{k}", 4, signed=True) for k in range(SYNAPSES_PER_WORD)]
    event = (Field("address", 8), Field("leak", 1), Field("virtual", 1))
    return (
        word("neuron", "chip<n>_neurons.mem", tiny_words.NEURON.fields),
        word("synapses", "chip<n>_synapses.mem", weights),
        word("event", "chip<n>_stimulus.txt", event),
    )
