"""Writes and reads a graph of processes: as layers for lava-dl's netx where that can hold them, else as arguments."""

from __future__ import annotations

from collections.abc import Mapping

from ..layout import DecodeError
from . import bundle, netx
from .chain import chain
from .content import Content
from .limits import violations
from .model import Loihi2Chip
from .netx import NETWORK


def encode(content: Content, chip: Loihi2Chip) -> dict[str, bytes]:
    """Write a graph as files: name -> bytes."""
    found = chain(content)
    if isinstance(found, str):
        return bundle.encode(content, chip.name, chip.synapse.max_payload.bit_length())
    return netx.encode(found.layers, found.shape)


def decode(files: Mapping[str, bytes], chip: Loihi2Chip) -> Content:
    """Read a graph. The files may come from anyone.

    Raises DecodeError for anything that `encode` does not write, and for what the chip does not hold."""
    if NETWORK in files and bundle.GRAPH in files:
        raise DecodeError(NETWORK, -1, f"there is {bundle.GRAPH} too: one of them is enough")
    content = netx.decode(files) if NETWORK in files else bundle.decode(files, chip.name)
    for v in violations(content, chip):
        if not v.holds:
            allowed = v.allowed or f"{v.low} .. {v.high}"
            raise DecodeError(v.place, -1, f"{v.what} is {v.found}, not in {allowed}")
    return content
