"""Tells the C library to keep memory that was given back, for what is asked for next.

Large arrays come and go by the hundred in a compile. Without this each of them is mapped anew, and the system clears
its pages: a fifth of the time of a compile of ten million synapses.
"""

from __future__ import annotations

import ctypes
import sys

TRIM_THRESHOLD, MMAP_MAX = -1, -4
"""Of mallopt, in malloc.h of the GNU C library."""
KEPT_BYTES = (1 << 31) - 1


def keep_memory() -> bool:
    """Ask for it, on Linux with the GNU C library; whether that was done. Elsewhere nothing changes."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(MMAP_MAX, 0)) and bool(mallopt(TRIM_THRESHOLD, KEPT_BYTES))
