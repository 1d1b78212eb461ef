"""Encodes synapses as synaptic memory, and decodes them: formats, axons and chunks of up to 64 synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..layout import DecodeError, pack, require_range, unpack
from ..machines.synapse_rows import narrow, narrowest
from ..row_order import row_order
from . import words as w
from .content import DENSE, EXCITATORY, FORMAT_REGISTERS, INHIBITORY, MIXED, SPARSE, CoreContent, grid_shift

HEADER_BITS = 10
ONE = np.uint64(1)


@dataclass(frozen=True, kw_only=True)
class Synapses:
    """The part of a core's content that its synaptic memory holds; fields as in `CoreContent`."""

    formats: Mapping[str, np.ndarray]
    row_format: np.ndarray
    axon_row: np.ndarray
    axon_base: np.ndarray
    synapse_row: np.ndarray
    synapse_offset: np.ndarray
    synapse_mantissa: np.ndarray
    synapse_delay: np.ndarray


def chunked_words(count: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Count the words of a row of `count` stored synapses of `bits` bits each."""
    rest = count % w.CHUNK
    tail = np.where(rest > 0, _chunk_words(rest, bits), 0)
    return count // w.CHUNK * _chunk_words(np.full_like(count, w.CHUNK), bits) + tail


def encode_synapses(core: CoreContent) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Encode the synapses of a core. Words of synapseFmt, synapseMap and synapseMem. Raises ValueError naming what
    does not fit.

    The format table is sorted and holds each used format once, from word 1 on; rows follow each other in order of
    the first axon that has them."""
    place = _first_axon_order(core)
    row = place[core.synapse_row]
    order = row_order(row, core.synapse_offset, core.synapse_delay, core.synapse_mantissa)
    row, offset = row[order], core.synapse_offset[order].astype(np.int64)
    require_range("axon base", core.axon_base, 0, w.MAX_BASE)
    count = np.bincount(row, minlength=core.row_format.size)
    of_axon = place[core.axon_row]
    last = offset[np.cumsum(count) - 1]  # of every row: none is empty
    require_range("synapse offset", offset, 0, core.n_compartments - 1)
    require_range("synapse compartment", core.axon_base + last[of_axon], 0, core.n_compartments - 1)
    formats, row_format = _used_formats(core, place)
    format_words = _format_words(formats)
    each = {name: column[row_format] for name, column in formats.items()}
    mantissa, delay = (
        column[order].astype(np.int64) for column in (core.synapse_mantissa, core.synapse_delay)
    )
    value = _values(row, offset, mantissa, delay, each)
    dense = each["compression"] == DENSE
    stored = np.where(dense, last + 1, count)
    position = _of_each(dense, row)
    position = np.where(position, offset, np.arange(row.size) - (np.cumsum(count) - count)[row])
    bits = each["idxBits"] + each["wgtBits"] + each["dlyBits"]
    address, memory = _write_chunks(row, position, value, stored, bits, row_format + 1)
    where = {"address": address[of_axon], "chunks": -(-stored // w.CHUNK)[of_axon], "base": core.axon_base}
    return format_words, pack(w.SYNAPSE_MAP, where), memory


def _first_axon_order(core: CoreContent) -> np.ndarray:
    """(R,) the place of each row in order of the first axon that has it. Raises ValueError for a row without axon or
    synapse."""
    require_range("axon row", core.axon_row, 0, core.row_format.size - 1)
    require_range("synapse row", core.synapse_row, 0, core.row_format.size - 1)
    rows, first = np.unique(core.axon_row, return_index=True)
    if rows.size < core.row_format.size:
        raise ValueError("a stored row of synapses has no axon")
    empty = np.flatnonzero(np.bincount(core.synapse_row, minlength=rows.size) == 0)
    if empty.size:
        axon = int(np.flatnonzero(core.axon_row == empty[0])[0])
        raise ValueError(f"input axon {axon} has no synapse")
    return np.argsort(np.argsort(first))


def _used_formats(core: CoreContent, place: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The distinct formats, sorted, and of each row, in the order of `place`, the one it has."""
    require_range("row format", core.row_format, 0, core.formats["wgtExp"].size - 1)
    of_row = core.row_format[np.argsort(place)]
    used = np.flatnonzero(np.bincount(of_row, minlength=core.formats["wgtExp"].size))
    registers = np.stack([core.formats[name] for name in FORMAT_REGISTERS], axis=1)[used]
    table, number = np.unique(registers, axis=0, return_inverse=True)
    row_format = number.reshape(-1)[np.searchsorted(used, of_row)]
    return {name: table[:, i] for i, name in enumerate(FORMAT_REGISTERS)}, row_format


def _values(
    row: np.ndarray,
    offset: np.ndarray,
    mantissa: np.ndarray,
    delay: np.ndarray,
    formats: Mapping[str, np.ndarray],
) -> np.ndarray:
    """(k,) the bits of each synapse. formats: register -> (R,) of the rows. Synapses sorted by row and offset."""
    each = {name: _of_each(column, row) for name, column in formats.items()}
    index, dense = each["idxBits"], each["compression"] == DENSE
    twice = (row[1:] == row[:-1]) & (offset[1:] == offset[:-1])
    if np.any(np.broadcast_to(dense, row.shape)[1:] & twice):
        raise ValueError("two synapses of an axon on one compartment in a dense format")
    if np.any(~dense & (offset >> index != 0)):
        raise ValueError("a compartment does not fit into the index bits of its format")
    weight = _stored_weight(mantissa, each["wgtBits"], each["signMode"])
    if np.any((delay < 0) | (delay >> each["dlyBits"] != 0)):
        raise ValueError("a delay does not fit into the delay bits of its format")
    return np.where(dense, 0, offset) | weight << index | delay << index + each["wgtBits"]


def _of_each(column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """What each synapse has of its row, (k,); of one number for all, that, (1,)."""
    return column[:1] if column.size and (column == column[0]).all() else column[row]


def _write_chunks(
    row: np.ndarray,
    position: np.ndarray,
    value: np.ndarray,
    stored: np.ndarray,
    bits: np.ndarray,
    fmt: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Address of each row (R,) and the memory. stored, bits, fmt: (R,) synapses, their bits, format."""
    sizes = chunked_words(stored, bits)
    address = np.cumsum(sizes) - sizes
    if int(sizes.sum()) > w.MEMORY_WORDS:
        raise ValueError(f"{int(sizes.sum())} words of synaptic memory; a core has {w.MEMORY_WORDS}")
    memory = np.zeros(int(sizes.sum()), dtype=np.uint64)
    full = _chunk_words(np.full_like(bits, w.CHUNK), bits)
    chunks = -(-stored // w.CHUNK)
    of_row = np.repeat(np.arange(stored.size), chunks)
    ordinal = np.arange(of_row.size) - (np.cumsum(chunks) - chunks)[of_row]
    size = np.minimum(stored[of_row] - ordinal * w.CHUNK, w.CHUNK)
    header = fmt[of_row] | (size - 1) << 4
    memory[address[of_row] + ordinal * full[of_row]] = header.astype(np.uint64)
    start = address[row] + position // w.CHUNK * _of_each(full, row)
    _put_bits(memory, start * 64 + HEADER_BITS + position % w.CHUNK * _of_each(bits, row), value)
    return address, memory


def decode_synapses(
    prefix: str, format_words: np.ndarray, map_words: np.ndarray, memory: np.ndarray, n_compartments: int
) -> Synapses:
    """Decode the synapses of a core; `prefix` is the start of the image names. Raises DecodeError for words that
    `encode_synapses` does not write."""
    formats = _read_formats(prefix + w.SYNAPSE_FORMAT.name, format_words)
    index = formats["idxBits"]
    map_image, image = prefix + w.SYNAPSE_MAP.name, prefix + w.SYNAPSE_WORD.name
    where = unpack(w.SYNAPSE_MAP, map_words, map_image)
    bits = index + formats["wgtBits"] + formats["dlyBits"]
    rows, axon_row, row_axon = _rows(where, map_image)
    row, start, fmt, size = _find_chunks(image, map_image, rows, row_axon, memory, bits)
    row_format = np.zeros(row_axon.size, dtype=np.int64)
    row_format[row] = fmt
    mixed = np.flatnonzero(row_format[row] != fmt)
    if mixed.size:
        raise DecodeError(image, int(start[mixed[0]]), "an axon's chunks have different formats")

    chunk = np.repeat(np.arange(row.size), size)
    within = np.arange(chunk.size) - (np.cumsum(size) - size)[chunk]
    of_row, form = row[chunk], fmt[chunk]
    each = {name: _of_each(column, form) for name, column in formats.items()}
    width = each["idxBits"] + each["wgtBits"] + each["dlyBits"]
    value = _get_bits(memory, start[chunk] * 64 + HEADER_BITS + within * width, width)
    stored = np.bincount(row, weights=size, minlength=row_format.size).astype(np.int64)
    position = np.arange(chunk.size) - (np.cumsum(stored) - stored)[of_row]
    offset = np.where(each["compression"] == DENSE, position, value & ((1 << each["idxBits"]) - 1))
    last = np.maximum.reduceat(offset, np.cumsum(stored) - stored) if offset.size else stored
    outside = np.flatnonzero(where["base"] + last[axon_row] >= n_compartments)
    if outside.size:
        axon = int(outside[0])
        far = int(where["base"][axon] + last[axon_row[axon]])
        reason = f"axon {axon}: a synapse onto compartment {far} of {n_compartments}"
        raise DecodeError(image, int(where["address"][axon]), reason)
    raw = value >> each["idxBits"] & ((1 << each["wgtBits"]) - 1)
    mantissa = _mantissa(raw, each["wgtBits"], each["signMode"])
    kept = mantissa != 0
    return Synapses(
        formats=formats,
        row_format=row_format,
        axon_row=axon_row,
        axon_base=where["base"],
        synapse_row=narrow(of_row[kept]),
        synapse_offset=narrowest(offset[kept]),
        synapse_mantissa=narrowest(mantissa[kept]),
        synapse_delay=narrowest((value >> each["idxBits"] + each["wgtBits"])[kept]),
    )


def _rows(
    where: Mapping[str, np.ndarray], map_image: str
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Axons with one address share a row: its address and chunks (R,), the row of each axon, and the first axon
    of each row. Rows in order of that axon."""
    _, holder, inverse = np.unique(where["address"], return_index=True, return_inverse=True)
    order = np.argsort(holder)
    row_axon, axon_row = holder[order], np.argsort(order)[inverse.reshape(-1)]
    w.refuse(map_image, where["chunks"] == 0, "an input axon without synapses")
    other = where["chunks"] != where["chunks"][row_axon][axon_row]
    w.refuse(map_image, other, "axons share a row of synapses, but not all of its chunks")
    return {name: where[name][row_axon] for name in ("address", "chunks")}, axon_row, row_axon


def _find_chunks(
    image: str,
    map_image: str,
    where: Mapping[str, np.ndarray],
    row_axon: np.ndarray,
    memory: np.ndarray,
    bits: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each chunk: its row, first word, format and synapse count, sorted by row and place.

    Rows that together claim more words than there are are refused: it bounds the work that a damaged map can
    ask for."""
    row, place = np.arange(where["address"].size), where["address"].copy()
    chunks: list[tuple[np.ndarray, ...]] = []
    claimed, ordinal = 0, 0
    while row.size:
        _refuse_axon(map_image, row_axon[row], place >= memory.size, "its chunks lie outside the memory")
        header = memory[place].astype(np.int64) & ((1 << HEADER_BITS) - 1)
        fmt, size = (header & 15) - 1, (header >> 4) + 1
        w.refuse(image, _at(memory.size, place, (fmt < 0) | (fmt >= bits.size)), "a chunk of no format")
        length = _chunk_words(size, bits[fmt])
        _refuse_axon(
            map_image, row_axon[row], place + length > memory.size, "its chunks lie outside the memory"
        )
        claimed += int(length.sum())
        if claimed > memory.size:
            raise DecodeError(map_image, -1, "rows of synapses overlap")
        chunks.append((row, place, fmt, size))
        ordinal += 1
        more = where["chunks"][row] > ordinal
        row, place = row[more], (place + length)[more]
    columns = [np.concatenate(column) for column in zip(*chunks, strict=True)] if chunks else [row] * 4
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
        bits, mode = (int(np.broadcast_to(each, wrong.shape)[at]) for each in (weight_bits, sign_mode))
        raise ValueError(f"mantissa {mantissa[at]} is not one of {bits} weight bits, sign mode {mode}")
    return signed & ((1 << weight_bits) - 1)


def _mantissa(raw: np.ndarray, weight_bits: np.ndarray, sign_mode: np.ndarray) -> np.ndarray:
    negative = (sign_mode == MIXED) & (raw >> (weight_bits - 1) != 0)
    value = np.where(negative, raw - (1 << weight_bits), raw) << grid_shift(weight_bits, sign_mode)
    return np.where(sign_mode == INHIBITORY, -value, value)


def _chunk_words(count: np.ndarray, bits: np.ndarray) -> np.ndarray:
    return -(-(count * bits + HEADER_BITS) // 64)


def _put_bits(memory: np.ndarray, place: np.ndarray, value: np.ndarray) -> None:
    """Or `value` (k,) into `memory` from bit `place` (k,) on, ascending; a value may cross into the next word."""
    word, offset = place >> 6, (place & 63).astype(np.uint64)
    bits = value.astype(np.uint64)
    _or_into(memory, word, bits << offset)
    high = bits >> ONE >> (np.uint64(63) - offset)
    crossing = high != 0
    _or_into(memory, word[crossing] + 1, high[crossing])


def _or_into(memory: np.ndarray, word: np.ndarray, bits: np.ndarray) -> None:
    """Or `bits` (k,) into the words `word` (k,), ascending."""
    first = np.flatnonzero(np.concatenate([[True], word[1:] != word[:-1]])) if word.size else word
    if first.size:
        memory[word[first]] |= np.bitwise_or.reduceat(bits, first)


def _get_bits(memory: np.ndarray, place: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """(k,) int64: `bits` (k,) bits of `memory` from bit `place` (k,) on."""
    padded = np.r_[memory, np.zeros(1, dtype=np.uint64)]
    word, offset = place >> 6, (place & 63).astype(np.uint64)
    low = padded[word] >> offset
    high = padded[word + 1] << ONE << (np.uint64(63) - offset)
    return ((low | high) & ((ONE << bits.astype(np.uint64)) - ONE)).astype(np.int64)
