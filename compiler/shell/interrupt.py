"""Ends the process at Ctrl-C and SIGTERM with exit codes 130 and 143, at every moment; and tells when the shell's
processor time is used up.

Python runs a signal handler between any two of its instructions: also in the midst of an import, and where a library
has called Python from native code. An exception there leaves the library half initialised, and crashes it. So
KeyboardInterrupt is raised only where the main thread is in no library; another thread repeats the signal until that is
so, and ends the process by itself where that takes too long, or where somebody caught the exception.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import ClassVar, NoReturn

INTERRUPTED = 130
"""Exit code of a process that Ctrl-C ended."""
AGAIN_SECONDS = 0.02
ENDING = (signal.SIGINT, signal.SIGTERM)
PATIENCE_SECONDS = 2.0
"""From such a signal until the main thread has left all libraries, and again until it has put everything away."""
_LIBRARIES = frozenset({
    "_frozen_importlib", "_frozen_importlib_external", "importlib", "jax", "jaxlib", "numba", "llvmlite", "ortools",
    "h5py",
})  # fmt: skip
_TIME_MARGIN_SECONDS = 0.3


class _State:
    """What the signal handler and the other thread know. deferred: how many callers do not want to be interrupted.
    raised: whether KeyboardInterrupt was; by: at which signal. last_acts: what is done before the process is ended by
    the other thread."""

    deferred = 0
    raised = False
    by: ClassVar[int] = signal.SIGINT
    last_acts: ClassVar[list[Callable[[], None]]] = []


def interruptible(when_time_is_up: Callable[[], int] | None = None) -> None:
    """Let Ctrl-C and SIGTERM end this process in order, unless they are ignored (as under nohup) or already handled.

    when_time_is_up: called, in another thread, shortly before the system kills the process for having used the
    processor longer than the shell allows (`ulimit -t`); returns the exit code."""
    usual = (signal.default_int_handler, signal.SIG_DFL)
    ours = [number for number in ENDING if signal.getsignal(number) in usual]
    left = None if when_time_is_up is None else _processor_seconds_left()
    if not ours and left is None:
        return
    ear, mouth = os.pipe()
    os.set_blocking(mouth, False)
    signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    main = threading.get_ident()
    threading.Thread(target=_watch, args=(ear, main, when_time_is_up), daemon=True).start()
    for number in ours:
        signal.signal(number, _handler)
    if left is not None:
        signal.signal(signal.SIGPROF, _nothing)
        signal.setitimer(signal.ITIMER_PROF, max(left - _TIME_MARGIN_SECONDS, 0.01))


@contextmanager
def uninterrupted() -> Generator[None]:
    """Let Ctrl-C wait until the end of a few quick steps that belong together."""
    _State.deferred += 1
    try:
        yield
    finally:
        _State.deferred -= 1


@contextmanager
def last_act(act: Callable[[], None]) -> Generator[None]:
    """Do `act` if Ctrl-C ends the process here while the main thread is in a library."""
    _State.last_acts.append(act)
    try:
        yield
    finally:
        _State.last_acts.remove(act)


def leave(code: int) -> NoReturn:
    """End the process with `code`, without waiting for threads of libraries that an interrupt has cut short."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _watch(ear: int, main: int, when_time_is_up: Callable[[], int] | None) -> None:
    """Hear of signals as they come, whatever the main thread does meanwhile."""
    while True:
        number = os.read(ear, 1)[0]
        if number in ENDING:
            _repeat(main, number)
            with suppress(OSError):
                os.write(2, b"interrupted\n")
            _end(ending_code(number))
        if number == signal.SIGPROF and when_time_is_up is not None:
            _end(when_time_is_up())


def ending_code(number: int | None = None) -> int:
    """The exit code after a signal, as a shell gives it; None: after the one at which KeyboardInterrupt was raised."""
    return 128 + (_State.by if number is None else number)


def _repeat(main: int, number: int) -> None:
    """Send the signal again until the main thread takes it, and wait for the end that then should come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _State.raised and time.monotonic() < deadline:
        time.sleep(AGAIN_SECONDS)
        if not _State.raised:
            signal.pthread_kill(main, number)
    if _State.raised:
        time.sleep(PATIENCE_SECONDS)


def _end(code: int) -> NoReturn:
    """End the process from another thread than its main one."""
    for act in reversed(_State.last_acts):
        with suppress(Exception):
            act()
    leave(code)


def _handler(number: int, frame: FrameType | None) -> None:
    """Raises KeyboardInterrupt, once; nothing where the main thread must not be interrupted."""
    if _State.raised or _State.deferred or _in_a_library(frame):
        return
    _State.raised, _State.by = True, number
    raise KeyboardInterrupt


def _nothing(number: int, frame: FrameType | None) -> None:
    """The other thread hears of the signal."""


def _in_a_library(frame: FrameType | None) -> bool:
    """Whether `frame` was called, at any distance, by a library that must not be left in the middle."""
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if isinstance(name, str) and name.partition(".")[0] in _LIBRARIES:
            return True
        frame = frame.f_back
    return False


def processor_seconds() -> int | None:
    """How long the shell lets this process use the processor, in seconds; None for as long as it likes."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    return None if soft == resource.RLIM_INFINITY else max(1, soft)


def open_files() -> int | None:
    """How many files the shell lets this process have open (`ulimit -n`); None for as many as there are."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def address_space_bytes() -> int | None:
    """How much memory the shell lets this process map (`ulimit -v`), in bytes; None for as much as there is."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def _processor_seconds_left() -> float | None:
    allowed = processor_seconds()
    return None if allowed is None else allowed - time.process_time()
