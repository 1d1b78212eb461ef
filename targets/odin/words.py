"""Converts an ODIN core to its memories and registers, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..layout import DecodeError, Field, WordType, pack, unpack
from ..machines.crossbar_events import EventCore, Learning
from . import neuron
from .model import Capacity
from .synapse_words import MOST, nibbles, synapse_words

LOW_HALF = WordType(
    "neuron, bits 63..0",
    (
        Field("lif", 1),
        Field("leak", 7),
        Field("leak_enable", 1),
        Field("threshold", 8),
        Field("calcium_enable", 1),
        Field("theta_membrane", 8),
        Field("theta1", 3),
        Field("theta2", 3),
        Field("theta3", 3),
        Field("calcium_leak", 5),
    ),
)
HIGH_HALF = WordType(
    "neuron, bits 127..64",
    (
        Field("reserved", 6),
        Field("v", 8),
        Field("calcium", 3),
        Field("calcium_count", 5),
        Field("unused", 41),
        Field("disable", 1),
    ),
)
EMPTY = ("reserved", "unused")
FIELDS = {f.name: f for f in (*LOW_HALF.fields, *HIGH_HALF.fields) if f.name not in ("lif", *EMPTY)}
NEURON_BYTES = 16
# the largest threshold, and a disabled neuron's spikes go nowhere
UNUSED = {**dict.fromkeys(FIELDS, 0), "threshold": 0xFF, "disable": 1}
SIGN_REGISTERS = tuple(f"syn_sign_{k}" for k in range(16))
REGISTERS = (
    "gate_activity", "open_loop", *SIGN_REGISTERS, "burst_timeref", "aer_src_ctrl", "out_aer_monitor_en",
    "monitor_neur_addr", "monitor_syn_addr", "update_unmapped_syn", "propagate_unmapped_syn", "sdsp_on_syn_stim",
)  # fmt: skip
_ZERO = ("burst_timeref", "out_aer_monitor_en", "monitor_neur_addr", "monitor_syn_addr")
_BITS = (
    "gate_activity",
    "open_loop",
    "aer_src_ctrl",
    "update_unmapped_syn",
    "propagate_unmapped_syn",
    "sdsp_on_syn_stim",
)


def neuron_words(core: EventCore) -> np.ndarray:
    """(N, 2) uint64, the lower half of each word first. Raises ValueError naming a field that does not fit."""
    zero, one = np.zeros(core.n_neurons, dtype=np.int64), np.ones(core.n_neurons, dtype=np.int64)
    values = {**core.params, **core.initial, "lif": one, **dict.fromkeys(EMPTY, zero)}
    halves = [pack(half, {f.name: values[f.name] for f in half.fields}) for half in (LOW_HALF, HIGH_HALF)]
    return np.stack(halves, axis=1)


def synapses(core: EventCore) -> np.ndarray:
    """Write the synapse memory: (R * N / 8,) uint64, 32 bits used."""
    return synapse_words(core.mapped.astype(np.int64) << 3 | core.weights.astype(np.int64))


def registers(core: EventCore) -> dict[str, int]:
    """List the registers as they are when the chip runs."""
    rows = np.zeros(MOST, dtype=np.bool_)
    rows[: core.n_rows] = core.inhibitory
    signs = rows.reshape(16, 16) @ (1 << np.arange(16))
    return {
        **dict.fromkeys(REGISTERS, 0),
        "open_loop": int(not core.closed_loop),
        **dict(zip(SIGN_REGISTERS, signs.tolist(), strict=True)),
        "aer_src_ctrl": int(core.report_rows),
        "update_unmapped_syn": int(core.learning.unmapped_learn),
        "propagate_unmapped_syn": int(core.learning.unmapped_deliver),
        "sdsp_on_syn_stim": int(core.learning.single_learn),
    }


def core(
    neurons: np.ndarray, synapse_memory: np.ndarray, values: Mapping[str, int], capacity: Capacity
) -> EventCore:
    """Decode (N, 2) neuron words, (R * N / 8,) synapse words and registers. Raises DecodeError."""
    fields = {
        **unpack(LOW_HALF, neurons[:, 0].astype(np.uint64), "neurons"),
        **unpack(HIGH_HALF, neurons[:, 1].astype(np.uint64), "neurons"),
    }
    for name in EMPTY:
        if fields[name].any():
            raise DecodeError("neurons", int(np.flatnonzero(fields[name])[0]), "reserved bits are set")
    if not fields["lif"].all():
        at = int(np.flatnonzero(fields["lif"] == 0)[0])
        raise DecodeError("neurons", at, "an Izhikevich neuron, which is not modelled")
    _check(values)
    nibbles_of_row = nibbles(synapse_memory, len(neurons))
    signs = np.array([values[name] for name in SIGN_REGISTERS], dtype=np.int64)
    inhibitory = (signs[:, None] >> np.arange(16) & 1).astype(np.bool_).ravel()
    if inhibitory[len(nibbles_of_row) :].any():
        raise DecodeError(
            "registers", -1, f"a sign for row {len(nibbles_of_row)} or a later one, of which there is none"
        )
    return EventCore(
        params={name: fields[name] for name in neuron.PARAMETERS},
        initial={name: fields[name] for name in neuron.STATES},
        weights=(nibbles_of_row & 7).astype(np.int8),
        inhibitory=inhibitory[: len(nibbles_of_row)],
        mapped=(nibbles_of_row >> 3).astype(np.bool_),
        last_neuron=len(neurons) - 1,
        closed_loop=values["open_loop"] == 0,
        queue=capacity.queue,
        report_rows=values["aer_src_ctrl"] == 1,
        learning=Learning(
            unmapped_learn=values["update_unmapped_syn"] == 1,
            unmapped_deliver=values["propagate_unmapped_syn"] == 1,
            single_learn=values["sdsp_on_syn_stim"] == 1,
        ),
    )


def _check(values: Mapping[str, int]) -> None:
    most = {**dict.fromkeys(SIGN_REGISTERS, 0xFFFF), **dict.fromkeys(_ZERO, 0), **dict.fromkeys(_BITS, 1)}
    for name in REGISTERS:
        if not 0 <= values[name] <= most[name]:
            raise DecodeError("registers", -1, f"{name} is {values[name]}, not in 0 .. {most[name]}")
