"""A family of chips: how a toml becomes one of them, what it may say, and what compiles for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from .chip import ChipRecord

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import msgspec

    from .output_guide import OutputGuide
    from .register_map import RegisterMap
    from .rules import Rule

C = TypeVar("C", bound=ChipRecord)


@dataclass(frozen=True, kw_only=True)
class Family(Generic[C]):
    """Describes a family once, for ours and for those of other packages.

    record: what a toml of the family is read into; its tag is the family's name. chips: name -> the toml of each chip
    that comes with it. rules: what the arithmetic, the words and the files can hold. backend: where its
    `spikec.compiler.backends.interface.Backend` is, `package.module:Class`; imported when a network is compiled.
    register_map: the words of a chip. document: the record of its configuration file, if that is JSON. guide: a toml
    with a sentence on each number, if there is one. output_guide: what the README of an output says of a chip's
    files, of loading it and of what it is sent."""

    record: type[C]
    chips: Mapping[str, Traversable]
    rules: Callable[[C], Iterable[Rule]]
    backend: str
    register_map: Callable[[C], RegisterMap]
    document: type[msgspec.Struct] | None = None
    guide: Traversable | None = None
    output_guide: Callable[[C], OutputGuide] | None = None

    @property
    def name(self) -> str:
        """What the tomls of the family say as `family`."""
        return str(self.record.__struct_config__.tag)
