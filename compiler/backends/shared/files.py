"""Reads the files of a configuration back, for chips whose emitter decodes them into its own record."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Protocol

from ....targets.layout import DecodeError
from ...ir.stages import LoadedFiles


class Emitting(Protocol):
    """A target. emitter: the module with `decode(files, target)`, which gives a configuration of that target, and
    `encode(configuration, target)`, which writes it."""

    @property
    def emitter(self) -> ModuleType: ...


def read_back(target: Emitting, files: Mapping[str, bytes]) -> LoadedFiles:
    """The files that follow from the configuration are compared byte for byte; others may lie beside them.

    Raises DecodeError for files that `encode` does not write, and for those of another chip."""
    configuration = target.emitter.decode(files, target)
    written: dict[str, bytes] = target.emitter.encode(configuration, target)
    for name in sorted(written):
        if files.get(name) != written[name]:
            raise DecodeError(name, -1, "not what this configuration is written as")
    return LoadedFiles(configuration=configuration, files=written)
