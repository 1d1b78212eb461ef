"""Writes and reads memory images as files: $readmemh text and raw bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .layout import DecodeError

_WORD = re.compile(rb"[0-9a-f]+")
_MARK = re.compile(rb"@([0-9a-f]{8}) // .*")


def memh(image: np.ndarray, marks: Sequence[tuple[int, str]]) -> bytes:
    """Write an image as text. $readmemh text, a word of exact width a line. marks: words, ascending, whose address
    and a comment come in a line before them; the first of them is word 0, as some readers ask for."""
    words = np.ascontiguousarray(image[:, ::-1]).tobytes().hex()
    width = 2 * image.shape[1]
    lines = [f"{words[at : at + width]}\n" for at in range(0, len(words), width)]
    for number, comment in reversed(marks):
        lines.insert(number, f"@{number:08x} // {comment}\n")
    return "".join(lines).encode()


def read_memh(text: bytes, shape: tuple[int, int], name: str) -> np.ndarray:
    """Read an image from text. The image of `shape` in text as `memh` writes it; its comments are skipped.

    Raises DecodeError with the word for other digits, widths, addresses or numbers of words."""
    words, width = shape
    lines: list[bytes] = []
    for line in text.split(b"\n"):
        mark = _MARK.fullmatch(line)
        if mark is not None and int(mark[1], 16) == len(lines):
            continue
        if line:
            if len(line) != 2 * width or _WORD.fullmatch(line) is None:
                raise DecodeError(name, len(lines), f"not {2 * width} hexadecimal digits")
            lines.append(line)
    if len(lines) != words:
        raise DecodeError(name, -1, f"{len(lines)} words; {words} are expected")
    read = np.frombuffer(bytes.fromhex(b"".join(lines).decode()), dtype=np.uint8)
    return read.reshape(words, width)[:, ::-1].copy()


def raw(image: np.ndarray) -> bytes:
    """Write the words one after the other, lowest byte first."""
    return np.ascontiguousarray(image).tobytes()


def read_raw(data: bytes, shape: tuple[int, int], name: str) -> np.ndarray:
    """Read an image of `shape` from raw bytes. Raises DecodeError for another number of bytes."""
    if len(data) != shape[0] * shape[1]:
        raise DecodeError(name, -1, f"{len(data)} bytes; {shape[0] * shape[1]} are expected")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape).copy()


def image_of(words: np.ndarray, width: int) -> np.ndarray:
    """Split words into bytes: (n, width) uint8 of (n,) or (n, k) uint64 words of 8 k bytes, whose highest bytes,
    past `width`, are 0."""
    parts = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    return parts.reshape(words.shape[0], -1)[:, :width].copy()


def words_of(image: np.ndarray) -> np.ndarray:
    """Join the bytes of an image: (n, k) uint64 words, 8 bytes each, the lowest first; (n,) where one is enough."""
    rows, width = image.shape
    filled = np.zeros((rows, -(-width // 8) * 8), dtype=np.uint8)
    filled[:, :width] = image
    words = filled.view("<u8").astype(np.uint64)
    return words[:, 0] if words.shape[1] == 1 else words
