"""A case of a diagnostic: what is typed, and what spikec then says, word for word."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from spikec.compiler.shell.cli import _run

Words = Sequence[str | Path]
Case = Callable[[Path], Words]
"""Makes its files in an empty folder and returns the words of the command line."""

READING = ("--dialect", "nir.euler", "--dt", "1")
RANDOM = ("--poisson", "0.5", "--steps", "4", "--batch", "1")


def inspect(net: Path) -> Words:
    return ("inspect", net, *READING)


def compiled(net: Path, *more: str | Path) -> Words:
    """`spikec compile` with the plain reading and a small random stimulus."""
    return ("compile", net, *READING, *RANDOM, "-q", *more, "-o", net.parent / "out")


@dataclass(frozen=True)
class Said:
    """exit code and stderr, the case's folder replaced by `DIR`; `text` is both."""

    code: int
    stderr: str

    @property
    def text(self) -> str:
        return f"exit {self.code}\n{self.stderr}"


def said(words: Words, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> Said:
    """Run spikec in this process, in `folder`."""
    patch.chdir(folder)
    patch.setattr("sys.argv", ["spikec", *map(str, words)])
    capture.readouterr()
    code = _run()
    printed = capture.readouterr()
    told = printed.out + printed.err if words[0] == "lint" else printed.err  # there, findings are the result
    stderr = re.sub(r"(?:/private)?" + re.escape(str(folder)), "DIR", told)
    stderr = re.sub(r"^   library  .*$", "   library  (in the words of the HDF5 library)", stderr, flags=re.M)
    return Said(code=code, stderr=stderr)


def shows(case: str, found: Said) -> None:
    """`case` begins with its code, which must be among what was said."""
    assert f"[{case[:7]}]" in found.stderr, found.text
    assert "Traceback" not in found.stderr
