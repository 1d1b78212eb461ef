"""Says why a file could not be written: a name that cannot be, no permission, or a disk that takes no more."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ...sim.diagnostic import Diagnostic, DiagnosticError, error
from ...sim.nir.path import shown
from ...targets.regular_file import reason

NAME = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.ELOOP,
     errno.EINVAL}
)  # fmt: skip
"""What is wrong with a name that was typed."""
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_refused(problem: OSError, what: str) -> Diagnostic:
    """Name the refusal: SPK0504 of a name, SPK0602 of permissions, SPK0601 of the machine. what: was to be written."""
    message = f"{what} cannot be written: {reason(problem)}"
    if problem.errno in NAME:
        return error("SPK0504", message, hint="choose another name")
    if problem.errno in FORBIDDEN:
        return error("SPK0602", message, hint="change its permissions, or choose another place")
    full = "free some space, or choose a place on another disk"
    return error("SPK0601", message, hint=full if problem.errno in FULL else "")


def demand_writable(file: Path, *reads: Path | None) -> None:
    """Refuse a file that cannot be written, before work is done for it, or that is one of those that are read, or in a
    folder of these. Raises DiagnosticError as `write_refused`, and SPK0512.

    Nothing is made: a disk that is full shows only when it is written to."""
    folder = file.parent
    for read in reads:
        if read is not None and _is_read(file, read):
            message = f"{shown(str(file))} would be written over, and this command reads it"
            raise DiagnosticError((error("SPK0512", message, hint="choose another name"),))
    number = (
        errno.EISDIR if file.is_dir()
        else errno.ENOENT if not folder.exists()
        else errno.ENOTDIR if not folder.is_dir()
        else errno.EACCES if not os.access(file if file.exists() else folder, os.W_OK)
        else 0
    )  # fmt: skip
    if number:
        problem = OSError(number, os.strerror(number))
        raise DiagnosticError((write_refused(problem, shown(str(file))),))


def _is_read(file: Path, read: Path) -> bool:
    """Whether `file` is `read` by whatever name, or lies in that folder."""
    try:
        there, source = file.resolve(), read.resolve()
        return there == source or (read.is_dir() and file.exists() and source in there.parents)
    except (OSError, RuntimeError):
        return False
