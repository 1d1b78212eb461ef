"""Reads arrays from an `.npz` that nobody vouches for: sizes are known before anything is decompressed."""

from __future__ import annotations

import lzma
import math
import zipfile
import zlib
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

import numpy as np

from ..targets.npy import NpyHeader, read_npy_header
from .diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from .file_kinds import kind_of
from .nir.path import shown

MAX_BYTES = 1 << 30
MAX_STREAMED_BYTES = 1 << 40  # of arrays that are read some rows at a time
MAX_FILE_BYTES = 1 << 33  # of the archive: a recorded run has more arrays than are read of it
MAX_MEMBERS = 4096
MAX_HEADER_CHARACTERS = 10_000
NUMERIC_KINDS = "biuf"
LARGEST = np.float64(np.finfo(np.float32).max)  # Python's float would become one of 16 bits beside those


def members(file: IO[bytes]) -> tuple[str, ...]:
    """Array names in the archive, sorted. Raises DiagnosticError (SPK0402)."""
    with _archive(file) as archive:
        listed = archive.namelist()
    if any(name.endswith("data.pkl") for name in listed):
        raise DiagnosticError((_no_archive(file),))
    return tuple(sorted(n.removesuffix(".npy") for n in listed if n.endswith(".npy")))


def read_arrays(
    file: IO[bytes],
    names: Collection[str],
    demand: Callable[[Mapping[str, tuple[int, ...]]], None] | None = None,
) -> dict[str, np.ndarray]:
    """The arrays of `names` that the archive has, sorted by name and read-only.

    demand: called with the shapes of all that their headers declare, before anything is decompressed; it may refuse.
    Raises DiagnosticError with all findings: SPK0402 not an archive, SPK0403 a damaged array, SPK0404 not
    plain numbers (objects are never unpickled), SPK0405 more than 1 GiB in all, SPK0408 NaN or infinite."""
    diagnostics: list[Diagnostic] = []
    arrays: dict[str, np.ndarray] = {}
    with _archive(file) as archive:
        headers = _headers(archive, names, MAX_BYTES)
        if demand is not None:
            demand({name: header.shape for name, header in headers.items()})
        for name in headers:
            arrays[name] = _read(archive, name, diagnostics)
    raise_errors(diagnostics)
    return arrays


def read_headers(file: IO[bytes], names: Collection[str]) -> dict[str, NpyHeader]:
    """What the arrays of `names` declare, for `read_rows`. Raises DiagnosticError as `read_arrays`, but for values, and
    SPK0405 from 1 TiB on."""
    with _archive(file) as archive:
        return _headers(archive, names, MAX_STREAMED_BYTES)


def read_rows(file: IO[bytes], name: str, length: int) -> Iterator[np.ndarray]:
    """An array of one axis or more, `length` rows of its first axis at a time, the last ones fewer.

    Only that many are held, but for an array that is stored by column: it is read as a whole.
    Raises DiagnosticError, once it comes there, as `read_arrays`."""
    shape, dtype, by_column = read_headers(file, [name])[name]
    if by_column and sum(size > 1 for size in shape) > 1:
        array = read_arrays(file, [name])[name]
        yield from (array[first : first + length] for first in range(0, shape[0], length))
        return
    row = shape[1:]
    with _archive(file) as archive, _damage(name), archive.open(f"{name}.npy") as member:
        read_npy_header(member, MAX_HEADER_CHARACTERS)
        for first in range(0, shape[0], length):
            rows = min(length, shape[0] - first)
            data = member.read(rows * math.prod(row) * dtype.itemsize)
            values = np.frombuffer(data, dtype).reshape(rows, *row)
            values = values.astype(dtype.newbyteorder("="), copy=False)
            raise_errors(not_finite(name, values, first))
            yield values
        # Reading past the data to the end makes zipfile compare the checksum.
        member.read(1)


@contextmanager
def _damage(name: str) -> Generator[None]:
    try:
        yield
    except _DAMAGE as problem:
        raise DiagnosticError((_damaged(name, problem),)) from problem


