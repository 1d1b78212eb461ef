"""The compiled loops that write stored rows of synapses into words, and read them from there."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ..native.jit import compiled
from .content import DENSE, INHIBITORY, MIXED

RIGHT, MEETS, FAR, OFF_GRID, LATE = range(5)
"""What may be wrong with a synapse: it shares a compartment in a dense row, its offset, mantissa or delay does not fit.
"""


@compiled
def rising(row: np.ndarray, offset: np.ndarray, delay: np.ndarray, mantissa: np.ndarray) -> bool:
    """Whether synapses are in order of row, offset, delay and mantissa."""
    for k in range(1, row.size):
        if row[k] != row[k - 1]:
            if row[k] < row[k - 1]:
                return False
        elif offset[k] != offset[k - 1]:
            if offset[k] < offset[k - 1]:
                return False
        elif delay[k] < delay[k - 1] or (delay[k] == delay[k - 1] and mantissa[k] < mantissa[k - 1]):
            return False
    return True


@compiled
def put(memory: np.ndarray, place: int, bits: int, value: int) -> None:
    """Or a value of so many bits into words of 64 bits, from bit `place` on; it may cross into the next word."""
    word, low = place >> 6, place & 63
    memory[word] |= np.uint64(value) << np.uint64(low)
    if low + bits > 64:
        memory[word + 1] |= np.uint64(value) >> np.uint64(64 - low)


@compiled
def taken(memory: np.ndarray, place: int, bits: int) -> int:
    """So many bits of words of 64 bits, at most 62, from bit `place` on."""
    word, low = place >> 6, place & 63
    value = memory[word] >> np.uint64(low)
    if low + bits > 64:
        value |= memory[word + 1] << np.uint64(64 - low)
    return np.int64(value & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1)))


@compiled
def weight_field(mantissa: int, bits: int, mode: int, shift: int) -> int:
    """The bits of a weight: mixed, the two's complement of mantissa >> shift; else the magnitude >> shift. -1 where the
    mantissa is 0 or off the grid of its format."""
    signed = (-mantissa if mode == INHIBITORY else mantissa) >> shift
    low = -(1 << (bits - 1)) if mode == MIXED else 0
    high = (1 << (bits - (mode == MIXED))) - 1
    if mantissa == 0 or mantissa & ((1 << shift) - 1) != 0 or signed < low or signed > high:
        return -1
    return signed & ((1 << bits) - 1)


@compiled
def mantissa_of(field: int, bits: int, mode: int, shift: int) -> int:
    """The mantissa that the bits of a weight stand for."""
    if mode == MIXED and field >> (bits - 1) != 0:
        return (field - (1 << bits)) << shift
    return -(field << shift) if mode == INHIBITORY else field << shift


@compiled
def write(
    start: np.ndarray, offset: np.ndarray, mantissa: np.ndarray, delay: np.ndarray, formats: np.ndarray,
    shift: np.ndarray, address: np.ndarray, full: np.ndarray, header: int, chunk: int, memory: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Or the synapses of rows into their chunks. start: (R + 1,) where the synapses of each row begin, sorted by offset
    within it. formats: (R, 5) int64, of each row compression, bits of index, weight and delay, and sign mode; shift:
    (R,) of its grid. address: (R,) the first word; full: (R,) words of a full chunk. header: bits before the synapses
    of a chunk, of which it holds `chunk`.

    What is wrong, of RIGHT and so on, and with which synapse."""
    for row in range(address.size):
        dense, index, weight = formats[row, 0] == DENSE, formats[row, 1], formats[row, 2]
        late, mode = formats[row, 3], formats[row, 4]
        bits = index + weight + late
        for k in range(start[row], start[row + 1]):
            at = k - start[row]
            if dense:
                at = np.int64(offset[k])
                if k > start[row] and offset[k] == offset[k - 1]:
                    return MEETS, k
            elif offset[k] >> index != 0:
                return FAR, k
            field = weight_field(np.int64(mantissa[k]), weight, mode, shift[row])
            if field < 0:
                return OFF_GRID, k
            if delay[k] < 0 or delay[k] >> late != 0:
                return LATE, k
            value = np.int64(delay[k]) << weight | field
            if not dense:
                value = value << index | np.int64(offset[k])
            place = (address[row] + at // chunk * full[row]) * 64 + header + at % chunk * bits
            put(memory, place, bits, value)
    return RIGHT, -1


@compiled
def read(
    row_of: np.ndarray, place: np.ndarray, fmt: np.ndarray, size: np.ndarray, formats: np.ndarray, shift: np.ndarray,
    header: int, memory: np.ndarray, row: np.ndarray, offset: np.ndarray, mantissa: np.ndarray, delay: np.ndarray,
    last: np.ndarray,
) -> int:  # fmt: skip
    """Read the synapses of chunks, sorted by row. row_of, place, fmt, size: (C,) of each chunk its row, first word,
    format and synapses. formats, shift: of each format as of `write`. row, offset, mantissa, delay: with room for all
    synapses, those that weigh nothing among them; only the others are written. last: (R,) int64, the largest offset of
    each row, those that weigh nothing among them. How many are written."""
    count, stored = 0, 0
    for c in range(row_of.size):
        dense, index, weight = formats[fmt[c], 0] == DENSE, formats[fmt[c], 1], formats[fmt[c], 2]
        late, mode = formats[fmt[c], 3], formats[fmt[c], 4]
        bits = index + weight + late
        if c == 0 or row_of[c] != row_of[c - 1]:
            stored = 0
            last[row_of[c]] = 0
        for k in range(size[c]):
            value = taken(memory, place[c] * 64 + header + k * bits, bits)
            to = stored if dense else value & ((1 << index) - 1)
            last[row_of[c]] = max(last[row_of[c]], to)
            stored += 1
            found = mantissa_of(value >> index & ((1 << weight) - 1), weight, mode, shift[fmt[c]])
            if found != 0:
                row[count], offset[count] = row_of[c], to
                mantissa[count], delay[count] = found, value >> (index + weight)
                count += 1
    return count
