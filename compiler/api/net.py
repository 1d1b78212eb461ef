"""A network of any kind that Python has one in, read as a file is read."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ...sim.diagnostic import Diagnostic
from ...sim.nir.file import from_nir, graph_in, read_image
from ...sim.nir.raw_graph import RawGraph
from ...sim.nir.write import image_of
from .wrong_kind import wrong_kind

if TYPE_CHECKING:
    import nir

Net: TypeAlias = "str | os.PathLike[str] | bytes | nir.NIRGraph | RawGraph"
"""The path of a `.nir` file, its bytes, or a graph in memory."""


@dataclass(frozen=True, kw_only=True)
class ReadNet:
    """A read network. image: the bytes of its `.nir` file, written here for a graph in memory. notes: the reader's."""

    image: bytes
    raw: RawGraph
    notes: tuple[Diagnostic, ...]


def read_net(net: Net) -> ReadNet:
    """Read a network behind the guard; a graph in memory is written as a file first, and read back.

    Raises DiagnosticError: SPK0101 to SPK0118 as the reader, SPK0532 for what is no network."""
    if isinstance(net, str | os.PathLike):
        return _read(read_image(Path(net)))
    if isinstance(net, bytes):
        return _read(net)
    if isinstance(net, RawGraph):
        return _read(image_of(net))
    # Whoever has such a graph has imported nir.
    known = sys.modules.get("nir")
    if known is not None and isinstance(net, known.NIRGraph):
        raw, _ = from_nir(net)
        return _read(image_of(replace(raw, version=version("nir"))))
    raise wrong_kind("net", net, "the path of a .nir file, its bytes, or a nir.NIRGraph")


def name_of(net: Net) -> str:
    """Name a network: its file, or "network" where it has none."""
    return Path(net).name if isinstance(net, str | os.PathLike) else "network"


def _read(image: bytes) -> ReadNet:
    raw, notes = graph_in(image)
    return ReadNet(image=image, raw=raw, notes=notes)
