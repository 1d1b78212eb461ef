"""Computes the frames that a core sends after a step, and what the host sees of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .addresses import hears, sent_to
from .configuration import Core
from .frames import FRAME, PAYLOAD_BITS, SLOT_BITS, Route, data_frames
from .memory import neurons_of
from .routes import HOST
from .weight_words import bits_of

BYTE_STEPS = np.arange(4)


@dataclass(frozen=True, kw_only=True)
class Sender:
    """What the neurons of a core send. record: (N,) int64 record of each. address: (N,) int64, relative to the slot of
    the step. to_host: (N,) bool."""

    core: Core
    record: np.ndarray
    address: np.ndarray
    to_host: np.ndarray


def sender(core: Core) -> Sender:
    """Lay out what a core sends."""
    number = np.repeat(np.arange(core.records.size), neurons_of(core.records))
    return Sender(core=core, record=number, address=sent_to(core), to_host=hears(core, HOST)[number])


def sent_frames(own: Sender, k: int, out: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frames that a core sends after its own step k, neurons ascending: (F,) uint64, and (F,) bool which the host
    sees.

    out, shown: (N,) integers, what each neuron's comparison and potential are."""
    core = own.core
    records = core.records[own.record]
    potential = records["output_type"] == 1
    sends = potential | (out != 0) | bool(core.registers["zero_output"])
    count = np.where(potential, BYTE_STEPS.size, 1) * sends
    neuron = np.repeat(np.arange(own.record.size), count)
    byte = np.arange(neuron.size) - np.repeat(np.cumsum(count) - count, count)
    slot = k << core.registers["target_lcn"]
    address = own.address[neuron] + slot * SLOT_BITS + 8 * byte
    mask = (1 << bits_of(core.registers["output_width"])) - 1
    of_potential = shown[neuron].astype(np.int64) >> 8 * byte & 255
    value = np.where(potential[neuron], of_potential, out[neuron].astype(np.int64) & mask)
    route = {name: records[name][neuron] for name in Route._fields}
    made = np.zeros(neuron.size, dtype=np.uint64)
    for kind in (False, True):
        which = potential[neuron] == kind
        given = {name: values[which] for name, values in route.items()}
        made[which] = data_frames(given, address[which], value[which], potential=kind)
    return made, own.to_host[neuron]


def at_host(frames: np.ndarray) -> np.ndarray:
    """What the host sees of frames, (F,) uint64: they arrive without their route."""
    head = sum(field.bits for field in FRAME) - 4
    return (frames >> np.uint64(head) << np.uint64(head)) | (frames & np.uint64((1 << PAYLOAD_BITS) - 1))
