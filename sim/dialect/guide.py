"""What each family of dialects is, in words: what writes such files, what they mean, what they leave open."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .families import FAMILIES


class FamilyGuide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A framework. means: what its neurons do in a step. missing: what its files do not say. evidence: how it is known
    that the record is right. options: what the framework's own options are."""

    title: str
    versions: str
    writes: str
    means: str
    missing: str
    evidence: str
    options: dict[str, str] = {}


class Guide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `guide.toml`. fields: of `NodeDialect`."""

    fields: dict[str, str]
    families: dict[str, FamilyGuide]


def guide() -> Guide:
    """Read the guide."""
    from importlib import resources

    text = (resources.files("spikec.sim.dialect") / "guide.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=Guide)


def family_name(name: str) -> str:
    """The family that preset `name` belongs to."""
    return name if name in FAMILIES else name.rpartition(".")[0]


def option_texts(family: str) -> Mapping[str, tuple[str, str]]:
    """Option of a framework -> (what it takes, what it is)."""
    told = guide().families[family].options
    return {key: (allowed.text, told[key]) for key, allowed in FAMILIES[family].options.items()}
