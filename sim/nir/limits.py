"""How large a `.nir` file may be, and how long reading it may take."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..diagnostic import DiagnosticError, error

SECONDS = "SPIKEC_READER_SECONDS"
"""Environment variable: `cpu_seconds`, for a file that takes longer."""
MOST_SECONDS = 86_400
MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds of the reader; each can be raised by whoever trusts the file.

    file_bytes: size of the file. depth: nesting of HDF5 groups (a subgraph takes two). objects: groups
    and datasets.
    dataset_bytes, total_bytes: what one dataset and all together fill in memory. chunks: of one dataset.
    expansion: declared over stored bytes of a dataset; deflate itself cannot pass 1032.
    expansion_floor_bytes: below this size the expansion does not matter. strings: of one text
    dataset.
    findings: the walk ends after so many.
    cpu_seconds: processor time of the reading process, and one second more for each `bytes_per_cpu_second` that its
    data fill. wall_seconds: until its answer. memory_bytes: on top of what file and data need.
    """

    file_bytes: int = GIB
    depth: int = 32
    objects: int = 20_000
    dataset_bytes: int = 256 * MIB
    total_bytes: int = GIB
    chunks: int = 200_000
    expansion: int = 2000
    expansion_floor_bytes: int = 16 * MIB
    strings: int = 400_000
    findings: int = 50
    cpu_seconds: int = 3
    bytes_per_cpu_second: int = 32 * MIB
    wall_seconds: int = 60
    memory_bytes: int = 256 * MIB


def usual_limits() -> Limits:
    """The bounds, with the processor time that the environment says.

    Raises DiagnosticError: SPK0119 where it says no number of seconds."""
    text = os.environ.get(SECONDS, "")
    if not text:
        return Limits()
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_SECONDS:
        message = f"{SECONDS} is {text[:40]!r}; it takes whole seconds, 1 to {MOST_SECONDS}"
        raise DiagnosticError((error("SPK0119", message, hint=f"unset {SECONDS} for the usual 3 s"),))
    seconds = int(text)
    return Limits(cpu_seconds=seconds, wall_seconds=max(Limits().wall_seconds, 2 * seconds))
