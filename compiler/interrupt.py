"""Ctrl-C at any moment: after the import of a library, whose native part else crashes half initialised; and then the
end, whatever threads the libraries have left."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
"""Exit code of a process that Ctrl-C ended."""
_AGAIN_SECONDS = 0.05


def interrupt_between_imports() -> None:
    """Install the handler for this process, unless interrupts are ignored (as under nohup) or already handled."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _handler)


def leave(code: int) -> NoReturn:
    """End the process with `code`, without waiting for threads of libraries that an interrupt has cut short."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _handler(number: int, frame: FrameType | None) -> None:
    """Raises KeyboardInterrupt, or asks for the same signal a little later while the main thread imports."""
    if not _imports(frame):
        raise KeyboardInterrupt
    again = threading.Timer(_AGAIN_SECONDS, signal.pthread_kill, (threading.get_ident(), number))
    again.daemon = True
    again.start()


def _imports(frame: FrameType | None) -> bool:
    """Whether `frame` was called, at any distance, by the import of a module."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
