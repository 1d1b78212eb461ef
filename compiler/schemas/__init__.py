"""The JSON Schemas of everything that spikec writes as JSON: draft 2020-12, one file a record.

A file refers to records of another by its URN, `urn:spikec:schema:<name>:<version>`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

SUFFIX = ".schema.json"
Schema = dict[str, Any]


def names() -> tuple[str, ...]:
    """Every schema, sorted."""
    found = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(SUFFIX) for file in found if file.name.endswith(SUFFIX)))


def load(name: str) -> Schema:
    """One schema as it lies in its file. Raises KeyError for a name that is none."""
    if name not in names():
        raise KeyError(name)
    return dict(json.loads((resources.files(__name__) / f"{name}{SUFFIX}").read_text(encoding="utf-8")))


def bundled(name: str) -> Schema:
    """A schema with every file that it refers to among its `$defs`, so that it stands alone."""
    schema = load(name)
    others: dict[str, Schema] = {}
    waiting = sorted(_referred(schema))
    while waiting:
        other = waiting.pop()
        if other != name and other not in others:
            others[other] = load(other)
            waiting += sorted(_referred(others[other]))
    return {**schema, "$defs": {**schema.get("$defs", {}), **{n: others[n] for n in sorted(others)}}}


def _referred(value: object) -> set[str]:
    """Names of the schemas in the `$ref`s of `value`."""
    return {reference.split(":")[3] for reference in _references(value) if reference.startswith("urn:")}


def _references(value: object) -> Iterator[str]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"]
    for child in children:
        yield from _references(child)
