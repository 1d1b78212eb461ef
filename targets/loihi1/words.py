"""Word types of a Loihi 1 core and of the host's tables."""

from __future__ import annotations

import numpy as np

from ..layout import DecodeError, Field, WordType

COMPARTMENT_PROFILE = WordType(
    "cxProfileCfg", (Field("decayU", 12), Field("decayV", 12), Field("refractDelay", 6))
)
THRESHOLD_PROFILE = WordType("vthProfileCfg", (Field("vth", 17),))
COMPARTMENT = WordType(
    "cxCfg",
    (Field("bias", 13, signed=True), Field("biasExp", 3), Field("cxProfile", 5), Field("vthProfile", 3)),
)
DENDRITE = WordType("dendriteSharedCfg", (Field("posVmLimit", 3), Field("negVmLimit", 5)))
SYNAPSE_FORMAT = WordType(
    "synapseFmt",
    (
        Field("wgtExp", 4, signed=True),
        Field("wgtBits", 3),
        Field("dlyBits", 3),
        Field("tagBits", 2),
        Field("idxBits", 3),
        Field("compression", 2),
        Field("fanoutType", 2),
        Field("numSynapses", 6),
        Field("signMode", 2),
    ),
)
SYNAPSE_MAP = WordType("synapseMap", (Field("address", 14), Field("chunks", 14), Field("base", 8)))
SYNAPSE_WORD = WordType("synapseMem", (Field("low", 32), Field("high", 32)))
AXON_MAP = WordType("axonMap", (Field("first", 13), Field("count", 13)))
AXON = WordType("axonCfg", (Field("chip", 14), Field("core", 7), Field("axon", 12)))
INPUT_COUNT = WordType("inputCount", (Field("elements", 32),))
INPUT_ROUTE = WordType(
    "inputRoutes", (Field("element", 31), Field("chip", 14), Field("core", 7), Field("axon", 12))
)
OUTPUT_READ = WordType(
    "outputReads", (Field("chip", 14), Field("core", 7), Field("compartment", 13), Field("membrane", 1))
)

CORE_IMAGES = (
    COMPARTMENT_PROFILE,
    THRESHOLD_PROFILE,
    COMPARTMENT,
    DENDRITE,
    SYNAPSE_FORMAT,
    SYNAPSE_MAP,
    SYNAPSE_WORD,
    AXON_MAP,
    AXON,
)
HOST_IMAGES = (INPUT_COUNT, INPUT_ROUTE, OUTPUT_READ)

# Bits by register code (nengo-loihi 1.1.0, nxsdk_objects.py): 7 weight bits do not exist.
WEIGHT_BITS_OF_CODE = np.array([0, 1, 2, 3, 4, 5, 6, 8])
INDEX_BITS_OF_CODE = np.array([0, 6, 7, 8, 9, 10, 11, 12])
FANOUT_DISCRETE = 1
CHUNK = 64
MAX_DELAY_BITS, MAX_DELAY = 6, 62
MEMORY_WORDS, MEMORY_WORD_BITS = 16384, 64
MAX_FORMATS = 15  # a chunk names its format in four bits; word 0 holds none
MAX_BASE = 255
NEG_VM_LIMIT_MAX = 23


def code_of(bits: np.ndarray, table: np.ndarray, what: str) -> np.ndarray:
    """Look up the register code of each bit count; raises ValueError for a count that the register cannot say."""
    code = np.searchsorted(table, bits)
    wrong = np.flatnonzero(table[np.minimum(code, table.size - 1)] != bits)
    if wrong.size:
        raise ValueError(f"{what} = {bits[wrong[0]]} is not one of {table.tolist()}")
    return code


def refuse(image: str, wrong: np.ndarray, reason: str) -> None:
    """Raise DecodeError at the first word of `image` where `wrong` (n,) bool holds."""
    where = np.flatnonzero(wrong)
    if where.size:
        raise DecodeError(image, int(where[0]), reason)
