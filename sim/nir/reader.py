"""Starts the process that opens files, and keeps it for the next file: to start Python takes longer than most files.

That process, `child`, opens none itself: it forks for every file, so that whatever a file does to the process that
opens it is gone with that process.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO

COMMAND = ("-P", "-m", f"{__package__}.child")
ONCE = "once"
"""The word behind it where it is to open one file itself."""
LAST = 2000
"""Letters of the errors that are kept."""
GONE = (BrokenPipeError, ConnectionResetError)


class NoAnswerError(Exception):
    """There was no answer in the time that was given."""


@dataclass(frozen=True)
class Answer:
    """What the process of a file left. code: of its exit, or minus the signal that ended it. errors: what it printed,
    if the code is not 0."""

    code: int
    data: bytes = b""
    errors: str = ""


def answer(request: bytes, seconds: float) -> Answer:
    """Give `request` to a process of its own, and take all that it answers. Raises NoAnswerError after `seconds`."""
    try:
        if hasattr(os, "fork"):
            return _of_a_kept_process(request, time.monotonic() + seconds)
        return _of_a_new_process(request, seconds)
    except (TimeoutError, subprocess.TimeoutExpired) as fault:
        raise NoAnswerError from fault


def _of_a_new_process(request: bytes, seconds: float) -> Answer:
    """Where no process can be forked."""
    command = [sys.executable, *COMMAND, ONCE]
    done = subprocess.run(
        command, input=request, capture_output=True, timeout=seconds, env=_environment(), check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr.decode(errors="replace")[-LAST:])


def _of_a_kept_process(request: bytes, end: float) -> Answer:
    """From one that waits for a file, or else from a new one. end: on the monotonic clock, seconds."""
    reader = _waiting() or _started()
    try:
        found = reader.ask(request, end)
        if found is None:
            reader.process.wait(_left(end))
    except BaseException:
        reader.end()
        raise
    if found is not None:
        _WAITING.append(reader)
        return found
    found = reader.end()
    # 0: it had waited for too long and was about to go, see `child.serve`.
    return found if found.code else _of_a_kept_process(request, end)


@dataclass(frozen=True)
class _Reader:
    """A process that waits for files. control: the other end of its standard input. errors: what it prints."""

    executable: str
    process: subprocess.Popen[bytes]
    control: socket.socket
    errors: IO[bytes]

    def ask(self, request: bytes, end: float) -> Answer | None:
        """The answer, or None where this process ends before that of the file has."""
        ours, theirs = socket.socketpair()
        data = bytearray()
        with ours, theirs, contextlib.suppress(*GONE):
            socket.send_fds(self.control, [b"\0"], [theirs.fileno()])
            theirs.close()
            with contextlib.suppress(*GONE):  # what is written may be more than is read
                ours.settimeout(_left(end))
                ours.sendall(request)
                ours.shutdown(socket.SHUT_WR)
                while part := _received(ours, end):
                    data += part
            if told := _received(self.control, end):
                code = int(told)
                return Answer(code, bytes(data), self._printed() if code else "")
        return None

    def end(self) -> Answer:
        """Kill the process, and those of files with it, if they have not ended."""
        self.control.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        errors = self._printed()
        self.errors.close()
        return Answer(code, errors=errors)

    def _printed(self) -> str:
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")[-LAST:]


_WAITING: list[_Reader] = []
"""As many as have read files at the same time."""


def _waiting() -> _Reader | None:
    """One of those that wait, of this Python; those that are gone are no more among them. In a fork of this process
    all are: they are not its children."""
    while _WAITING:
        reader = _WAITING.pop()
        if reader.process.poll() is None and reader.executable == sys.executable:
            return reader
        reader.end()
    return None


def _started() -> _Reader:
    errors = tempfile.TemporaryFile()  # noqa: SIM115, as long as the process
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, *COMMAND], stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=errors,
            env=_environment(), process_group=0,  # Ctrl-C is for the process that waits for it
        )  # fmt: skip
    return _Reader(executable=sys.executable, process=process, control=ours, errors=errors)


def _environment() -> dict[str, str]:
    """ "::" turns dynamic HDF5 filters off; one thread is all the process has work for, and starts faster."""
    return {**os.environ, "HDF5_PLUGIN_PRELOAD": "::", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _received(end_of: socket.socket, end: float) -> bytes:
    end_of.settimeout(_left(end))
    return end_of.recv(1 << 20)


def _left(end: float) -> float:
    """Seconds, more than none. Raises TimeoutError."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@atexit.register
def _end_all() -> None:
    while _WAITING:
        _WAITING.pop().end()
