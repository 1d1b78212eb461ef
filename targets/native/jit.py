"""Compiles numeric kernels with numba, once per user and machine; imported only where a kernel is about to run."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

from .user_folder import user_folder

ZERO, NOWHERE = cast(int, np.int64(0)), cast(int, np.int64(-1))
YES, NO = cast(bool, np.bool_(True)), cast(bool, np.bool_(False))
"""What kernels begin to count or to search with, and hand to others. For 0, -1 and True as such, which are types of
their own to numba, each function that they are handed to would be compiled once more."""
F = TypeVar("F", bound=Callable[..., object])
K = TypeVar("K")
SETTINGS: Any = importlib.import_module("numba.core.config")


def compiled(function: F, *, keep: bool = True) -> F:
    """`function` as machine code, compiled on its first call. It runs without the interpreter lock.

    The code is kept in `NUMBA_CACHE_DIR` if that is set, else in a folder of this user alone, and not at all where
    neither can be written; never in the source tree. What is kept is renewed when the function's own file
    changes, or a compiled function that it closes over; not for one of another file that it finds as a global.
    keep: False for a function without a file.
    A decorator: a function that keeps its own name beside this one would be kept by that name alone."""
    if isinstance(function, FunctionType):
        _tell_apart(function)
    folder = kernel_folder() if keep else None
    if folder is None:
        return _machine_code(function, cache=False)
    before = SETTINGS.CACHE_DIR
    SETTINGS.CACHE_DIR = str(folder)  # read while decorating only; put back for everybody else
    try:
        made = _machine_code(function, cache=True)
    finally:
        SETTINGS.CACHE_DIR = before
    # The key of what is kept holds the code of closed-over functions, and a random identifier of each. A constant
    # one makes the key the same in the next process.
    made._set_uuid(f"{function.__module__}.{function.__qualname__}")
    kept = made._cache._cache_file
    kept._load_index = partial(_readable, kept._load_index)
    return made


def _machine_code(function: Callable[..., object], *, cache: bool) -> Any:
    return numba.njit(function, nogil=True, error_model="numpy", cache=cache)


def _readable(load_index: Callable[[], dict[K, str]]) -> dict[K, str]:
    """What `load_index` finds, or nothing where it cannot be read: the index of an older spikec names types that
    may have gone, and a disk may have been full. The function is then compiled and kept again."""
    try:
        return load_index()
    except Exception:
        return {}


def _tell_apart(function: FunctionType) -> None:
    """Name `function` by what it closes over as well.

    Machine code is linked by name, types and the number of its compilation in the process that made it. What is kept
    and what is compiled here may have that number in common, and twins of one closure the rest: they would share
    their constants, and one of them fail."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    held = [f"{name}={_told(cell.cell_contents)}" for name, cell in cells]
    if held:
        mark = hashlib.sha256("\n".join(held).encode()).hexdigest()[:16]
        function.__qualname__ = f"{function.__qualname__}_{mark}"


def _told(value: object) -> str:
    """The same text in every process."""
    inner = getattr(value, "py_func", None)
    return repr(value) if inner is None else f"{inner.__module__}.{inner.__qualname__}"


def kernel_folder() -> Path | None:
    """Where kernels are kept: in `NUMBA_CACHE_DIR`, else in a folder of this user alone; None where there is none."""
    return user_folder("kernels", SETTINGS.CACHE_DIR)


@compiled
def floor_divide(dividend: int, divisor: int) -> int:
    """Of natural numbers; most dividends are smaller than their divisor, and dividing is slow."""
    return dividend // divisor if dividend >= divisor else 0


@compiled
def mixed(word: np.uint64) -> np.uint64:
    """A word whose bits all depend on all bits (the finishing steps of splitmix64)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


class Scalars(NamedTuple):
    """The array namespace of arithmetic that is compiled for one number at a time."""

    minimum: Callable[[int, int], int]
    maximum: Callable[[int, int], int]
    floor_divide: Callable[[int, int], int]


SCALARS = Scalars(min, max, floor_divide)
