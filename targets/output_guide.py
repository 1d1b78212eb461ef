"""What a family says to somebody who loads its chips by hand: the files of a configuration, and how they are used."""

from __future__ import annotations

import tomllib
from importlib.resources.abc import Traversable

import msgspec


class OutputGuide(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The family's part of the README that lies beside a configuration, in Markdown.

    files: name, with `*` for what differs between chips and cores -> what it is, its format and byte order. loading:
    what is loaded, and in which order. sending: how an event is sent in a step. receiving: how outputs are seen.
    testing: the command that runs a bench or a validator, and what it needs."""

    files: dict[str, str]
    loading: str
    sending: str
    receiving: str
    testing: str


def read_output_guide(resource: Traversable, **values: object) -> OutputGuide:
    """Read a guide from a toml in which `@name@` stands for a value. Raises ValueError for one that lacks a part."""
    text = resource.read_text("utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return msgspec.convert(tomllib.loads(text), OutputGuide)
