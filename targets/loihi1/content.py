"""Records of what the words of a Loihi 1 say, as plain arrays: cores, and the host's table of input axons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

COMPARTMENT_REGISTERS = ("decayU", "decayV", "refractDelay", "vth", "bias", "biasExp")
CORE_REGISTERS = ("negVmLimit", "posVmLimit")
FORMAT_REGISTERS = ("wgtExp", "wgtBits", "signMode", "dlyBits", "compression", "idxBits")
MIXED, EXCITATORY, INHIBITORY = 1, 2, 3
SPARSE, DENSE = 0, 3


@dataclass(frozen=True, kw_only=True)
class CoreContent:
    """One core. All arrays hold whole numbers, those of synapses in as few bits as will do.

    registers: COMPARTMENT_REGISTERS -> (n,). core_registers: CORE_REGISTERS -> value.
    formats: FORMAT_REGISTERS -> (F,); bit counts in bits. A dense format (compression
    3) stores consecutive compartments and no index (idxBits 0).
    axon_row, axon_base: (A,) the stored row of synapses of each input axon, and the compartment (0..255) that it
    counts from. row_format: (R,) row of `formats` of each stored row; every one has a synapse and an axon.
    synapse_row, synapse_offset, synapse_mantissa, synapse_delay: (K,); the offset counts compartments from the
    base of the axon, the mantissa from -256 to 255 on the grid of its format (see `grid_shift`), never 0.
    slot_compartment, slot_chip, slot_core, slot_axon: (S,) one spike message a row.
    """

    chip: int
    core: int
    registers: Mapping[str, np.ndarray]
    core_registers: Mapping[str, int]
    formats: Mapping[str, np.ndarray]
    row_format: np.ndarray
    axon_row: np.ndarray
    axon_base: np.ndarray
    synapse_row: np.ndarray
    synapse_offset: np.ndarray
    synapse_mantissa: np.ndarray
    synapse_delay: np.ndarray
    slot_compartment: np.ndarray
    slot_chip: np.ndarray
    slot_core: np.ndarray
    slot_axon: np.ndarray

    @property
    def n_compartments(self) -> int:
        """Number of compartments in use."""
        return int(self.registers["vth"].size)

    @property
    def n_axons(self) -> int:
        """Number of input axons in use."""
        return int(self.axon_row.size)


@dataclass(frozen=True, kw_only=True)
class InputRoutes:
    """(R,) int64 each: a spike of input element `element` goes to input axon `axon` of a core."""

    element: np.ndarray
    chip: np.ndarray
    core: np.ndarray
    axon: np.ndarray


@dataclass(frozen=True, kw_only=True)
class OutputReads:
    """(L,) int64 each: output line k is a compartment that the host reads in every step, its spikes (membrane 0) or its
    membrane (1)."""

    chip: np.ndarray
    core: np.ndarray
    compartment: np.ndarray
    membrane: np.ndarray


NO_READS = OutputReads(
    **{name: np.zeros(0, dtype=np.int64) for name in ("chip", "core", "compartment", "membrane")}
)


@dataclass(frozen=True, kw_only=True)
class Content:
    """A decoded configuration; cores sorted by (chip, core)."""

    cores: tuple[CoreContent, ...]
    n_inputs: int
    input_routes: InputRoutes
    output_reads: OutputReads = NO_READS


def grid_shift(weight_bits: np.ndarray, sign_mode: np.ndarray) -> np.ndarray:
    """s of the grid step 2**s of a mantissa: 8 - wgtBits, and one more where the sign takes a bit.

    Mixed weights of 8 bits are even; those of 1 bit are -256 or 0."""
    return 8 - weight_bits + (sign_mode == MIXED)
