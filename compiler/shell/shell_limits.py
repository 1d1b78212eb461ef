"""What the shell allows this process (`ulimit`), and what is said where that is too little."""

from __future__ import annotations

import errno
import os
import sys

from ...sim.diagnostic import Diagnostic, error, render_all
from .interrupt import address_space_bytes, open_files, processor_seconds

GIB = 1 << 30
MAPPED_GIB = {"inspect": (1.2, 0.05)}
COMPUTING_GIB = (1.75, 0.1)
"""What a verb maps before it begins, in GiB, and for each processor besides: libraries, stacks of their threads.
Measured on two processors: with less, libraries end the process from below, and Python hears nothing of it."""
ENOUGH_FILES = 256
"""Files that any command has open at a time, many times over."""
COMPUTING = frozenset(
    {"check", "compare", "compile", "export", "fit", "lint", "reference", "simulate", "sweep"}
)
_NO_MEMORY = (
    "failed to map segment", "cannot allocate memory", "can't start new thread", "resource_exhausted", "bad_alloc",
    "unable to allocate", "out of memory", "memoryerror",
)  # fmt: skip


def too_little_for(verb: str) -> Diagnostic | None:
    """SPK0604 where the shell allows less memory than the verb maps before it begins; else None."""
    allowed = address_space_bytes()
    base, each = COMPUTING_GIB if verb in COMPUTING else MAPPED_GIB.get(verb, (0.0, 0.0))
    least = base + each * len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else base
    if allowed is None or allowed >= least * GIB:
        return None
    message = (
        f"the shell allows {allowed / GIB:.2f} GiB of addresses (ulimit -v); the libraries of `spikec {verb}` map "
        f"{least:.2f} GiB before it begins"
    )
    return error("SPK0604", message, hint=f"ulimit -v {int(least * GIB) >> 10}, or unlimited")


def is_lack_of_memory(problem: BaseException | None) -> bool:
    """Whether an exception, or what it was raised from, is the system's refusal of memory or of a thread."""
    while problem is not None:
        if isinstance(problem, MemoryError):
            return True
        if isinstance(problem, OSError) and problem.errno in (errno.ENOMEM, errno.EAGAIN):
            return True
        if any(words in str(problem).lower() for words in _NO_MEMORY):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def is_lack_of_files(problem: BaseException | None) -> bool:
    """Whether an exception, or what it was raised from, is the system's refusal to open one more file."""
    while problem is not None:
        if isinstance(problem, OSError) and problem.errno in (errno.EMFILE, errno.ENFILE):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def no_files() -> Diagnostic:
    """SPK0609, with what the shell allows."""
    allowed = open_files()
    limit = "" if allowed is None else f": the shell allows {allowed} at a time (ulimit -n)"
    return error(
        "SPK0609", f"the system opens no more files for this{limit}", hint=f"ulimit -n {ENOUGH_FILES}"
    )


def no_memory() -> Diagnostic:
    """SPK0604, with what the shell allows."""
    allowed = address_space_bytes()
    limit = "" if allowed is None else f": the shell allows {allowed / GIB:.2f} GiB of addresses (ulimit -v)"
    hint = "a smaller stimulus or network needs less; or allow more memory"
    return error("SPK0604", f"the system has no more memory for this{limit}", hint=hint)


def time_is_up() -> int:
    """Say that the processor time is used up, SPK0605; returns the exit code."""
    from ..diagnostics import PROBLEM

    message = f"the processor time that the shell allows, {processor_seconds()} s, is used up (ulimit -t)"
    found = error(
        "SPK0605", message, hint="nothing was written; allow more time, or give fewer steps or samples"
    )
    print(render_all((found,)), file=sys.stderr)
    return PROBLEM
