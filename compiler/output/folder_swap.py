"""Exchanges a folder for a new one in one step, and puts away what is left of that and of writers that were killed."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from ...targets.regular_file import reason
from ..shell.interrupt import uninterrupted
from .manifest import MANIFEST, manifest_bytes
from .output_folder import written_in

AT_CWD, EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


def replace(out: Path, files: Mapping[str, bytes], kept: Sequence[str]) -> None:
    """Make `out` a folder of `files`, their manifest, and the entries `kept` of the folder that is there.

    Whatever fails, and wherever it is killed, `out` holds the old files or the new ones, and nothing of `kept` is
    lost: it may lie in `.NAME.new-*` beside `out` until `clear_leftovers` puts it back. Raises OSError."""
    with ExitStack() as held:
        with uninterrupted():
            fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
            # At the end it is the old folder; or, where something failed, the new one, with all that was kept.
            held.callback(_dissolve, fresh, out)
        # The manifest comes first, so that it is known of every file here whose it is.
        _write_synced(fresh / MANIFEST, manifest_bytes(files))
        for name in sorted(files):
            _write_synced(fresh / name, files[name])
        _sync_folder(fresh)
        fresh.chmod(stat.S_IMODE(out.stat().st_mode) if out.exists() else 0o755)
        with uninterrupted():
            for name in kept:
                _carry(out / name, fresh)
            _swap(fresh, out)
        _sync_folder(out.parent)


def _carry(entry: Path, folder: Path) -> None:
    try:
        entry.rename(folder / entry.name)
    except FileNotFoundError:  # its owner removed it meanwhile
        return
    except OSError as problem:
        raise OSError(problem.errno, f"{entry.name} in it cannot be moved: {reason(problem)}") from problem


def clear_leftovers(out: Path) -> None:
    """Put away what killed writers of `out` left beside it; only who holds the lock may. Raises OSError."""
    for old in _left(out, "old"):
        if not os.path.lexists(out) and _is_folder(old / "was"):
            (old / "was").rename(out)
        with suppress(OSError):
            _dissolve(old / "was", out)
            old.rmdir()
    for fresh in _left(out, "new"):
        with suppress(OSError):
            _dissolve(fresh, out)


def _left(out: Path, kind: str) -> list[Path]:
    """Folders `.NAME.<kind>-*` beside `out`, of the user who runs this."""
    pattern = re.compile(rf"\.{re.escape(out.name)}\.{kind}-[a-z0-9_]{{8}}")
    found = [path for path in sorted(out.parent.iterdir()) if pattern.fullmatch(path.name)]
    us = os.geteuid() if hasattr(os, "geteuid") else None
    return [path for path in found if _is_folder(path) and us in (None, os.lstat(path).st_uid)]


def _dissolve(folder: Path, out: Path) -> None:
    """Take a folder apart: delete what spikec wrote, move all else into `out`, and remove it if it is empty then.

    What has no place in `out`, and a folder whose manifest is not spikec's, are left as they are."""
    if not _is_folder(folder):
        return
    written = written_in(folder)
    for name in sorted(os.listdir(folder)):
        file = folder / name
        if isinstance(written, str) or name == MANIFEST:
            continue
        if name in written and not file.is_symlink() and file.is_file():
            file.unlink()
        elif out.is_dir() and not os.path.lexists(out / name):
            file.rename(out / name)
    if os.listdir(folder) == [MANIFEST]:  # whole, or half: it is the first file of a writer
        (folder / MANIFEST).unlink()
    with suppress(OSError):
        folder.rmdir()


def _is_folder(path: Path) -> bool:
    """Whether it is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def _swap(fresh: Path, out: Path) -> None:
    if not out.exists():
        fresh.rename(out)
    elif not _exchange(fresh, out):
        _rename_twice(fresh, out)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, where the system can (Linux renameat2); False where it cannot."""
    import ctypes

    call = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    return call is not None and call(AT_CWD, os.fsencode(one), AT_CWD, os.fsencode(other), EXCHANGE) == 0


def _rename_twice(fresh: Path, out: Path) -> None:
    """Between the two `out` is absent; `clear_leftovers` finds the old one in `.NAME.old-*` beside it."""
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
    try:
        out.rename(old / "was")
        try:
            fresh.rename(out)
        except BaseException:
            (old / "was").rename(out)
            raise
        _dissolve(old / "was", out)
    finally:
        with suppress(OSError):
            old.rmdir()


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
