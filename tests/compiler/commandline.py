"""The command line as a user types it: in this process where that is the same, else in one of its own."""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from unittest import mock

from spikec.compiler.shell.cli import _run

ROOT = Path(__file__).parents[2]
DIGITS = ROOT / "examples" / "digits"
COMPILED = ("--dialect", "snntorch.Leaky", "--stimulus", DIGITS / "digits.npz")


@dataclass(frozen=True)
class Said:
    """What a command left: its exit code and its texts."""

    returncode: int
    stdout: str
    stderr: str


def spikec(*words: str | Path, cwd: Path | None = None) -> Said:
    """Run in this process, so that what is imported and compiled for the engines is there already."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd or Path.cwd()):
        code = run_here(words, out, err)
    return Said(code, out.getvalue(), err.getvalue())


def run_here(words: Sequence[str | Path], out: TextIO, err: TextIO) -> int:
    """Run in this process, printing to `out` and `err`; the exit code."""
    with (
        mock.patch.object(sys, "argv", ["spikec", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        return _run()


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "spikec.compiler", *map(str, words)]


def spikec_process(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run in a process of its own."""
    with interruptible():
        return subprocess.run(
            command(*words), capture_output=True, text=True, timeout=300, check=False, cwd=cwd
        )


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Children started inside heed SIGINT, also where it is ignored: in the background, and under nohup."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
