"""The JSON Schemas of everything that spikec writes as JSON: draft 2020-12, one file a record, each complete in itself.

They are made of the records in the code, by `tests/compiler/generated_schemas.py`.
"""

from __future__ import annotations

import json
from importlib import resources

SUFFIX = ".schema.json"


def names() -> tuple[str, ...]:
    """List every schema, sorted."""
    found = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(SUFFIX) for file in found if file.name.endswith(SUFFIX)))


def load(name: str) -> dict[str, object]:
    """Read one schema. Raises KeyError for a name that is none."""
    if name not in names():
        raise KeyError(name)
    return json.loads((resources.files(__name__) / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