def _headers(archive: zipfile.ZipFile, names: Collection[str], most: int) -> dict[str, NpyHeader]:
    """By name, sorted, of those that the archive has. most: bytes in all."""
    diagnostics: list[Diagnostic] = []
    listed = archive.namelist()
    chosen = [name for name in sorted(names) if f"{name}.npy" in listed]
    for name in chosen:
        if listed.count(f"{name}.npy") > 1:
            diagnostics.append(error("SPK0403", f"the archive holds two arrays `{shown(name)}`"))
    headers = {name: _declared(archive, name, diagnostics) for name in chosen}
    total = sum(math.prod(header.shape) * header.dtype.itemsize for header in headers.values())
    if total > most:
        hint = "fewer steps or samples make it smaller, and so does a narrower type: uint8 holds spikes"
        diagnostics.append(
            error("SPK0405", f"the arrays hold {total:,} bytes; at most {most:,} are read", hint=hint)
        )
    raise_errors(diagnostics)
    return headers


def _archive(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as problem:
        raise DiagnosticError((_no_archive(file),)) from problem
    if len(archive.namelist()) > MAX_MEMBERS:
        message = f"the archive lists {len(archive.namelist())} members; at most {MAX_MEMBERS} are read"
        raise DiagnosticError((error("SPK0405", message),))
    return archive


def _no_archive(file: IO[bytes]) -> Diagnostic:
    kind = kind_of(file)
    if kind is None:
        return error("SPK0402", "this is not an .npz archive", hint="numpy.savez_compressed writes one")
    return error("SPK0402", f"this is not an .npz archive but {kind.what}", hint=kind.arrays)


_NOTHING = NpyHeader((0,), np.dtype(np.uint8), False)


def _declared(archive: zipfile.ZipFile, name: str, diagnostics: list[Diagnostic]) -> NpyHeader:
    """What the array's own header says; nothing and a finding where it cannot be read safely."""
    try:
        with archive.open(f"{name}.npy") as member:
            header = read_npy_header(member, MAX_HEADER_CHARACTERS)
            start = member.tell()
    except _DAMAGE as problem:
        diagnostics.append(_damaged(name, problem))
        return _NOTHING
    shape, dtype, _ = header
    if dtype.hasobject or dtype.kind not in NUMERIC_KINDS:
        message = f"array `{shown(name)}` holds {shown(str(dtype))}, not plain numbers"
        diagnostics.append(error("SPK0404", message))
        return _NOTHING
    size = math.prod(shape) * dtype.itemsize
    stored = archive.getinfo(f"{name}.npy").file_size
    if stored != start + size:
        message = f"array `{shown(name)}` declares {size} bytes, the archive {max(stored - start, 0)}"
        diagnostics.append(error("SPK0403", message))
    return header


def _read(archive: zipfile.ZipFile, name: str, diagnostics: list[Diagnostic]) -> np.ndarray:
    try:
        with archive.open(f"{name}.npy") as member:
            array = np.lib.format.read_array(
                member, allow_pickle=False, max_header_size=MAX_HEADER_CHARACTERS
            )
            # Reading past the data to the end makes zipfile compare the checksum.
            member.read(1)
    except _DAMAGE as problem:
        diagnostics.append(_damaged(name, problem))
        return np.zeros(())
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    diagnostics += not_finite(name, array)
    array.setflags(write=False)
    return array


def not_finite(name: str, array: np.ndarray, first: int = 0) -> list[Diagnostic]:
    """Report values that are not finite, or are not as the 32-bit floats in which networks run (SPK0408). first: number
    of the first row."""
    if array.dtype.kind != "f" or not array.size:
        return []
    ends = array.min(), array.max()  # NaN where there is one
    if all(-LARGEST <= end <= LARGEST for end in ends):
        return []
    what = f"past {LARGEST:.4g}, the largest 32-bit float"
    bad = np.abs(array) > LARGEST
    if not np.isfinite(ends).all():
        what, bad = "that are NaN or infinite", ~np.isfinite(array)
    row, *rest = (int(k) for k in np.argwhere(bad.reshape(bad.shape or (1,)))[0])
    where = (first + row, *rest) if array.shape else ()
    return [error("SPK0408", f"array `{shown(name)}` has values {what}, the first at {where}")]


_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, ValueError, EOFError, OSError, RuntimeError, NotImplementedError,
    MemoryError, OverflowError, KeyError,
)  # fmt: skip


def _damaged(name: str, problem: Exception) -> Diagnostic:
    reason = shown(str(problem).splitlines()[0][:200]) if str(problem) else type(problem).__name__
    return error("SPK0403", f"array `{shown(name)}` cannot be read", reason=reason)
