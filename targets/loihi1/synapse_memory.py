"""Synapses <-> synaptic memory: formats, axons and chunks of up to 64 synapses.

A chunk is a 10 bit header (4 bit format, 6 bit count - 1), then for each synapse its index (sparse formats
only), weight and delay, lowest bits first; it ends on a 64 bit boundary, filled up with zeros. Sizes are
those of nengo-loihi 1.1.0, block.py (SynapseConfig.bits_per_axon).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..layout import DecodeError, pack, require_range, unpack
from . import words as w
from .content import DENSE, EXCITATORY, FORMAT_REGISTERS, INHIBITORY, MIXED, SPARSE, CoreContent, grid_shift

HEADER_BITS = 10
ONE = np.uint64(1)


@dataclass(frozen=True, kw_only=True)
class Synapses:
    """The part of a core's content that its synaptic memory holds; fields as in `CoreContent`."""

    formats: Mapping[str, np.ndarray]
    axon_format: np.ndarray
    synapse_axon: np.ndarray
    synapse_compartment: np.ndarray
    synapse_mantissa: np.ndarray
    synapse_delay: np.ndarray


def chunked_words(count: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Words of an axon of `count` stored synapses of `bits` bits each."""
    rest = count % w.CHUNK
    tail = np.where(rest > 0, _chunk_words(rest, bits), 0)
    return count // w.CHUNK * _chunk_words(np.full_like(count, w.CHUNK), bits) + tail


def encode_synapses(core: CoreContent) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Words of synapseFmt, synapseMap and synapseMem. Raises ValueError naming what does not fit.

    The format table is sorted and holds each used format once, from word 1 on; axons follow each other."""
    order = np.lexsort(
        (core.synapse_mantissa, core.synapse_delay, core.synapse_compartment, core.synapse_axon)
    )
    axon, compartment = core.synapse_axon[order], core.synapse_compartment[order]
    require_range("synapse axon", axon, 0, core.n_axons - 1)
    require_range("synapse compartment", compartment, 0, core.n_compartments - 1)
    count = np.bincount(axon, minlength=core.n_axons)
    if np.any(count == 0):
        raise ValueError(f"input axon {np.flatnonzero(count == 0)[0]} has no synapse")
    require_range("axon format", core.axon_format, 0, core.formats["wgtExp"].size - 1)
    rows = np.stack([core.formats[name] for name in FORMAT_REGISTERS], axis=1)[core.axon_format]
    table, axon_row = np.unique(rows, axis=0, return_inverse=True)
    formats: dict[str, np.ndarray] = {name: table[:, i] for i, name in enumerate(FORMAT_REGISTERS)}
    axon_row = axon_row.reshape(-1)
    format_words, index = _format_words(formats), formats["idxBits"]
    first = np.cumsum(count) - count
    rank = np.arange(axon.size) - first[axon]
    dense = (formats["compression"] == DENSE)[axon_row]
    base = np.where(dense, compartment[first], 0) if axon.size else count
    position = np.where(dense[axon], compartment - base[axon], rank)
    if np.any((np.diff(axon) == 0) & (np.diff(position) == 0)):
        raise ValueError("two synapses of an axon on one compartment in a dense format")
    stored = np.where(dense, compartment[first + count - 1] - base + 1, count) if axon.size else count

    row = axon_row[axon]
    if np.any(~dense[axon] & (compartment >> index[row] != 0)):
        raise ValueError("a compartment does not fit into the index bits of its format")
    per_format = {name: values[row] for name, values in formats.items()}
    weight = _stored_weight(core.synapse_mantissa[order], per_format["wgtBits"], per_format["signMode"])
    delay = core.synapse_delay[order]
    if np.any((delay < 0) | (delay >> per_format["dlyBits"] != 0)):
        raise ValueError("a delay does not fit into the delay bits of its format")
    value = np.where(dense[axon], 0, compartment) | weight << index[row]
    value |= delay << (index + formats["wgtBits"])[row]

    bits = index + formats["wgtBits"] + formats["dlyBits"]
    address, memory = _write_chunks(axon, position, value, stored, bits[axon_row], axon_row + 1)
    where = {"address": address, "chunks": -(-stored // w.CHUNK), "base": base}
    return format_words, pack(w.SYNAPSE_MAP, where), memory


def _write_chunks(
    axon: np.ndarray,
    position: np.ndarray,
    value: np.ndarray,
    stored: np.ndarray,
    bits: np.ndarray,
    fmt: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Address of each axon (A,) and the memory. stored, bits, fmt: (A,) synapses, their bits, format."""
    sizes = chunked_words(stored, bits)
    address = np.cumsum(sizes) - sizes
    if int(sizes.sum()) > w.MEMORY_WORDS:
        raise ValueError(f"{int(sizes.sum())} words of synaptic memory; a core has {w.MEMORY_WORDS}")
    memory = np.zeros(int(sizes.sum()), dtype=np.uint64)
    full = _chunk_words(np.full_like(bits, w.CHUNK), bits)
    chunks = -(-stored // w.CHUNK)
    of_axon = np.repeat(np.arange(stored.size), chunks)
    ordinal = np.arange(of_axon.size) - (np.cumsum(chunks) - chunks)[of_axon]
    size = np.minimum(stored[of_axon] - ordinal * w.CHUNK, w.CHUNK)
    header = fmt[of_axon] | (size - 1) << 4
    memory[address[of_axon] + ordinal * full[of_axon]] = header.astype(np.uint64)
    start = address[axon] + position // w.CHUNK * full[axon]
    _put_bits(memory, start * 64 + HEADER_BITS + position % w.CHUNK * bits[axon], value)
    return address, memory


def decode_synapses(
    prefix: str, format_words: np.ndarray, map_words: np.ndarray, memory: np.ndarray, n_compartments: int
) -> Synapses:
    """The inverse; `prefix` is the start of the image names. Raises DecodeError for words not ours."""
    formats = _read_formats(prefix + w.SYNAPSE_FORMAT.name, format_words)
    index = formats["idxBits"]
    where = unpack(w.SYNAPSE_MAP, map_words, prefix + w.SYNAPSE_MAP.name)
    bits = index + formats["wgtBits"] + formats["dlyBits"]
    image = prefix + w.SYNAPSE_WORD.name
    axon, start, fmt, size = _find_chunks(image, prefix + w.SYNAPSE_MAP.name, where, memory, bits)
    axon_format = np.zeros(where["address"].size, dtype=np.int64)
    axon_format[axon] = fmt
    mixed = np.flatnonzero(axon_format[axon] != fmt)
    if mixed.size:
        raise DecodeError(image, int(start[mixed[0]]), "an axon's chunks have different formats")

    chunk = np.repeat(np.arange(axon.size), size)
    within = np.arange(chunk.size) - (np.cumsum(size) - size)[chunk]
    of_axon, row = axon[chunk], fmt[chunk]
    value = _get_bits(memory, start[chunk] * 64 + HEADER_BITS + within * bits[row], bits[row])
    stored = np.bincount(axon, weights=size, minlength=axon_format.size).astype(np.int64)
    position = np.arange(chunk.size) - (np.cumsum(stored) - stored)[of_axon]
    dense = (formats["compression"] == DENSE)[row]
    compartment = where["base"][of_axon] + np.where(dense, position, value & ((1 << index[row]) - 1))
    outside = np.flatnonzero(compartment >= n_compartments)
    if outside.size:
        at = int(outside[0])
        reason = f"axon {of_axon[at]}: a synapse onto compartment {compartment[at]} of {n_compartments}"
        raise DecodeError(image, int(start[chunk[at]]), reason)
    raw = value >> index[row] & ((1 << formats["wgtBits"][row]) - 1)
    mantissa = _mantissa(raw, formats["wgtBits"][row], formats["signMode"][row])
    kept = mantissa != 0
    return Synapses(
        formats=formats,
        axon_format=axon_format,
        synapse_axon=of_axon[kept],
        synapse_compartment=compartment[kept],
        synapse_mantissa=mantissa[kept],
        synapse_delay=(value >> (index + formats["wgtBits"])[row])[kept],
    )


def _find_chunks(
    image: str, map_image: str, where: Mapping[str, np.ndarray], memory: np.ndarray, bits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each chunk: its axon, first word, format row and synapse count, sorted by axon and place.

    Axons that together claim more words than there are are refused: it bounds the work that a damaged map can
    ask for."""
    w.refuse(map_image, where["chunks"] == 0, "an input axon without synapses")
    axon, place = np.arange(where["address"].size), where["address"].copy()
    found: list[tuple[np.ndarray, ...]] = []
    claimed, ordinal = 0, 0
    while axon.size:
        _refuse_axon(map_image, axon, place >= memory.size, "its chunks lie outside the memory")
        header = memory[place].astype(np.int64) & ((1 << HEADER_BITS) - 1)
        fmt, size = (header & 15) - 1, (header >> 4) + 1
        w.refuse(image, _at(memory.size, place, (fmt < 0) | (fmt >= bits.size)), "a chunk of no format")
        length = _chunk_words(size, bits[fmt])
        _refuse_axon(map_image, axon, place + length > memory.size, "its chunks lie outside the memory")
        claimed += int(length.sum())
        if claimed > memory.size:
            raise DecodeError(map_image, -1, "axons share synaptic memory")
        found.append((axon, place, fmt, size))
        ordinal += 1
        more = where["chunks"][axon] > ordinal
        axon, place = axon[more], (place + length)[more]
    columns = [np.concatenate(column) for column in zip(*found, strict=True)] if found else [axon] * 4
    order = np.argsort(columns[0], kind="stable")
    return columns[0][order], columns[1][order], columns[2][order], columns[3][order]


def _refuse_axon(map_image: str, axon: np.ndarray, wrong: np.ndarray, reason: str) -> None:
    where = np.flatnonzero(wrong)
    if where.size:
        raise DecodeError(map_image, int(axon[where[0]]), reason)


def _at(size: int, place: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    marked = np.zeros(size, dtype=bool)
    marked[place[wrong]] = True
    return marked


def _format_words(formats: Mapping[str, np.ndarray]) -> np.ndarray:
    """Word 0 stays zero: a chunk header of format 0 means nothing."""
    n = formats["idxBits"].size
    bad = ~np.isin(formats["signMode"], (MIXED, EXCITATORY, INHIBITORY)) | ~np.isin(
        formats["compression"], (SPARSE, DENSE)
    )
    if np.any(bad):
        raise ValueError(f"synapse format {np.flatnonzero(bad)[0]} has no such sign mode or compression")
    if np.any((formats["compression"] == DENSE) & (formats["idxBits"] != 0)):
        raise ValueError("a dense format with index bits")
    require_range("wgtBits", formats["wgtBits"], 1, 8)
    require_range("dlyBits", formats["dlyBits"], 0, w.MAX_DELAY_BITS)
    if n > 15:
        raise ValueError(f"{n} synapse formats; a chunk header tells 15 apart")
    words = pack(
        w.SYNAPSE_FORMAT,
        {
            "wgtExp": formats["wgtExp"],
            "wgtBits": w.code_of(formats["wgtBits"], w.WEIGHT_BITS_OF_CODE, "wgtBits"),
            "dlyBits": formats["dlyBits"],
            "tagBits": np.zeros(n, dtype=np.int64),
            "idxBits": w.code_of(formats["idxBits"], w.INDEX_BITS_OF_CODE, "idxBits"),
            "compression": formats["compression"],
            "fanoutType": np.full(n, w.FANOUT_DISCRETE),
            "numSynapses": np.full(n, w.CHUNK - 1),
            "signMode": formats["signMode"],
        },
    )
    return np.r_[np.zeros(1, dtype=np.uint64), words]


def _read_formats(image: str, words: np.ndarray) -> dict[str, np.ndarray]:
    """FORMAT_REGISTERS -> (F,), without the unused format 0."""
    if not words.size or words[0] != 0:
        raise DecodeError(image, 0, "format 0 is not empty")
    raw = unpack(w.SYNAPSE_FORMAT, words, image)
    used = np.arange(words.size) > 0
    w.refuse(image, used & (raw["wgtBits"] == 0), "a format without weight bits")
    w.refuse(image, raw["dlyBits"] > w.MAX_DELAY_BITS, "more than 6 delay bits")
    w.refuse(image, raw["tagBits"] != 0, "tags are for learning, which is not configured")
    w.refuse(image, used & (raw["fanoutType"] != w.FANOUT_DISCRETE), "an unknown fan-out type")
    w.refuse(image, used & (raw["numSynapses"] != w.CHUNK - 1), "chunks of other than 64 synapses")
    w.refuse(image, used & (raw["signMode"] == 0), "a format without sign mode")
    w.refuse(image, ~np.isin(raw["compression"], (SPARSE, DENSE)), "an unknown compression")
    w.refuse(image, (raw["compression"] == DENSE) & (raw["idxBits"] != 0), "a dense format with index bits")
    raw["wgtBits"] = w.WEIGHT_BITS_OF_CODE[raw["wgtBits"]]
    raw["idxBits"] = w.INDEX_BITS_OF_CODE[raw["idxBits"]]
    return {name: raw[name][1:] for name in FORMAT_REGISTERS}


def _stored_weight(mantissa: np.ndarray, weight_bits: np.ndarray, sign_mode: np.ndarray) -> np.ndarray:
    """Mixed: two's complement of mantissa >> s; else the magnitude >> s. Raises ValueError off the grid."""
    shift = grid_shift(weight_bits, sign_mode)
    signed = np.where(sign_mode == INHIBITORY, -mantissa, mantissa) >> shift
    low = np.where(sign_mode == MIXED, -(1 << (weight_bits - 1)), 0)
    high = (1 << (weight_bits - (sign_mode == MIXED))) - 1
    wrong = (mantissa & ((1 << shift) - 1) != 0) | (signed < low) | (signed > high) | (mantissa == 0)
    if np.any(wrong):
        at = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"mantissa {mantissa[at]} is not one of {weight_bits[at]} weight bits, sign mode {sign_mode[at]}"
        )
    return signed & ((1 << weight_bits) - 1)


def _mantissa(raw: np.ndarray, weight_bits: np.ndarray, sign_mode: np.ndarray) -> np.ndarray:
    negative = (sign_mode == MIXED) & (raw >> (weight_bits - 1) != 0)
    value = np.where(negative, raw - (1 << weight_bits), raw) << grid_shift(weight_bits, sign_mode)
    return np.where(sign_mode == INHIBITORY, -value, value)


def _chunk_words(count: np.ndarray, bits: np.ndarray) -> np.ndarray:
    return -(-(count * bits + HEADER_BITS) // 64)


def _put_bits(memory: np.ndarray, place: np.ndarray, value: np.ndarray) -> None:
    """Or `value` (k,) into `memory` from bit `place` (k,) on; a value may cross into the next word."""
    word, offset = place >> 6, (place & 63).astype(np.uint64)
    bits = value.astype(np.uint64)
    np.bitwise_or.at(memory, word, bits << offset)
    high = bits >> ONE >> (np.uint64(63) - offset)
    crossing = high != 0
    np.bitwise_or.at(memory, word[crossing] + 1, high[crossing])


def _get_bits(memory: np.ndarray, place: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """(k,) int64: `bits` (k,) bits of `memory` from bit `place` (k,) on."""
    padded = np.r_[memory, np.zeros(1, dtype=np.uint64)]
    word, offset = place >> 6, (place & 63).astype(np.uint64)
    low = padded[word] >> offset
    high = padded[word + 1] << ONE << (np.uint64(63) - offset)
    return ((low | high) & ((ONE << bits.astype(np.uint64)) - ONE)).astype(np.int64)
