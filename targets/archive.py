"""Writes an uncompressed `.npz` archive, the same bytes for the same arrays; reads one, which may come from anyone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .layout import DecodeError
from .npy import read_npy_header

MAX_BYTES = 1 << 30
MAX_MEMBERS = 1 << 20
MAX_HEADER_CHARACTERS = 1000
EPOCH = (1980, 1, 1, 0, 0, 0)


def archive_bytes(arrays: Mapping[str, np.ndarray], kind: str | None = None) -> bytes:
    """Write arrays in the order of their names. kind: the type of all, None: each its own."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", date_time=EPOCH)
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, _npy(np.ascontiguousarray(arrays[name], dtype=kind)))
    return body.getvalue()


def _npy(values: np.ndarray) -> bytes:
    member = io.BytesIO()
    np.lib.format.write_array(member, values, version=(1, 0), allow_pickle=False)
    return member.getvalue()


def read_archive(body: bytes, file: str, read: Callable[[str, bytes], np.ndarray]) -> dict[str, np.ndarray]:
    """Read the arrays of an archive, the file `file`: nothing is unpickled or decompressed. read: takes the name of a
    member and its bytes.

    Raises DecodeError for anything that `archive_bytes` does not write, and what `read` raises."""
    if len(body) > MAX_BYTES:
        raise DecodeError(file, -1, f"{len(body)} bytes; at most {MAX_BYTES} are read")
    arrays: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > len(body):
                raise DecodeError(file, -1, "more words are listed than the file holds")
            for member in members:
                name = member.filename.removesuffix(".npy")
                if member.compress_type != zipfile.ZIP_STORED or name in arrays or name == member.filename:
                    raise DecodeError(name[:80], -1, "a member is compressed, listed twice or no .npy")
                arrays[name] = read(name, archive.read(member))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as problem:
        raise DecodeError(file, -1, f"not a sound .npz archive: {problem}") from problem
    except DecodeError:
        raise
    except ValueError as problem:
        raise DecodeError(file, -1, f"not a sound .npz archive: {problem}") from problem
    return arrays


def array_of(
    name: str, member: bytes, kinds: Sequence[str], otherwise: str, axes: int | None = None
) -> np.ndarray:
    """The array of a member, of one of these types; its header is believed only where the bytes that follow agree.

    axes: how many it has, None: any. otherwise: what DecodeError says of another."""
    stream = io.BytesIO(member)
    shape, dtype, by_column = read_npy_header(stream, MAX_HEADER_CHARACTERS)
    rest = member[stream.tell() :]
    size = 1
    for length in shape:
        size *= length
    right = dtype in [np.dtype(kind) for kind in kinds] and size * dtype.itemsize == len(rest)
    if not right or (by_column and len(shape) > 1) or (axes is not None and len(shape) != axes):
        raise DecodeError(name[:80], -1, otherwise)
    return np.frombuffer(rest, dtype=dtype).reshape(shape)
