"""Tells the C library to keep memory that was given back, for what is asked for next, and when it is too much.

Large arrays come and go by the hundred in a compile. Without this each of them is mapped anew, and the system clears
its pages: a fifth of the time of a compile of ten million synapses. But what one stage of a large compile leaves lies
in pieces, which do not fit what the next one asks for.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

TRIM_THRESHOLD, MMAP_MAX = -1, -4
"""Of mallopt, in malloc.h of the GNU C library."""
KEPT_BYTES = (1 << 31) - 1
RESIDENT = Path("/proc/self/statm")


def keep_memory() -> bool:
    """Ask for it, on Linux with the GNU C library; whether that was done. Elsewhere nothing changes."""
    library = _library()
    if library is None:
        return False
    return bool(library.mallopt(MMAP_MAX, 0)) and bool(library.mallopt(TRIM_THRESHOLD, KEPT_BYTES))


def give_back(beyond_bytes: int = KEPT_BYTES) -> bool:
    """Give what is free back to the system where this process holds more memory than that; whether it was done."""
    library = _library()
    if library is None:
        return False
    try:
        pages = int(RESIDENT.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return False
    return pages * os.sysconf("SC_PAGE_SIZE") > beyond_bytes and bool(library.malloc_trim(0))


def _library() -> ctypes.CDLL | None:
    """The GNU C library on Linux, None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
        return library if library.mallopt and library.malloc_trim else None
    except (AttributeError, OSError):
        return None
