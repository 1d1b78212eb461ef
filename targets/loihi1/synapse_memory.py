"""Encodes synapses as synaptic memory, and decodes them: formats, axons and chunks of up to 64 synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..layout import DecodeError, pack, require_range, unpack
from ..machines.synapse_rows import narrowest
from ..row_order import row_order
from . import words as w
from .content import DENSE, EXCITATORY, FORMAT_REGISTERS, INHIBITORY, MIXED, SPARSE, CoreContent, grid_shift

HEADER_BITS = 10


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
    from .synapse_kernel import rising, write

    place = _first_axon_order(core)
    columns = (core.synapse_offset, core.synapse_delay, core.synapse_mantissa)
    row = place[core.synapse_row]
    if not rising(row, *columns):
        order = row_order(row, *columns)
        row, columns = row[order], tuple(column[order] for column in columns)
    offset, delay, mantissa = columns
    require_range("axon base", core.axon_base, 0, w.MAX_BASE)
    count = np.bincount(row, minlength=core.row_format.size)
    start = np.concatenate([[0], np.cumsum(count)])
    of_axon = place[core.axon_row]
    last = offset[start[1:] - 1].astype(np.int64)  # of every row: none is empty
    require_range("synapse offset", offset, 0, core.n_compartments - 1)
    require_range("synapse compartment", core.axon_base + last[of_axon], 0, core.n_compartments - 1)
    formats, row_format = _used_formats(core, place)
    format_words = _format_words(formats)
    each, shift = _of_loops({name: column[row_format] for name, column in formats.items()})
    dense, bits = each[:, 0] == DENSE, each[:, 1:4].sum(axis=1)
    stored = np.where(dense, last + 1, count)
    address, memory = _headed_chunks(stored, bits, row_format + 1)
    full = _chunk_words(np.full_like(bits, w.CHUNK), bits)
    wrong, at = write(
        start, offset, mantissa, delay, each, shift, address, full, HEADER_BITS, w.CHUNK, memory
    )
    if wrong:
        _refuse_synapse(wrong, at, mantissa, each[row[at]])
    where = {"address": address[of_axon], "chunks": -(-stored // w.CHUNK)[of_axon], "base": core.axon_base}
    return format_words, pack(w.SYNAPSE_MAP, where), memory


def _of_loops(formats: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Formats as the loops take them: (F, 5) int64, and the shift of each one's grid, (F,) int64."""
    names = ("compression", "idxBits", "wgtBits", "dlyBits", "signMode")
    columns = np.stack([formats[name] for name in names], axis=1).astype(np.int64)
    return columns, grid_shift(columns[:, 2], columns[:, 4]).astype(np.int64)


def _refuse_synapse(wrong: int, at: int, mantissa: np.ndarray, each: np.ndarray) -> None:
    """Raise ValueError for what a loop found wrong. each: what its format is, as the loops take it."""
    from .synapse_kernel import FAR, LATE, MEETS, OFF_GRID

    if wrong == MEETS:
        raise ValueError("two synapses of an axon on one compartment in a dense format")
    if wrong == FAR:
        raise ValueError("a compartment does not fit into the index bits of its format")
    if wrong == OFF_GRID:
        raise ValueError(f"mantissa {mantissa[at]} is not one of {each[2]} weight bits, sign mode {each[4]}")
    if wrong == LATE:
        raise ValueError("a delay does not fit into the delay bits of its format")


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


def _headed_chunks(stored: np.ndarray, bits: np.ndarray, fmt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Address of each row (R,) and the memory with the heads of its chunks. stored, bits, fmt: (R,) synapses, their
    bits, format."""
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
    return address, memory


def decode_synapses(
    prefix: str, format_words: np.ndarray, map_words: np.ndarray, memory: np.ndarray, n_compartments: int
) -> Synapses:
    """Decode the synapses of a core; `prefix` is the start of the image names. Raises DecodeError for words that
    `encode_synapses` does not write."""
    from .synapse_kernel import read

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

    each, shift = _of_loops(formats)
    total, last = int(size.sum()), np.zeros(row_format.size, dtype=np.int64)
    of_row, offset, mantissa, delay = (
        np.empty(total, dtype=kind) for kind in (np.int32, np.int16, np.int16, np.int8)
    )
    kept = read(
        row, start, fmt, size, each, shift, HEADER_BITS, memory, of_row, offset, mantissa, delay, last
    )
    outside = np.flatnonzero(where["base"] + last[axon_row] >= n_compartments)
    if outside.size:
        axon = int(outside[0])
        far = int(where["base"][axon] + last[axon_row[axon]])
        reason = f"axon {axon}: a synapse onto compartment {far} of {n_compartments}"
        raise DecodeError(image, int(where["address"][axon]), reason)
    return Synapses(
        formats=formats,
        row_format=row_format,
        axon_row=axon_row,
        axon_base=where["base"],
        synapse_row=of_row[:kept],
        synapse_offset=narrowest(offset[:kept]),
        synapse_mantissa=narrowest(mantissa[:kept]),
        synapse_delay=delay[:kept],
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


def _chunk_words(count: np.ndarray, bits: np.ndarray) -> np.ndarray:
    return -(-(count * bits + HEADER_BITS) // 64)
