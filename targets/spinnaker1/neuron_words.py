"""Encodes what a core says of its neurons: core parameters, neuron parameters, ring buffers; and reads it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..layout import DecodeError
from .core_image import COLOUR_BITS, N_SYNAPSE_TYPES, PARAMETERS, CoreImage, NeuronKind
from .synaptic_word import LOG_TYPES

CORE_PARAMETERS = "core_parameters"
NEURON_PARAMETERS = "neuron_parameters"
SYNAPSE_PARAMETERS = "synapse_parameters"
STEPS_PER_TICK = 1
NO_COLUMN = ""
"""A word of a neuron that holds the time step, which all neurons of a core share."""

MEMBRANE = (
    "v_init", "v_rest", "c_m", "tau_m", "i_offset", "v_reset", "t_refract", "refract_timer", NO_COLUMN,
)  # fmt: skip
LAYOUT: Mapping[NeuronKind, tuple[tuple[str, ...], ...]] = {
    "IF_curr_exp": (
        MEMBRANE,
        ("v_thresh",),
        ("tau_exc", "input_exc", "tau_inh", "input_inh", NO_COLUMN),
    ),
    "IF_curr_delta": (MEMBRANE, (NO_COLUMN,), ("v_thresh",), ("input_exc", "input_inh")),
}
"""Of each kind the structures of its neurons, one after the other; of a structure the words of a neuron."""


class CoreParameters(NamedTuple):
    """What the core parameters say. peak: the power of two that holds the neurons."""

    n_neurons: int
    peak: int
    key: int | None
    shift: tuple[int, int]


class SynapseParameters(NamedTuple):
    """What the synapse parameters say."""

    n_neurons: int
    log_neurons: int
    log_delay_slots: int
    drop_late: bool
    input_buffer: int
    shift: tuple[int, int]


def core_parameters(core: CoreImage) -> np.ndarray:
    """Encode whether the core sends, its size, its ring-buffer shifts and the key of each neuron: (7 + N,) uint32."""
    n = core.n_neurons
    keys = np.zeros(n, dtype=np.int64) if core.key is None else core.key + (np.arange(n) << COLOUR_BITS)
    head = (core.key is not None, n, 1 << core.log_neurons, COLOUR_BITS, N_SYNAPSE_TYPES, *core.shift)
    return np.concatenate([np.array(head, dtype=np.int64), keys]).astype(np.uint32)


def read_core_parameters(words: np.ndarray) -> CoreParameters:
    """Read them. Raises DecodeError for another number of words than of neurons."""
    if words.size < 8 or words.size != 7 + int(words[1]):
        raise DecodeError(CORE_PARAMETERS, -1, f"{words.size} words; 7 and one a neuron are expected")
    sends, n, peak, _, _, *rest = (int(word) for word in words[:8])
    return CoreParameters(n, peak, rest[2] if sends else None, (rest[0], rest[1]))


def neuron_parameters(core: CoreImage) -> np.ndarray:
    """Encode the parameters of the neurons, structure by structure, neuron by neuron: uint32."""
    parts = [np.array([STEPS_PER_TICK], dtype=np.uint32)]
    shared = np.full(core.n_neurons, core.time_step, dtype=np.int32)
    for structure in LAYOUT[core.kind]:
        columns = [shared if name == NO_COLUMN else core.parameters[name] for name in structure]
        parts.append(np.stack(columns, axis=1).astype(np.int32).view(np.uint32).ravel())
    return np.concatenate(parts)


def read_neuron_parameters(words: np.ndarray, kind: NeuronKind, n: int) -> tuple[dict[str, np.ndarray], int]:
    """Read the parameters, name -> (n,) int32, and the time step. Raises DecodeError for another number of words."""
    expected = 1 + n * sum(len(structure) for structure in LAYOUT[kind])
    if words.size != expected:
        raise DecodeError(NEURON_PARAMETERS, -1, f"{words.size} words; {expected} are expected")
    found: dict[str, np.ndarray] = {}
    at = 1
    for structure in LAYOUT[kind]:
        rows = words[at : at + n * len(structure)].view(np.int32).reshape(n, len(structure))
        found |= {name: rows[:, k].copy() for k, name in enumerate(structure)}
        at += rows.size
    time_step = int(found.pop(NO_COLUMN)[0])
    return {name: found[name] for name in PARAMETERS[kind]}, time_step


def synapse_parameters(core: CoreImage) -> np.ndarray:
    """Encode the sizes of the ring buffers and what becomes of packets: (9,) uint32."""
    words = (
        core.n_neurons, N_SYNAPSE_TYPES, core.log_neurons, LOG_TYPES, core.log_delay_slots, core.drop_late,
        core.input_buffer, *core.shift,
    )  # fmt: skip
    return np.array(words, dtype=np.uint32)


def read_synapse_parameters(words: np.ndarray) -> SynapseParameters:
    """Read them. Raises DecodeError for another number of words."""
    if words.size != 9:
        raise DecodeError(SYNAPSE_PARAMETERS, -1, f"{words.size} words; 9 are expected")
    n, _, log_neurons, _, log_slots, late, buffer, *shift = (int(word) for word in words)
    return SynapseParameters(n, log_neurons, log_slots, bool(late), buffer, (shift[0], shift[1]))
