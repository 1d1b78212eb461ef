"""Memory that was given back is kept for the next array, where the C library can be told so."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest
from spikec.targets.native import allocator

FAULTS = """
import resource
import numpy as np
from spikec.targets.native.allocator import keep_memory
assert keep_memory() == {kept}
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(8_000_000, dtype=np.int64)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""

PIECES = """
from pathlib import Path
import numpy as np
from spikec.targets.native.allocator import give_back, keep_memory
def resident_pages():
    return int(Path("/proc/self/statm").read_text().split()[1])
keep_memory()
pieces = [np.ones(500_000) for _ in range(100)]
held = pieces[::20]
del pieces
before = resident_pages()
assert not give_back(1 << 40) and resident_pages() >= before - 100
assert give_back(1 << 20)
print(before, resident_pages())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library has mallopt")
def test_pages_are_not_asked_for_again() -> None:
    """Twenty arrays of 64 MB one after the other take the pages of the first: 16 thousand of 4 KB otherwise, each."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTS.format(kept=True)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 2000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library has malloc_trim")
def test_what_lies_free_between_arrays_is_given_back_where_the_process_is_large() -> None:
    """Of a hundred arrays of 4 MB that lie side by side, five are held."""
    done = subprocess.run([sys.executable, "-c", PIECES], capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert after < before / 2


def test_elsewhere_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not allocator.keep_memory()
    assert not allocator.give_back(0)


def test_a_library_without_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    assert not allocator.keep_memory()
    assert not allocator.give_back(0)
