"""Maps what is public of the registers: the parameters of Lava's processes, and their ranges."""

from __future__ import annotations

from ..register_map import RegisterMap, values_of
from .bundle import GRAPH
from .model import Loihi2Chip

REMARK = (
    "No layout in bits is public: Lava's compiler for the chip takes processes and their parameters. `lava.json`, "
    "which the JSON Schema describes, lists them; their arrays are in `lava.npz`. With `--one-synapse`, a network that "
    "lava-dl's netx can hold is written as `network.net` instead."
)


def register_map(chip: Loihi2Chip) -> RegisterMap:
    """List the ranges of a chip."""
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark=REMARK,
        document=GRAPH,
        words=(),
        registers=(),
        values=tuple(values_of(chip)),
    )
