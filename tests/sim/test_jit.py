"""Compiled kernels are kept for the next process, in the user's own folder, and renewed with what they call."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ..effort import thinned

CALLER = """
from spikec.targets.native.jit import compiled
import callee

def closure(inner):
    @compiled
    def outer(x):
        return inner(x) + 1
    return outer

outer = closure(callee.inner)
"""
CALLEE = """
from spikec.targets.native.jit import compiled

FACTOR = {}

@compiled
def inner(x):
    return FACTOR * x
"""
TWINS = """
import numpy as np
from spikec.targets.native.jit import compiled

@compiled
def once(x):
    return x

@compiled
def twice(x):
    return 2 * x

def closure(inner):
    @compiled
    def outer(x):
        return np.full(2, inner(x)), np.full(2, inner(x))
    return outer
"""
ASKED = """
import twins
made = [twins.closure(inner) for inner in (twins.once, twins.twice)]
print(*(outer.py_func.__qualname__ for outer in made), *(int(outer(3)[1][0]) for outer in made))
"""
MAIN = """
from caller import outer
print(outer(3), sum(outer.stats.cache_hits.values()), sum(outer.stats.cache_misses.values()))
"""


def run(folder: Path, cache: Path, **more: str) -> list[int]:
    """What the function gives, and how often its code was found and not found."""
    return [int(word) for word in printed(folder, cache, MAIN, **more)]


def printed(folder: Path, cache: Path, script: str, **more: str) -> list[str]:
    """Words that a process of its own prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA")}
    environment |= {
        "XDG_CACHE_HOME": str(cache),
        "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]),
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def callee(folder: Path, factor: int) -> None:
    """A file of the same size and time whatever the factor: only its content tells."""
    (folder / "callee.py").write_text(CALLEE.format(factor))
    os.utime(folder / "callee.py", (1, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "caller.py").write_text(CALLER)
    callee(tmp_path / "code", 5)
    return tmp_path / "code"


def test_kept_for_the_next_process_and_renewed_with_the_callee(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(folder, cache) == [16, 0, 1]
    assert run(folder, cache) == [16, 1, 0]
    callee(folder, 7)
    for file in folder.glob("__pycache__/callee*"):
        file.unlink()  # Python's own cache does look at size and time only
    assert run(folder, cache) == [22, 0, 1]
    assert stat.S_IMODE((cache / "spikec" / "kernels").stat().st_mode) == 0o700
    assert not list(folder.rglob("*.nbc"))


def test_nothing_is_kept_where_nothing_can_be_written(folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    named = str(blocked / "kernels")
    for _ in thinned(range(2), 2):
        assert run(folder, blocked) == [16, 0, 1]
        assert run(folder, tmp_path, NUMBA_CACHE_DIR=named) == [16, 0, 1]
    assert not list(tmp_path.rglob("*.nbc"))


def test_a_folder_that_the_user_names(folder: Path, tmp_path: Path) -> None:
    named = tmp_path / "named"
    assert run(folder, tmp_path, NUMBA_CACHE_DIR=str(named)) == [16, 0, 1]
    assert run(folder, tmp_path, NUMBA_CACHE_DIR=str(named)) == [16, 1, 0]
    assert list(named.rglob("*.nbc"))


def test_twins_of_one_closure_have_names_of_their_own(tmp_path: Path) -> None:
    """Else code that was kept and code that is compiled here may be linked as one; the same names everywhere."""
    (tmp_path / "twins.py").write_text(TWINS)
    first, again = (printed(tmp_path, tmp_path / "cache", ASKED) for _ in range(2))
    assert first == again
    once, twice, values = first[0], first[1], first[2:]
    assert once != twice
    assert values == ["3", "6"]


def test_an_index_that_cannot_be_read_is_made_again(folder: Path, tmp_path: Path) -> None:
    """An older version's may name a type that has gone; one on a full disk may be cut."""
    cache = tmp_path / "cache"
    assert run(folder, cache)[1:] == [0, 1]
    indices = list(cache.rglob("*.nbi"))
    assert indices
    for index in indices:
        index.write_bytes(index.read_bytes()[:-20])
    assert run(folder, cache)[1:] == [0, 1]
    assert run(folder, cache)[1:] == [1, 0]
