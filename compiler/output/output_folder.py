"""What stands where an output is to be written, and whether it may be replaced."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ...sim.diagnostic import DiagnosticError, error
from ...sim.nir.path import shown
from ...targets.regular_file import read_regular, reason
from ..shell.write_refused import write_refused
from .manifest import MANIFEST, MAX_BYTES, read_manifest

KINDS = {
    "report.json": "an output of a compile",
    "sweep.json": "a sweep",
    "vectors.json": "vectors of a chip",
}
"""File that only folders of one kind have -> that kind. A folder is exchanged for one of its kind alone."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """exists: whether there is a folder. written: names of the files there that spikec wrote. others: what else is
    in it, sorted."""

    exists: bool
    written: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()


def place(out: Path) -> Path:
    """Find the folder that `out` means: links followed, absolute.

    Raises DiagnosticError: SPK0503 for a folder that cannot be exchanged for another: the one that we are in, one
    above it, one where a disk is mounted. OSError where the system cannot say."""
    found = Path(os.path.realpath(out))
    if _holds_us(found):
        _refuse(out, "is the folder that you are in, or one above it", "name a new folder in it: -o out")
    if os.path.ismount(found):
        _refuse(out, "is where a disk is mounted, and cannot be exchanged", "name a new folder in it")
    return found


def standing(out: Path) -> Standing:
    """Look at the folder to be replaced. Raises DiagnosticError: SPK0503 where spikec did not write it, SPK0602 where
    it may not be changed; OSError where the system cannot say."""
    try:
        status = os.lstat(out)
    except FileNotFoundError:
        return Standing(exists=False)
    if not stat.S_ISDIR(status.st_mode):
        _refuse(out, "exists and is no folder")
    if not os.access(out, os.W_OK | os.X_OK):
        problem = OSError(errno.EACCES, os.strerror(errno.EACCES))
        raise DiagnosticError((write_refused(problem, str(out)),))
    files = dict(sorted((entry.name, entry.is_file(follow_symlinks=False)) for entry in os.scandir(out)))
    if not files:
        return Standing(exists=True)
    written = written_in(out)
    if isinstance(written, str):
        _refuse(out, "exists and is no output of spikec", because=written)
    # What spikec wrote were files: a folder or a link of such a name is somebody else's.
    mine = frozenset(name for name, is_file in files.items() if is_file and name in written)
    return Standing(exists=True, written=mine, others=tuple(name for name in files if name not in mine))


def written_in(folder: Path) -> frozenset[str] | str:
    """Names of the files that the manifest in `folder` lists, itself among them; or why there is none."""
    path = folder / MANIFEST
    try:
        if path.is_symlink():
            return f"{MANIFEST} is a link"
        found = read_manifest(read_regular(path, MAX_BYTES))
    except OSError as problem:
        return f"{MANIFEST}: {reason(problem)}"
    return f"{MANIFEST}: {found}" if isinstance(found, str) else frozenset({*found.listed, MANIFEST})


def refuse_collisions(found: Standing, names: frozenset[str], out: Path) -> None:
    """Raise DiagnosticError, SPK0506, where a new file would take the place of one that spikec did not write."""
    taken = [name for name in found.others if name in names]
    if not taken:
        return
    what = f"{', '.join(taken[:3])}{' ...' if taken[3:] else ''}"
    message = (
        f"{what} in {shown(str(out))}: a file of the new output has this name, "
        "and spikec did not write what is there"
    )
    raise DiagnosticError(
        (error("SPK0506", message, hint="move it out of the folder, or choose another -o"),)
    )


def refuse_other_kind(found: Standing, names: frozenset[str], out: Path) -> None:
    """Raise DiagnosticError, SPK0503, where a folder of one kind would be exchanged for one of another kind."""
    mine = {KINDS[name] for name in KINDS if name in names}
    for theirs in (KINDS[name] for name in KINDS if name in found.written):
        if mine and theirs not in mine:
            _refuse(out, f"is {theirs}, and would be replaced by {min(mine)}")


def _holds_us(folder: Path) -> bool:
    try:
        here = Path(os.path.realpath(os.getcwd()))
    except FileNotFoundError:  # our folder was removed
        return False
    return folder == here or folder in here.parents


def _refuse(out: Path, why: str, hint: str = "choose another -o", *, because: str = "") -> NoReturn:
    facts = {"reason": because} if because else {}
    message = f"{shown(str(out))} {why}; nothing was written"
    raise DiagnosticError((error("SPK0503", message, hint=hint, **facts),))
