"""One writer of an output at a time: a locked file beside it, which a crash unlocks."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ...sim.diagnostic import DiagnosticError, error
from ..shell.interrupt import uninterrupted

PATIENCE_SECONDS = 2.0
POLL_SECONDS = 0.005
_FLAGS = os.O_RDWR | os.O_CREAT | sum(getattr(os, n, 0) for n in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))
_CONTENT = re.compile(rb"(?:spikec (\d{1,10})\n)?")
_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


@contextmanager
def writer_lock(out: Path) -> Generator[bool]:
    """Keep other writers of `out` away; yields False on a system that has no locks, where it keeps nobody away.

    The file is `.NAME.lock` beside `out` and holds the number of the process. The system unlocks it when the
    process ends, however it ends; what a killed writer leaves of it, the next one takes over. Another writer is
    waited for PATIENCE_SECONDS. Raises DiagnosticError: SPK0507 where it is still there then, or where the file is
    no lock of spikec; OSError where none can be made."""
    path = out.with_name(f".{out.name}.lock")
    with ExitStack() as held:
        with uninterrupted():
            handle, locks = _acquired(path, out.name)
            held.callback(_remove, path, handle)
        yield locks


def _acquired(path: Path, name: str) -> tuple[int, bool]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(os.lstat(path).st_mode):
                raise _no_lock(path)
        handle = os.open(path, _FLAGS, 0o666)
        try:
            owner = _owner(handle, path)
            locks = _locked(handle)
            if locks is not None and _still_there(handle, path):
                _sign(handle, path)
                return handle, locks
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if locks is None:
            if time.monotonic() > deadline:
                raise _busy(name, owner)
            time.sleep(POLL_SECONDS)


def _owner(handle: int, path: Path) -> str:
    """The number of the process that wrote the lock, or "". A file of somebody else is left as it is."""
    regular = stat.S_ISREG(os.fstat(handle).st_mode)
    found = _CONTENT.fullmatch(os.pread(handle, 64, 0)) if regular else None
    if found is None:
        raise _no_lock(path)
    return (found[1] or b"").decode()


def _locked(handle: int) -> bool | None:
    """True: locked. None: another writer has it. False: there are no locks here."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        return None if problem.errno in _HELD else False
    return True


def _still_there(handle: int, path: Path) -> bool:
    """Whether the locked file is the one of that name: the writer before may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except FileNotFoundError:
        return False


def _sign(handle: int, path: Path) -> None:
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, b"spikec %d\n" % os.getpid(), 0)
    except OSError:
        path.unlink()
        raise


def _remove(path: Path, handle: int) -> None:
    """Before the unlocking: a file that somebody else has locked by then is never removed."""
    try:
        with suppress(OSError):
            path.unlink()
    finally:
        os.close(handle)


def _busy(name: str, owner: str) -> DiagnosticError:
    by = f", process {owner}," if owner else ""
    message = f"another spikec{by} is writing {name}"
    return DiagnosticError((error("SPK0507", message, hint="wait until it has ended, or choose another -o"),))


def _no_lock(path: Path) -> DiagnosticError:
    message = f"{path.name}, beside the output, is no lock of spikec; nothing was written"
    return DiagnosticError((error("SPK0507", message, hint="rename it, or choose another -o"),))
