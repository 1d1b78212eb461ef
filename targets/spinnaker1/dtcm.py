"""Bounds the fast memory that a core's binary takes: what does not fit stops it when it starts.

Measured with the binaries of sPyNNaker 1!7.4.1 on emulated cores: the largest population table with which each of
sixteen cores starts, of both kinds, 8 to 256 neurons and 2 to 32 delay slots.
"""

from __future__ import annotations

from collections.abc import Mapping

from .core_image import CoreImage, NeuronKind
from .recording_words import VALUES
from .synaptic_word import LOG_TYPES
from .table_words import ENTRY_WORDS

DTCM_BYTES = 1 << 16
FIXED_BYTES = 10_240
"""Stack, buffers and variables, 9,904 at most in what was measured."""
NEURON_BYTES: Mapping[NeuronKind, int] = {"IF_curr_exp": 74, "IF_curr_delta": 62}
"""Parameters and states of a neuron, 72.5 and 60.5 at most in what was measured."""
RING_BYTES = 2
"""Of an accumulator of the ring buffers."""


def dtcm_bytes(core: CoreImage) -> int:
    """Bound the bytes of fast memory from above; a core with at most DTCM_BYTES starts."""
    accumulators = 1 << (core.log_neurons + LOG_TYPES + core.log_delay_slots)
    recorded = sum(4 * core.n_neurons for name in core.recorded if name in VALUES)
    table = 4 * ENTRY_WORDS * core.table.key.size + 4 * core.table.block.size
    neurons = NEURON_BYTES[core.kind] * core.n_neurons
    return FIXED_BYTES + neurons + RING_BYTES * accumulators + recorded + table
