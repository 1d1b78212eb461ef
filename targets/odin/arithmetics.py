"""The arithmetics of the family: of each its neuron, its words and its input events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import NamedTuple

from .model import OdinChip


class Modules(NamedTuple):
    """neuron: one event on a neuron. words: memories and registers. codes: input events."""

    neuron: ModuleType
    words: ModuleType
    codes: ModuleType


def _odin() -> Modules:
    from . import codes, neuron, words

    return Modules(neuron, words, codes)


def _tinyodin() -> Modules:
    from .tinyodin import codes, neuron, words

    return Modules(neuron, words, codes)


ARITHMETICS: Mapping[str, Callable[[], Modules]] = {"odin": _odin, "tinyodin": _tinyodin}
"""Name in a toml -> its modules, imported when they are asked for."""


def modules_of(chip: OdinChip) -> Modules:
    """The modules of a chip's arithmetic."""
    return ARITHMETICS[chip.arithmetic]()
