"""Converts a tinyODIN core to its memories and registers, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...layout import DecodeError, Field, WordType, pack, unpack
from ...machines.crossbar_events import EventCore
from ..model import Capacity
from ..synapse_words import nibbles, synapse_words

NEURON = WordType(
    "neuron", (Field("v", 12, True), Field("threshold", 12), Field("leak", 7), Field("disable", 1))
)
FIELDS = {field.name: field for field in NEURON.fields}
NEURON_BYTES = 4
UNUSED = {"threshold": 0xFFF, "leak": 0, "disable": 1, "v": 0}  # no state reaches that threshold
REGISTERS = ("gate_activity", "open_loop", "aer_src_ctrl", "max_neur")


def neuron_words(core: EventCore) -> np.ndarray:
    """(N,) uint64 of 32 bits, in the order of their neurons. Raises ValueError naming a field that does not fit."""
    return pack(NEURON, {**core.params, **core.initial})


def synapses(core: EventCore) -> np.ndarray:
    """(R * N / 8,) uint64 of 32 bits."""
    return synapse_words(core.weights.astype(np.int64) & 15)


def registers(core: EventCore) -> dict[str, int]:
    """As they are when the chip runs."""
    return {
        "gate_activity": 0,
        "open_loop": int(not core.closed_loop),
        "aer_src_ctrl": int(core.report_rows),
        "max_neur": core.last_neuron,
    }


def core(
    neurons: np.ndarray, synapse_memory: np.ndarray, values: Mapping[str, int], capacity: Capacity
) -> EventCore:
    """What (N,) neuron words, (R * N / 8,) synapse words and registers mean. Raises DecodeError."""
    fields = unpack(NEURON, neurons.astype(np.uint64), "neurons")
    nibbles_of_row = nibbles(synapse_memory, neurons.size)
    if not 0 <= values["max_neur"] < neurons.size or any(
        values[name] not in (0, 1) for name in REGISTERS[:3]
    ):
        raise DecodeError("registers", -1, "a value that the register does not hold")
    return EventCore(
        params={name: fields[name] for name in ("threshold", "leak", "disable")},
        initial={"v": fields["v"]},
        weights=((nibbles_of_row + 8 & 15) - 8).astype(np.int8),
        inhibitory=np.zeros(len(nibbles_of_row), dtype=np.bool_),
        mapped=np.ones(nibbles_of_row.shape, dtype=np.bool_),
        last_neuron=values["max_neur"],
        closed_loop=values["open_loop"] == 0,
        queue=capacity.queue,
        report_rows=values["aer_src_ctrl"] == 1,
    )
