"""Writes numbers in sentences."""

from __future__ import annotations


def many(count: int, thing: str) -> str:
    """`1 core`, `1,024 cores`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def left_out(total: int, shown: int, things: str) -> str:
    """What a bounded list leaves out, or ""."""
    return f"The first {shown:,} of {total:,} {things} are shown." if total > shown else ""
