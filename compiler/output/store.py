"""OUT on disk: written beside, synced, swapped in. A reader sees the old one or the new one, never a half."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from ...sim.diagnostic import DiagnosticError, error
from .artifacts import json_bytes

MANIFEST = "manifest.json"
TOOLS = ("spikec", "numpy", "scipy", "networkx", "ortools", "jax", "h5py")
TIMED = frozenset({"report.html", "seconds.json"})  # shows how long the stages took: other bytes in every run
LARGEST_FILE = 1 << 30
AT_CWD, EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """Make `out` hold exactly `files` and the manifest of their digests.

    Raises DiagnosticError: SPK0503 where `out` is something else than an earlier output, SPK0504 where the
    operating system refuses."""
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / MANIFEST).is_file())):
        message = f"{out.name} exists and is no output of spikec; nothing was written"
        raise DiagnosticError((error("SPK0503", message, hint="choose another -o"),))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(out)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
        for name in sorted(files):
            _write_synced(fresh / name, files[name])
        _write_synced(fresh / MANIFEST, json_bytes(manifest(files)))
        _sync_folder(fresh)
        _swap(fresh, out)
    except OSError as problem:
        text = problem.strerror or type(problem).__name__
        raise DiagnosticError((error("SPK0504", f"the output cannot be written: {text}"),)) from problem


def manifest(files: Mapping[str, bytes]) -> dict[str, object]:
    """Digests of all files and the versions that made them. `files`: the same from run to run; `timed`: not."""
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    return {
        "schema_version": 1,
        "files": {name: digest for name, digest in digests.items() if name not in TIMED},
        "timed": {name: digest for name, digest in digests.items() if name in TIMED},
        "tools": {name: version(name) for name in TOOLS},
    }


def read(out: Path) -> dict[str, bytes]:
    """All files of an output, each checked against the manifest.

    Raises DiagnosticError: SPK4101 where it is none, SPK4102 for a file that is missing or changed."""
    try:
        manifest_file = json.loads(_bounded(out / MANIFEST))
        listed = {**manifest_file["files"], **manifest_file["timed"]}
        names = sorted(str(name) for name in listed)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        message = f"{out.name} is no output of spikec: its manifest cannot be read"
        raise DiagnosticError((error("SPK4101", message),)) from problem
    found: dict[str, bytes] = {}
    wrong = []
    for name in names:
        if Path(name).name != name:
            wrong.append(error("SPK4102", "the manifest lists a file outside the output"))
            continue
        try:
            found[name] = _bounded(out / name)
        except OSError:
            wrong.append(error("SPK4102", f"{name} is missing"))
            continue
        if hashlib.sha256(found[name]).hexdigest() != listed[name]:
            wrong.append(error("SPK4102", f"{name} is not the file that was written"))
    if wrong:
        raise DiagnosticError(tuple(wrong))
    return found


def _bounded(file: Path) -> bytes:
    with file.open("rb") as stream:
        data = stream.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise OSError("larger than any output")
    return data


def _write_synced(file: Path, data: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(fresh: Path, out: Path) -> None:
    fresh.chmod(0o755)
    if not out.exists():
        fresh.rename(out)
    elif _exchange(fresh, out):
        shutil.rmtree(fresh, ignore_errors=True)
    else:
        old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
        # Two renames: between them `out` is absent, and the next write finds the old one in .old- beside it.
        out.rename(old / "was")
        fresh.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    _sync_folder(out.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, where the system can (Linux renameat2); False where it cannot."""
    import ctypes

    call = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    return call is not None and call(AT_CWD, os.fsencode(one), AT_CWD, os.fsencode(other), EXCHANGE) == 0


def _remove_leftovers(out: Path) -> None:
    for old in sorted(out.parent.glob(f".{out.name}.old-*")):
        if not out.exists() and (old / "was").is_dir():
            (old / "was").rename(out)
        shutil.rmtree(old, ignore_errors=True)
    for half in sorted(out.parent.glob(f".{out.name}.new-*")):
        shutil.rmtree(half, ignore_errors=True)
