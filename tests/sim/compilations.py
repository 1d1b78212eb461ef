"""Counts what JAX compiles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jax import monitoring

SEEN: list[str] = []
monitoring.register_event_duration_secs_listener(lambda name, _, **__: SEEN.append(name))


@contextmanager
def compilations() -> Iterator[list[str]]:
    """An event for each compilation inside the block, known at its end."""
    found: list[str] = []
    before = len(SEEN)
    yield found
    found += [name for name in SEEN[before:] if "backend_compile" in name]
