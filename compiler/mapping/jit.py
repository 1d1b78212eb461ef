"""Compiles a numeric kernel to machine code, once per installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """`function` compiled on its first call. The machine code is kept beside the byte code of the module, or in the
    user's own cache where that folder is read-only, or not at all where there is none. Kernels that call each other
    stay in one file: what is kept is renewed when the file of the caller changes, not of the callee."""
    try:
        return cast(Kernel, numba.njit(function, nogil=True, cache=True))
    except RuntimeError:  # no folder to keep it in
        return cast(Kernel, numba.njit(function, nogil=True))
