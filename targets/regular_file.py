"""Opens files that a user or another file names: regular ones only, without waiting, and no larger than is said."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

# Non-blocking, so that a pipe put there meanwhile cannot hold us up; a terminal does not become ours.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)


_CHUNK_BYTES = 1 << 20


class NotRegularError(OSError):
    """A pipe, device, socket or folder stands where a file is needed."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "not a regular file")


class TooLargeError(OSError):
    """A file has more bytes than are read: `size`, or as many of them as were seen."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(errno.EFBIG, f"it has {size:,} bytes; at most {most:,} are read")
        self.size = size


def open_regular(path: Path | str, most: int, *, folder: int | None = None) -> BufferedReader:
    """Open a file of at most `most` bytes for reading; nothing but a regular file is ever opened.

    folder: descriptor of the folder that `path` is relative to. Raises OSError: NotRegularError, TooLargeError,
    FileNotFoundError also for a name that no file can have, and whatever the system says."""
    try:
        _demand_regular(os.stat(path, dir_fd=folder), most)
        handle = os.open(path, _FLAGS, dir_fd=folder)
    except ValueError as problem:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from problem
    try:
        # Once more, for what stood there a moment ago may have been exchanged.
        _demand_regular(os.fstat(handle), most)
    except OSError:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def read_regular(path: Path | str, most: int, *, folder: int | None = None) -> bytes:
    """Read a file of at most `most` bytes, in as much memory as it has bytes. Raises OSError as `open_regular`."""
    with open_regular(path, most, folder=folder) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(min(size, most) + 1) or b""
        while size < len(data) <= most and (more := file.read(_CHUNK_BYTES)):  # it grows meanwhile
            data += more
    if len(data) > most:
        raise TooLargeError(len(data), most)
    return data


def reason(problem: OSError) -> str:
    """Say why the system refused, without the path."""
    return problem.strerror or type(problem).__name__


def _demand_regular(status: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError
    if status.st_size > most:
        raise TooLargeError(status.st_size, most)
