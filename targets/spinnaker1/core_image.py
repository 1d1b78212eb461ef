"""Records what one core of a combined binary loads: its neurons, its population table and its rows of synapses.

All numbers are integers, as the words hold them. Arrays are read-only by agreement: a record is made once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

NeuronKind = Literal["IF_curr_exp", "IF_curr_delta"]
Recorded = Literal["v", "gsyn_exc", "gsyn_inh", "spikes"]

NO_BLOCK = -1
"""What an address of the population table points to that is there only to keep indices alike."""
N_SYNAPSE_TYPES = 2
COLOUR_BITS = 4
"""Lowest bits of a key, which carry the sender's tick: a late packet still lands in its slot."""

SHARED_PARAMETERS = (
    "v_init", "v_rest", "c_m", "tau_m", "i_offset", "v_reset", "t_refract", "refract_timer", "v_thresh",
    "input_exc", "input_inh",
)  # fmt: skip
PARAMETERS: Mapping[NeuronKind, tuple[str, ...]] = {
    "IF_curr_exp": (*SHARED_PARAMETERS, "tau_exc", "tau_inh"),
    "IF_curr_delta": SHARED_PARAMETERS,
}
"""Of each kind the numbers of a neuron. All are s16.15 (value * 2^15) but `refract_timer`, which counts ticks:
v_init, v_rest, v_reset, v_thresh in mV; c_m in nF; tau_m, tau_exc, tau_inh, t_refract in ms; i_offset in nA;
input_exc, input_inh: the synapses' state before the first tick."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PopulationTable:
    """Which rows a key reads; E entries with A addresses in all, ordered by key.

    key, mask: (E,) int64: an entry matches keys k with k & mask == key. core_mask, mask_shift: (E,) int64: bits of the
    key that say which core of the source population sends, (k >> mask_shift) & core_mask. n_neurons: (E,) int64 on
    each of those cores, but perhaps the last. A spike of neuron i on core c reads row c * n_neurons + i of a block.
    first: (E + 1,) int64: entry e has addresses first[e] .. first[e + 1] - 1. block: (A,) int64 of each address the
    block of rows it points to, or NO_BLOCK; several addresses may point to one block.
    """

    key: np.ndarray
    mask: np.ndarray
    core_mask: np.ndarray
    mask_shift: np.ndarray
    n_neurons: np.ndarray
    first: np.ndarray
    block: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class SynapticMatrix:
    """Rows of synaptic words, in B blocks with R rows and S words in all, in the order in which they lie in memory.

    row_length: (B,) int64, 1..256: words for which each row of a block has room. first_row: (B + 1,) int64: block b is
    rows first_row[b] .. first_row[b + 1] - 1. start: (R + 1,) int64: row r is words start[r] .. start[r + 1] - 1.
    words: (S,) uint32, see `synaptic_word`.
    """

    row_length: np.ndarray
    first_row: np.ndarray
    start: np.ndarray
    words: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class CoreImage:
    """One core of a combined binary, which runs N neurons and their synapses.

    kind: the vendor's binary. timer_period: microseconds between two ticks. time_step: ms of network time in a tick,
    s16.15. parameters: name of PARAMETERS[kind] -> (N,) int32.
    key: of neuron 0, without colour, or None where no spike is sent; neuron i sends key + (i << 4) + (tick & 15).
    shift: ring-buffer shifts of the excitatory and the inhibitory synapses; a weight w16 adds w16 << shift, s16.15.
    log_neurons: least power of two that holds N. log_delay_slots: of the ring; delays are 1 .. 2^log_delay_slots
    ticks. drop_late: whether packets of an earlier tick are dropped. input_buffer: packets that may wait.
    recorded: variables of all neurons that are recorded each tick, in the order v, gsyn_exc, gsyn_inh, spikes.
    recorded_ticks: for which memory is kept.
    """

    kind: NeuronKind
    timer_period: int
    time_step: int
    parameters: Mapping[str, np.ndarray]
    key: int | None
    shift: tuple[int, int]
    log_neurons: int
    log_delay_slots: int
    table: PopulationTable
    matrix: SynapticMatrix
    drop_late: bool = False
    input_buffer: int = 256
    recorded: tuple[Recorded, ...] = ()
    recorded_ticks: int = 0

    @property
    def n_neurons(self) -> int:
        """Neurons of the core."""
        return int(self.parameters["v_init"].size)
