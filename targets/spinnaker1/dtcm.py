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
    values = sum(name in VALUES for name in core.recorded)
    table = core.table.key.size, core.table.block.size
    return bytes_of(core.kind, core.n_neurons, core.log_delay_slots, values, table)


def bytes_of(
    kind: NeuronKind, neurons: int, log_delay_slots: int, values: int, table: tuple[int, int]
) -> int:
    """The same of a core with so many neurons. values: how many variables of each are recorded, beside spikes. table:
    entries and addresses of its population table."""
    accumulators = 1 << ((neurons - 1).bit_length() + LOG_TYPES + log_delay_slots)
    entries, addresses = table
    words = ENTRY_WORDS * entries + addresses + values * neurons
    return FIXED_BYTES + NEURON_BYTES[kind] * neurons + RING_BYTES * accumulators + 4 * words
