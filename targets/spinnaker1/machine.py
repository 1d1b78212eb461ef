"""Makes the machine that simulators run of the cores of a configuration, and of the keys that each of them hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..layout import DecodeError
from ..machines.exports import NOTHING, Exports
from ..machines.synapse_list import Machine
from ..machines.synapse_rows import NO_AXON, SynapseRows, narrow, narrowest
from .constants import derived
from .core_image import COLOUR_BITS, NO_BLOCK, PARAMETERS, CoreImage
from .synaptic_word import synapses_of

LOADED = (*PARAMETERS["IF_curr_exp"], "time_step", "jumps", "shift_exc", "shift_inh")
"""Registers of a neuron, those of a core for each of its neurons; `jumps` is 1 where the binary is IF_curr_delta."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Heard:
    """The keys that a core hears: (k,) int64 source of each, as a machine counts them, and the key without colour."""

    source: np.ndarray
    key: np.ndarray


def machine_of(
    cores: Sequence[CoreImage], heard: Sequence[Heard], n_inputs: int, exports: Exports = NOTHING
) -> Machine:
    """Make the machine. heard: of each core.

    Raises DecodeError where a key leads past the rows of its block, or a parameter is none of a neuron's."""
    sizes = [core.n_neurons for core in cores]
    loaded = registers(cores)
    return Machine(
        n_inputs=n_inputs,
        core=np.repeat(np.arange(len(sizes)), sizes),
        slot=_joined([np.arange(size) for size in sizes]),
        params=with_constants(loaded),
        synapses=_synapses(cores, heard),
        exports=exports,
        apart=True,
    )


def registers(cores: Sequence[CoreImage]) -> dict[str, np.ndarray]:
    """List what is loaded, LOADED -> (n,) int64 of the neurons of all cores."""

    def of(core: CoreImage, name: str) -> np.ndarray:
        whole = {
            "time_step": core.time_step,
            "jumps": int(core.kind == "IF_curr_delta"),
            "shift_exc": core.shift[0],
            "shift_inh": core.shift[1],
        }
        return (
            core.parameters[name] if name in core.parameters else np.full(core.n_neurons, whole.get(name, 0))
        )

    return {name: _joined([of(core, name) for core in cores]) for name in LOADED}


def with_constants(loaded: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Add what the cores compute of it. Raises DecodeError for times that are not above 0."""
    try:
        return loaded | derived(loaded)
    except ValueError as problem:
        raise DecodeError("neuron_parameters", -1, str(problem)) from problem


def rows_of(core: CoreImage, key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Look keys up in the population table of a core: (r,) int64 which key, and the row of the matrix that it reads;
    a key has as many as its entry has blocks, and none where no entry knows it.

    Raises DecodeError where a row is not one of its block's."""
    table, found = core.table, [np.zeros((2, 0), dtype=np.int64)]
    for e in range(table.key.size):
        which = np.flatnonzero((key & table.mask[e]) == table.key[e])
        own = key[which]
        sender = (own >> table.mask_shift[e]) & table.core_mask[e]
        within = own & ~(table.mask[e] | table.core_mask[e] << table.mask_shift[e])
        row = sender * table.n_neurons[e] + (within >> COLOUR_BITS)
        for block in table.block[int(table.first[e]) : int(table.first[e + 1])].tolist():
            if block == NO_BLOCK:
                continue
            first, end = core.matrix.first_row[block : block + 2].tolist()
            if which.size and int(row.max()) >= end - first:
                text = f"a key reads row {int(row.max())} of {end - first}"
                raise DecodeError("population_table", e, text)
            found.append(np.stack([which, first + row]))
    which, row = np.concatenate(found, axis=1)
    return which, row


def _synapses(cores: Sequence[CoreImage], heard: Sequence[Heard]) -> SynapseRows:
    """Rows of the cores' matrices, end to end, and the sources that read them."""
    source, row, base = ([np.zeros(0, dtype=np.int64)] for _ in range(3))
    start, offset, weight, delay = (
        [np.zeros(1, dtype=np.int64)],
        *([np.zeros(0, dtype=np.int64)] for _ in range(3)),
    )
    rows = synapses = neurons = 0
    for core, keys in zip(cores, heard, strict=True):
        which, read = rows_of(core, keys.key)
        filled = np.diff(core.matrix.start) > 0
        number = np.cumsum(filled) - 1
        there = filled[read]
        words = synapses_of(core)
        source.append(keys.source[which[there]])
        row.append(rows + number[read[there]])
        base.append(np.full(int(there.sum()), neurons))
        start.append(synapses + core.matrix.start[1:][filled])
        offset.append(words.post)
        weight.append(np.where(words.kind > 0, -words.weight, words.weight))
        delay.append(words.delay - 1)
        rows, synapses = rows + int(filled.sum()), synapses + words.post.size
        neurons += core.n_neurons
    axons = _joined(source)
    return SynapseRows(
        source=narrow(axons),
        row=narrow(_joined(row)),
        base=narrow(_joined(base)),
        axon=np.full(axons.size, NO_AXON, dtype=np.int32),
        start=_joined(start),
        offset=narrowest(_joined(offset)),
        weight=narrowest(_joined(weight)),
        delay=narrowest(_joined(delay)),
    ).by_source()


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.int64)


def keys_of(core: CoreImage) -> np.ndarray:
    """(n,) int64: the key that each neuron sends, without colour; of a core that sends none, none."""
    return (
        np.zeros(0, dtype=np.int64)
        if core.key is None
        else core.key + (np.arange(core.n_neurons) << COLOUR_BITS)
    )
