"""Stands in for the vendor's `samna`, which the peers import even where no chip is near: names only, no call works.

Where samna is installed it is used instead, as it is.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

PACKAGES = ("samna", "samnagui")


class Name(type):
    """A class that has every attribute, each again such a class, and no instance."""

    def __getattr__(cls, name: str) -> Name:
        if name.startswith("__"):
            raise AttributeError(name)
        made = Name(name, (), {})
        setattr(cls, name, made)
        return made

    def __call__(cls, *_: object, **__: object) -> object:
        raise RuntimeError(f"samna is not installed: {cls.__name__} was called")


class Names(ModuleType):
    def __getattr__(self, name: str) -> Name:
        if name.startswith("__"):
            raise AttributeError(name)
        made = Name(name, (), {})
        setattr(self, name, made)
        return made


class Finder(MetaPathFinder, Loader):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in PACKAGES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Names(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def stand_in() -> None:
    """For those of the packages that are not installed."""
    if importlib.util.find_spec("samna") is None:
        sys.meta_path.append(Finder())
