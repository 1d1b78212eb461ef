"""Reads arrays from an `.npz` that nobody vouches for: sizes are known before anything is decompressed."""

from __future__ import annotations

import lzma
import math
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping
from typing import IO

import numpy as np

from ..targets.npy import read_npy_header
from .diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from .file_kinds import kind_of
from .nir.path import shown

MAX_BYTES = 1 << 30
MAX_FILE_BYTES = 1 << 33  # of the archive: a recorded run has more arrays than are read of it
MAX_MEMBERS = 4096
MAX_HEADER_CHARACTERS = 10_000
NUMERIC_KINDS = "biuf"
LARGEST = float(np.finfo(np.float32).max)


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
        listed = archive.namelist()
        chosen = [name for name in sorted(names) if f"{name}.npy" in listed]
        for name in chosen:
            if listed.count(f"{name}.npy") > 1:
                diagnostics.append(error("SPK0403", f"the archive holds two arrays `{shown(name)}`"))
        shapes = {name: _declared(archive, name, diagnostics) for name in chosen}
        total = sum(math.prod(shape) * size for shape, size in shapes.values())
        if total > MAX_BYTES:
            diagnostics.append(
                error("SPK0405", f"the arrays hold {total} bytes; at most {MAX_BYTES} are read")
            )
        raise_errors(diagnostics)
        if demand is not None:
            demand({name: shape for name, (shape, _) in shapes.items()})
        for name in chosen:
            arrays[name] = _read(archive, name, diagnostics)
    raise_errors(diagnostics)
    return arrays


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


def _declared(
    archive: zipfile.ZipFile, name: str, diagnostics: list[Diagnostic]
) -> tuple[tuple[int, ...], int]:
    """Shape of the array by its own header, and bytes of a number; 0 and a finding where it cannot be read safely."""
    try:
        with archive.open(f"{name}.npy") as member:
            shape, dtype = read_npy_header(member, MAX_HEADER_CHARACTERS)
            start = member.tell()
    except _DAMAGE as problem:
        diagnostics.append(_damaged(name, problem))
        return (), 0
    if dtype.hasobject or dtype.kind not in NUMERIC_KINDS:
        message = f"array `{shown(name)}` holds {shown(str(dtype))}, not plain numbers"
        diagnostics.append(error("SPK0404", message))
        return (), 0
    size = math.prod(shape) * dtype.itemsize
    stored = archive.getinfo(f"{name}.npy").file_size
    if stored != start + size:
        message = f"array `{shown(name)}` declares {size} bytes, the archive {max(stored - start, 0)}"
        diagnostics.append(error("SPK0403", message))
    return shape, dtype.itemsize


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


def not_finite(name: str, array: np.ndarray) -> list[Diagnostic]:
    """Report values that are not finite, or are not as the 32-bit floats in which networks run (SPK0408)."""
    if array.dtype.kind != "f" or not array.size:
        return []
    ends = array.min(), array.max()  # NaN where there is one
    if all(-LARGEST <= end <= LARGEST for end in ends):
        return []
    what = f"past {LARGEST:.4g}, the largest 32-bit float"
    bad = np.abs(array) > LARGEST
    if not np.isfinite(ends).all():
        what, bad = "that are NaN or infinite", ~np.isfinite(array)
    where = tuple(int(k) for k in np.argwhere(bad)[0])
    return [error("SPK0408", f"array `{shown(name)}` has values {what}, the first at {where}")]


_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, ValueError, EOFError, OSError, RuntimeError, NotImplementedError,
    MemoryError, OverflowError, KeyError,
)  # fmt: skip


def _damaged(name: str, problem: Exception) -> Diagnostic:
    reason = shown(str(problem).splitlines()[0][:200]) if str(problem) else type(problem).__name__
    return error("SPK0403", f"array `{shown(name)}` cannot be read", reason=reason)
