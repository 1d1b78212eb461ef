"""Reads the files of a configuration back, for chips whose emitter decodes them into its own record."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Protocol

from ....targets.layout import DecodeError
from ...ir.stages import LoadedFiles


class Emitting(Protocol):
    """A target. emitter: the module with `decode(files)`, which gives a configuration and the revision that it is for,
    and `encode(configuration, revision)`, which writes it."""

    @property
    def name(self) -> str: ...

    @property
    def emitter(self) -> ModuleType: ...


def read_back(target: Emitting, files: Mapping[str, bytes]) -> LoadedFiles:
    """The files that follow from the configuration are compared byte for byte; others may lie beside them.

    Raises DecodeError for files that `encode` does not write, and for those of another chip."""
    configuration, chip = target.emitter.decode(files)
    written: dict[str, bytes] = target.emitter.encode(configuration, chip)
    if chip.name != target.name:
        raise DecodeError(sorted(written)[0], -1, f"the configuration is for {chip.name}, not {target.name}")
    for name in sorted(written):
        if files.get(name) != written[name]:
            raise DecodeError(name, -1, "not what this configuration is written as")
    return LoadedFiles(configuration=configuration, files=written)
