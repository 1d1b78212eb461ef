"""Keeps what JAX compiles for the next process of this user, while an engine of ours runs."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np

from ...targets.native.user_folder import user_folder

T = TypeVar("T")

MOST = 1000
"""Files that are kept, those that were written last."""

FOLDER = "jax_compilation_cache_dir"
SETTINGS: dict[str, object] = {
    "jax_persistent_cache_min_compile_time_secs": 0.0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
    "jax_persistent_cache_enable_xla_caches": "none",
}
"""Of JAX, beside the folder: everything is kept, and by JAX alone, which goes on where nothing can be written."""


@dataclass(kw_only=True)
class _Users:
    """Who keeps code now. before: settings of JAX, to be put back by the last one."""

    lock: Lock = field(default_factory=Lock)
    count: int = 0
    before: dict[str, object] = field(default_factory=dict[str, object])
    quiet: AbstractContextManager[object] | None = None


_USERS = _Users()


@contextmanager
def kept_code() -> Generator[None]:
    """Within it, what JAX compiles is kept in a folder of this user alone, and found there the next time.

    Nothing changes where the user gave JAX a folder himself, or wants none; afterwards JAX is set as before. What
    cannot be read or written is compiled again, without a word."""
    with _USERS.lock:
        mine = _USERS.count > 0 or _begin()
        _USERS.count += mine
    try:
        yield
    finally:
        with _USERS.lock:
            _USERS.count -= mine
            if mine and not _USERS.count:
                _end()


def keeping(run: Callable[[np.ndarray], T]) -> Callable[[np.ndarray], T]:
    """The same function, all of whose calls keep their code."""

    def kept(events: np.ndarray) -> T:
        with kept_code():
            return run(events)

    return kept


def _begin() -> bool:
    """Set JAX; whether it was."""
    import jax

    if getattr(jax.config, FOLDER) or not getattr(jax.config, "jax_enable_compilation_cache"):  # noqa: B009
        return False
    folder = user_folder("jax")
    if folder is None:
        return False
    wanted = {**SETTINGS, FOLDER: str(_of_this_processor(folder))}
    _USERS.before = {name: getattr(jax.config, name) for name in wanted}
    _USERS.quiet = warnings.catch_warnings()
    _USERS.quiet.__enter__()
    warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache entry")
    _set(wanted)
    return True


def _end() -> None:
    _set(_USERS.before)
    if _USERS.quiet is not None:
        _USERS.quiet.__exit__(None, None, None)


def _set(wanted: dict[str, object]) -> None:
    import jax
    from jax.experimental.compilation_cache.compilation_cache import reset_cache

    for name, value in wanted.items():
        jax.config.update(name, value)
    reset_cache()  # JAX looks for its folder once


def _of_this_processor(folder: Path) -> Path:
    """Where code for this kind of processor is kept: a folder may be shared by several machines, and JAX takes code of
    another processor for its own. Files that are empty, of a full disk, and the oldest go."""
    from llvmlite import binding

    told = f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
    own = folder / hashlib.sha256(told.encode()).hexdigest()[:16]
    try:
        own.mkdir(mode=0o700, exist_ok=True)
        files = sorted(
            ((file.stat().st_mtime, file.stat().st_size, file) for file in own.iterdir()), reverse=True
        )
        for k, (_, size, file) in enumerate(files):
            if k >= MOST or not size:
                file.unlink(missing_ok=True)
    except OSError:
        pass  # another process tidies up as well, or nothing can be written: JAX finds what it finds
    return own
