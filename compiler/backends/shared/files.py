"""Reads a configuration back from its files, for families whose files decode into one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from ....targets.layout import DecodeError
from ...ir.stages import LoadedFiles

C = TypeVar("C")
T = TypeVar("T")


def read_back(
    target: T,
    files: Mapping[str, bytes],
    decode: Callable[[Mapping[str, bytes], T], C],
    encode: Callable[[C, T], Mapping[str, bytes]],
) -> LoadedFiles[C]:
    """Decode `files`, write the result again, and compare byte for byte; other files may lie beside them.

    Raises DecodeError for files that `encode` does not write, and for those of another chip."""
    configuration = decode(files, target)
    written = encode(configuration, target)
    for name in sorted(written):
        if files.get(name) != written[name]:
            raise DecodeError(name, -1, "not what this configuration is written as")
    return LoadedFiles(configuration=configuration, files=written)
