"""Writes a toml to start a chip of one's own from: an installed one, with a comment above every section and number."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from textwrap import wrap

from . import family_of_toml
from .family import Family
from .reading import key_of, section_of

DIALECT = "dialect_guide.toml"
RULE = ("exact", "exact_if_subtract", "layer_delay", "needs_consent", "refused", "replaced_by")
WIDTH = 100
MEASURED = "energy"
ENERGY = {
    "_": "What operations take; leave the section out where nothing is published.",
    "source": "Where the figures can be read, and of what they were taken.",
    "synaptic_operation_pj": "Picojoules of a weight that a spike brings to a neuron.",
    "neuron_update_pj": "Picojoules of a neuron in a step; left out where it is not told apart.",
}
HEAD = """\
{name}: a chip of one's own, made from {title}.

    spikec targets check {name}.toml        what is wrong with it, else what the chip can do
    spikec compile NET.nir --target {name}.toml -o OUT

A comment above a section or a number says what it is. One behind it says where the number of
{title} was read, and is to be replaced by the source of yours.
"""


def guide(family: Family) -> Mapping[str, object]:
    """What the sections (key `_`) and numbers of a family's toml mean, in sentences, nested as the toml is."""
    own = "" if family.guide is None else family.guide.read_text("utf-8")
    rules: Mapping[str, str] = tomllib.loads((files(__package__ or "") / DIALECT).read_text("utf-8"))
    parts = {key: rules[key] for key in RULE}
    fields = {name: {"_": text, **parts} for name, text in rules.items() if name not in (*RULE, "_")}
    return {**tomllib.loads(own), "dialect": {"_": rules["_"], **fields}, MEASURED: ENERGY}


def template(toml: bytes, name: str) -> bytes:
    """The installed `toml` under the name `name`, with its numbers, its sources and the family's guide; without what
    its operations take, which was measured on that chip alone."""
    text = toml.decode("utf-8")
    head = tomllib.loads(text)
    texts, section = guide(family_of_toml(toml)), ""
    lines = [*_comment(HEAD.format(name=name, title=head["title"])), ""]
    for line in text.splitlines():
        header, key = section_of(line), key_of(line)
        if header is not None:
            section = header
        if section == MEASURED:
            continue
        named = key if header is None else "_"
        if named is not None:
            lines += _comment(_text(texts, section, named))
        own = {"name": f'"{name}"', "title": f'"{name}"', "verified": "false"} if not section else {}
        lines.append(f"{key} = {own[key]}" if key in own else line)
    return "\n".join([*lines, ""]).encode()


def _text(texts: Mapping[str, object], section: str, key: str) -> str:
    """What the guide says of a key; "" of one whose name is free."""
    text: object = texts
    for part in [*filter(None, section.split(".")), key]:
        text = text.get(part, "") if isinstance(text, Mapping) else ""
    return str(text["_"] if isinstance(text, Mapping) else text)


def _comment(text: str) -> list[str]:
    lines = [
        part for line in text.splitlines() for part in (wrap(line, WIDTH) if len(line) > WIDTH else [line])
    ]
    return [f"# {line}".rstrip() for line in lines]
