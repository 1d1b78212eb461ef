"""Writes a tree of groups and arrays as HDF5, and reads what it writes: the oldest layout, which every reader knows.

A group is a heap of names, one leaf with an entry for each of them, and a B-tree of one node; an array lies in one
piece. The bytes follow from the tree alone: there are no times in them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from ..layout import DecodeError

Tree: TypeAlias = "dict[str, np.ndarray | Tree]"
SIGNATURE = b"\x89HDF\r\n\x1a\n"
NOWHERE = (1 << 64) - 1
HEAD_BYTES, ENTRY_BYTES, NODE_K = 96, 40, 16
MOST_AXES, MOST_TEXT, MOST_DEPTH = 8, 64, 8
NO_FREE_ROOM = 1
DATASPACE, DATATYPE, FILL, LAYOUT, SYMBOLS = 1, 3, 5, 8, 17
CONTIGUOUS = 1
SIZES = (1, 2, 4, 8)


def encode(tree: Tree) -> bytes:
    """Write a tree: name -> an array of signed whole numbers or of bytes (texts), or another tree."""
    leaf_k = max(4, -(-_most_entries(tree) // 2))
    body = bytearray(HEAD_BYTES)
    header, node, heap = _group(body, tree, leaf_k)
    body[:HEAD_BYTES] = (
        SIGNATURE
        + struct.pack("<8B2HI4Q", 0, 0, 0, 0, 0, 8, 8, 0, leaf_k, NODE_K, 0, 0, NOWHERE, len(body), NOWHERE)
        + struct.pack("<2Q2I2Q", 0, header, 1, 0, node, heap)
    )
    return bytes(body)


def _most_entries(tree: Tree) -> int:
    return max(
        [len(tree), *(_most_entries(part) for part in tree.values() if not isinstance(part, np.ndarray))]
    )


def _group(body: bytearray, tree: Tree, leaf_k: int) -> tuple[int, int, int]:
    """Append a group: the places of its header, B-tree and heap."""
    names, entries = bytearray(8), bytearray()
    last = 0
    for name in sorted(tree):
        part, last = tree[name], len(names)
        if isinstance(part, np.ndarray):
            entries += struct.pack("<2Q2I2Q", last, _array(body, part), 0, 0, 0, 0)
        else:
            header, *inner = _group(body, part, leaf_k)
            entries += struct.pack("<2Q2I2Q", last, header, 1, 0, *inner)
        names += _padded(name.encode("ascii") + b"\0")
    data = _append(body, names)
    heap = _append(body, b"HEAP" + struct.pack("<B3x3Q", 0, len(names), NO_FREE_ROOM, data))
    room = bytes(2 * leaf_k * ENTRY_BYTES - len(entries))
    leaf = _append(body, b"SNOD" + struct.pack("<BxH", 1, len(tree)) + entries + room)
    keys = struct.pack("<3Q", 0, leaf, last) if tree else b""
    node = b"TREE" + struct.pack("<2BH2Q", 0, 0, min(1, len(tree)), NOWHERE, NOWHERE) + keys
    at = _append(body, node.ljust(24 + (4 * NODE_K + 1) * 8, b"\0"))
    return _header(body, [(SYMBOLS, struct.pack("<2Q", at, heap))]), at, heap


def _array(body: bytearray, values: np.ndarray) -> int:
    """Append an array: the place of its header."""
    raw = np.ascontiguousarray(values).tobytes()
    at = _append(body, raw) if raw else NOWHERE
    size = values.dtype.itemsize
    if values.dtype.kind == "S":
        kind = struct.pack("<4BI", 0x13, 1, 0, 0, size)
    elif values.dtype in [np.dtype(f"<i{n}") for n in SIZES]:
        kind = struct.pack("<4BI2H", 0x10, 8, 0, 0, size, 0, 8 * size)
    else:
        raise ValueError(f"arrays are of signed integers or of bytes, not of {values.dtype}")
    space = struct.pack(f"<3B5x{values.ndim}Q", 1, values.ndim, 0, *values.shape)
    messages = [
        (DATASPACE, space),
        (DATATYPE, kind),
        (FILL, struct.pack("<4B", 2, 2, 2, 0)),
        (LAYOUT, struct.pack("<2B2Q", 3, CONTIGUOUS, at, len(raw))),
    ]
    return _header(body, messages)


def _header(body: bytearray, messages: list[tuple[int, bytes]]) -> int:
    """Append an object header of these messages, (kind, content)."""
    parts = b"".join(
        struct.pack("<2HB3x", kind, len(padded), 0) + padded
        for kind, content in messages
        for padded in [_padded(content)]
    )
    return _append(body, struct.pack("<BxH2I4x", 1, len(messages), 1, len(parts)) + parts)


def _padded(content: bytes) -> bytes:
    return content.ljust(-(-len(content) // 8) * 8, b"\0")


def _append(body: bytearray, content: bytes | bytearray) -> int:
    """Append at the next multiple of 8: the place."""
    body.extend(bytes(-len(body) % 8))
    at = len(body)
    body += content
    return at


def decode(body: bytes, file: str) -> Tree:
    """Read a tree from the content of the file `file`, which may come from anyone.

    Raises DecodeError for anything that `encode` does not write."""
    reader = _Reader(body=body, file=file)
    try:
        head = struct.unpack_from("<8B2HI4Q", body, 8)
        root = struct.unpack_from("<2Q2I2Q", body, 56)
        if body[:8] != SIGNATURE or head[9] != NODE_K:
            raise reader.wrong("no file of this layout")
        tree = reader.group(root[1], 0)
        again = encode(tree)
    except (struct.error, ValueError, OverflowError) as problem:
        if isinstance(problem, DecodeError):
            raise
        raise DecodeError(file, -1, f"not a sound HDF5 file: {problem}") from problem
    if again != body:
        raise reader.wrong("its bytes are not those that this content is written as")
    return tree


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """seen: the headers that were read; none is there twice."""

    body: bytes
    file: str
    seen: set[int] = field(default_factory=set)

    def wrong(self, reason: str) -> DecodeError:
        return DecodeError(self.file, -1, reason)

    def group(self, at: int, depth: int) -> Tree:
        messages = self._messages(at)
        if depth > MOST_DEPTH or set(messages) != {SYMBOLS}:
            raise self.wrong("a group is too deep, or is none")
        node, heap = struct.unpack_from("<2Q", messages[SYMBOLS])
        (used,) = struct.unpack_from("<H", self.body, node + 6)
        if not used:
            return {}
        _, leaf, _ = struct.unpack_from("<3Q", self.body, node + 24)
        (count,) = struct.unpack_from("<H", self.body, leaf + 6)
        (names,) = struct.unpack_from("<Q", self.body, heap + 24)
        tree: Tree = {}
        for k in range(count):
            name, header, nested = struct.unpack_from("<2QI", self.body, leaf + 8 + k * ENTRY_BYTES)
            text = self._text(names + name)
            tree[text] = self.group(header, depth + 1) if nested else self._array(header)
        return tree

    def _text(self, at: int) -> str:
        raw, end, _ = self.body[at : at + MOST_TEXT].partition(b"\0")
        if not end or not raw.isascii():
            raise self.wrong("a name is too long, or no ASCII")
        return raw.decode("ascii")

    def _array(self, at: int) -> np.ndarray:
        messages = self._messages(at)
        if not {DATASPACE, DATATYPE, LAYOUT} <= set(messages):
            raise self.wrong("an array lacks its shape, type or place")
        axes = messages[DATASPACE][1]
        if axes > MOST_AXES:
            raise self.wrong(f"an array has {axes} axes")
        shape = struct.unpack_from(f"<{axes}Q", messages[DATASPACE], 8)
        kind, _, _, _, size = struct.unpack_from("<4BI", messages[DATATYPE])
        if not 1 <= size <= MOST_TEXT:
            raise self.wrong("numbers or texts of another size")
        dtype = np.dtype(f"S{size}" if kind == 0x13 else f"<i{size}" if size in SIZES else "V1")
        _, _, place, length = struct.unpack_from("<2B2Q", messages[LAYOUT])
        items = 1
        for side in shape:
            items *= side
        if items * size != length or (length and place + length > len(self.body)):
            raise self.wrong("an array lies outside the file")
        return np.frombuffer(self.body, dtype, items, place if length else 0).reshape(shape)

    def _messages(self, at: int) -> dict[int, bytes]:
        """The messages of an object header by their kinds."""
        if at in self.seen:
            raise self.wrong("an object is there twice")
        self.seen.add(at)
        _, count, _, size = struct.unpack_from("<BxH2I", self.body, at)
        found: dict[int, bytes] = {}
        at, end = at + 16, min(at + 16 + size, len(self.body))
        for _ in range(count):
            kind, length = struct.unpack_from("<2H", self.body, at)
            if at + 8 + length > end:
                raise self.wrong("a header is cut off")
            found[kind] = self.body[at + 8 : at + 8 + length]
            at += 8 + length
        return found
