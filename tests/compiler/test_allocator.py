"""Memory that was given back is kept for the next array, where the C library can be told so."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest
from spikec.compiler.shell import allocator

FAULTS = """
import resource
import numpy as np
from spikec.compiler.shell.allocator import keep_memory
assert keep_memory() == {kept}
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(8_000_000, dtype=np.int64)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library has mallopt")
def test_pages_are_not_asked_for_again() -> None:
    """Twenty arrays of 64 MB one after the other take the pages of the first: 16 thousand of 4 KB otherwise, each."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTS.format(kept=True)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 2000


def test_elsewhere_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not allocator.keep_memory()


def test_a_library_without_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    assert not allocator.keep_memory()
