"""What is printed, on any terminal, into any file: no encoding, closed pipe or full disk is a fault of the program."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO


class PrintingError(OSError):
    """What was to be printed could not be written: the device is full, or fails."""


class _Device(io.FileIO):
    """A descriptor that goes on as a hole once nobody reads from it any more, or once it has failed.

    silent: also its failure is told to nobody."""

    def __init__(self, descriptor: int, *, silent: bool) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self.silent = silent

    def write(self, data: object, /) -> int:
        """Write bytes. Raises PrintingError once."""
        try:
            return super().write(data)  # pyright: ignore[reportArgumentType]
        except OSError as problem:
            self._become_a_hole()
            if self.silent or isinstance(problem, BrokenPipeError):
                return super().write(data)  # pyright: ignore[reportArgumentType]
            raise PrintingError(problem.errno, problem.strerror) from problem

    def _become_a_hole(self) -> None:
        hole = os.open(os.devnull, os.O_WRONLY)
        os.dup2(hole, self.fileno())
        os.close(hole)


def print_anywhere() -> None:
    """Make stdout and stderr of this process take any text: what their encoding lacks is written as `\\xe9`.

    A reader of stdout that has gone (`| head -1`) is no reason to stop; the rest is printed to nobody. A full device
    behind stdout raises PrintingError, one behind stderr nothing: there is nobody left to tell."""
    sys.stdout = _anywhere(sys.stdout, silent=False)
    sys.stderr = _anywhere(sys.stderr, silent=True)


def _anywhere(stream: TextIO, *, silent: bool) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # None where it is closed, or somebody else's
        return stream
    device = io.BufferedWriter(_Device(stream.fileno(), silent=silent))
    made = io.TextIOWrapper(
        device,
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering or silent,
    )
    made.mode = "w"  # pyright: ignore[reportAttributeAccessIssue]
    return made
