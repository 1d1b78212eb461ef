"""Encodes a core into the regions of its memory that the vendor's binary reads, and reads them back strictly."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from enum import IntEnum
from typing import get_args

import numpy as np

from ..layout import DecodeError
from .core_image import CoreImage, NeuronKind
from .matrix_words import decode_matrix, encode_matrix, places
from .neuron_words import (
    core_parameters,
    neuron_parameters,
    read_core_parameters,
    read_neuron_parameters,
    read_synapse_parameters,
    synapse_parameters,
)
from .recording_words import channels, read_recording, selection
from .synaptic_word import LOG_TYPES, RING_BITS, check_words
from .table_words import decode_table, encode_table

COMMAND_PORT = 3
"""SDP port at which the binary takes run times."""
PROVENANCE_BYTES = 112
SYSTEM_WORDS = 3


class Region(IntEnum):
    """Numbers of the regions of a combined core. Those that are not here belong to programs that are not loaded."""

    SYSTEM = 0
    CORE_PARAMETERS = 1
    NEURON_PARAMETERS = 2
    CURRENT_SOURCES = 3
    SYNAPSE_PARAMETERS = 4
    POPULATION_TABLE = 5
    SYNAPTIC_MATRIX = 6
    NEURON_RECORDING = 9
    PROVENANCE = 10
    PROFILER = 11
    BIT_FIELD_FILTER = 14
    RECORDING = 15
    INITIAL_VALUES = 16


NOTHING = np.zeros(1, dtype=np.uint32)
"""Of a region that begins with how many things it lists: none."""
EMPTY = (Region.PROVENANCE, Region.INITIAL_VALUES)
"""Regions that the binary writes."""


def application_word(kind: NeuronKind) -> int:
    """Name the binary as it checks it: the first 32 bits of the MD5 sum of its name."""
    return int(hashlib.md5(kind.encode(), usedforsecurity=False).hexdigest()[:8], 16)


KINDS: Mapping[int, NeuronKind] = {application_word(kind): kind for kind in get_args(NeuronKind)}


def encode_core(core: CoreImage) -> dict[Region, np.ndarray]:
    """Encode a core: region -> uint32 words, in the order of their numbers.

    Raises ValueError naming what has no room in its field."""
    words = (application_word(core.kind), core.timer_period, COMMAND_PORT)
    begins = places(core.matrix)[:-1]
    return {
        Region.SYSTEM: np.array(words, dtype=np.uint32),
        Region.CORE_PARAMETERS: core_parameters(core),
        Region.NEURON_PARAMETERS: neuron_parameters(core),
        Region.CURRENT_SOURCES: NOTHING,
        Region.SYNAPSE_PARAMETERS: synapse_parameters(core),
        Region.POPULATION_TABLE: encode_table(core.table, begins, core.matrix.row_length),
        Region.SYNAPTIC_MATRIX: encode_matrix(core.matrix),
        Region.NEURON_RECORDING: selection(core),
        Region.PROFILER: NOTHING,
        Region.BIT_FIELD_FILTER: NOTHING,
        Region.RECORDING: channels(core),
    }


def region_bytes(core: CoreImage) -> dict[Region, int]:
    """Count the bytes of every region, with those that the binary writes, in the order of their numbers."""
    sizes = {region: 4 * words.size for region, words in encode_core(core).items()}
    return _with_empty(sizes)


def _with_empty(sizes: Mapping[Region, int]) -> dict[Region, int]:
    known = {
        **sizes,
        Region.PROVENANCE: PROVENANCE_BYTES,
        Region.INITIAL_VALUES: sizes[Region.NEURON_PARAMETERS],
    }
    return {region: known[region] for region in Region}


def decode_core(regions: Mapping[int, np.ndarray]) -> CoreImage:
    """Read a core from region -> uint32 words. Nothing in them is trusted.

    Raises DecodeError naming the region and the word for anything that `encode_core` does not write."""
    wanted = {int(region) for region in Region if region not in EMPTY}
    if {*regions} != wanted:
        raise DecodeError("regions", -1, f"{sorted(regions)}; {sorted(wanted)} are expected")
    system = regions[Region.SYSTEM]
    if system.size != SYSTEM_WORDS or int(system[0]) not in KINDS:
        raise DecodeError(Region.SYSTEM.name.lower(), 0, "names no binary that is known")
    core = _core(regions, KINDS[int(system[0])], int(system[1]))
    try:
        written = encode_core(core)
    except (ValueError, OverflowError) as problem:
        raise DecodeError("regions", -1, str(problem)) from problem
    for region, words in written.items():
        _alike(region, regions[region], words)
    return core


def _core(regions: Mapping[int, np.ndarray], kind: NeuronKind, timer_period: int) -> CoreImage:
    head = read_core_parameters(regions[Region.CORE_PARAMETERS])
    ring = read_synapse_parameters(regions[Region.SYNAPSE_PARAMETERS])
    n = head.n_neurons
    if ring.log_neurons + LOG_TYPES + ring.log_delay_slots > RING_BITS or n > 1 << ring.log_neurons:
        text = f"{n} neurons with 2^{ring.log_neurons} places and 2^{ring.log_delay_slots} slots; 2^{RING_BITS} is most"
        raise DecodeError(Region.SYNAPSE_PARAMETERS.name.lower(), -1, text)
    parameters, time_step = read_neuron_parameters(regions[Region.NEURON_PARAMETERS], kind, n)
    table, addresses = decode_table(regions[Region.POPULATION_TABLE])
    matrix, block = decode_matrix(regions[Region.SYNAPTIC_MATRIX], addresses)
    check_words(matrix.words, n, ring.log_neurons, ring.log_delay_slots, Region.SYNAPTIC_MATRIX.name.lower())
    recorded, ticks = read_recording(regions[Region.NEURON_RECORDING], regions[Region.RECORDING], n)
    return CoreImage(
        kind=kind,
        timer_period=timer_period,
        time_step=time_step,
        parameters=parameters,
        key=head.key,
        shift=head.shift,
        log_neurons=ring.log_neurons,
        log_delay_slots=ring.log_delay_slots,
        table=replace(table, block=block),
        matrix=matrix,
        drop_late=ring.drop_late,
        input_buffer=ring.input_buffer,
        recorded=recorded,
        recorded_ticks=ticks,
    )


def _alike(region: Region, found: np.ndarray, written: np.ndarray) -> None:
    if found.size != written.size:
        text = f"{found.size} words; {written.size} are expected"
        raise DecodeError(region.name.lower(), -1, text)
    wrong = np.flatnonzero(found != written)
    if wrong.size:
        at = int(wrong[0])
        text = f"{int(found[at]):#x} where {int(written[at]):#x} is written"
        raise DecodeError(region.name.lower(), at, text)
