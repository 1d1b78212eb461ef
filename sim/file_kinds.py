"""Tells from its first bytes what a file is that was given in the place of another."""

from __future__ import annotations

import re
from typing import IO, NamedTuple

HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP, NUMPY, LFS = b"PK\x03\x04", b"\x93NUMPY", b"version https://git-lfs.github.com/spec/"
START_BYTES = 512


class FileKind(NamedTuple):
    """what: the file is, in words. network, arrays: how to get a `.nir`, or an `.npz`, where that was meant."""

    what: str
    network: str
    arrays: str


def kind_of(file: IO[bytes]) -> FileKind | None:
    """The kind of a file, from its beginning and, of an archive, the names in it; None where these tell nothing.

    Leaves the file at its beginning."""
    file.seek(0)
    start = file.read(START_BYTES)
    file.seek(0)
    if start.startswith(LFS):
        size = re.search(rb"\nsize (\d{1,15})\n", start)
        stands_for = f" for a file of {int(size[1]):,} bytes" if size else ""
        fetch = "run `git lfs pull` in its repository"
        return FileKind(f"a Git LFS pointer{stands_for}, which was not fetched", fetch, fetch)
    if start.startswith(ZIP):
        return _archive(file)
    if re.match(rb"\s*<(!doctype|html)", start, re.IGNORECASE):
        download = "download the file itself, not the page that shows it (its raw or download link)"
        return FileKind("a web page", download, download)
    return next((kind for magic, kind in _STARTS if start.startswith(magic)), None)


_EXPORT = "load it in its framework and write the network with nir.write(path, graph)"
_SAVE = "numpy.savez('s.npz', input=spikes) writes one, spikes (T, B, ...)"
_PICKLE = FileKind("a Python pickle, as old torch models are; nothing in it is run", _EXPORT, _SAVE)
_UNPACK = "unpack it first"
_STARTS = (
    (
        NUMPY,
        FileKind(
            "one numpy array (.npy)",
            "give the .nir file, and the array to --stimulus as an .npz",
            "numpy.savez('s.npz', input=numpy.load('s.npy')) makes an .npz of it",
        ),
    ),
    (HDF5, FileKind("an HDF5 file, as .nir and .h5 are", _EXPORT, _SAVE)),
    *((b"\x80%c" % version, _PICKLE) for version in (2, 3, 4, 5)),
    (b"\x1f\x8b", FileKind("a gzip archive", _UNPACK, _UNPACK)),
)


def _archive(file: IO[bytes]) -> FileKind:
    import zipfile

    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()[:10_000]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError):
        again = "copy or write the file again, and compare its size and digest with the original"
        return FileKind("a zip archive that is damaged or cut short", again, again)
    finally:
        file.seek(0)
    if any(name.endswith("data.pkl") for name in names):
        return FileKind("a file that torch saved (.pt)", _EXPORT, f"load it with torch, then {_SAVE}")
    if any(name.endswith(".npy") for name in names):
        network = "give the .nir file first, and this one to --stimulus"
        return FileKind("an .npz of arrays, as a stimulus is", network, _SAVE)
    return FileKind("a zip archive of something else", _UNPACK, _SAVE)
