"""How large a `.nir` file may be, and how long reading it may take."""

from __future__ import annotations

from dataclasses import dataclass

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
    cpu_seconds, wall_seconds: of the reading process. memory_bytes: on top of what file and data need.
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
    cpu_seconds: int = 20
    wall_seconds: int = 60
    memory_bytes: int = 256 * MIB
