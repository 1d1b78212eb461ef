"""Maps the words and registers of ReckOn."""

from __future__ import annotations

from ..layout import Field
from ..register_map import Register, RegisterMap, values_of, word
from .files import FILE, LOAD
from .model import ReckonChip
from .spi import REGISTERS
from .words import NEURON_HIGH, NEURON_LOW

REMARK = (
    "Words are written over SPI in chunks of 32 bits: an address word, then its data, each MSB first. Neuron p of the "
    "map is the pair 2p and 2p + 1."
)


def register_map(chip: ReckonChip) -> RegisterMap:
    """Map the words and registers of a chip."""
    weights = tuple(Field(f"weight{k}", 8, signed=True) for k in range(16))
    address = (Field("address", 16), Field("words", 12), Field("target", 3), Field("read", 1))
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark=REMARK,
        document=FILE,
        words=(
            word("neurons", "neurons.mem", (*NEURON_LOW.fields, *NEURON_HIGH.fields), 128),
            word("weights", "weights_in.mem, weights_rec.mem, weights_out.mem", weights, 128),
            word("spi address", LOAD, address, 32),
        ),
        registers=tuple(Register(name, number) for name, number in REGISTERS.items()),
        values=tuple(values_of(chip)),
    )
