"""Which words a target has, and how its configuration is written: asked of its family."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from . import AnyTarget
from .loihi1.model import Target
from .odin.model import Revision as EventRevision
from .ranc.model import Revision as GridRevision
from .register_map import RegisterMap
from .speck.model import Revision as SpeckRevision


def register_map(target: AnyTarget) -> RegisterMap:
    """The words of a target, its registers and the ranges of its numbers."""
    match target:
        case Target():
            from .loihi1.register_map import register_map

            return register_map(target)
        case EventRevision():
            from .odin.register_map import register_map

            return register_map(target)
        case GridRevision():
            from .ranc.register_map import register_map

            return register_map(target)
        case SpeckRevision():
            from .speck.register_map import register_map

            return register_map(target)
        case _:
            from .xylo.register_map import register_map

            return register_map(target)


def configuration_schema(target: AnyTarget) -> Mapping[str, Any]:
    """The JSON Schema (draft 2020-12) of the target's configuration file, whose name is its title."""
    made: dict[str, Any] = msgspec.json.schema(_document(target))
    name = made["$ref"].removeprefix("#/$defs/")
    made["$defs"][name]["properties"]["target"] = {"const": target.name}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:spikec:configuration:{target.name}",
        "title": register_map(target).document,
    }
    # Keys of a record may be tuples or sets on the way; JSON has lists.
    return json.loads(json.dumps({**head, **made}))


def _document(target: AnyTarget) -> type[msgspec.Struct]:
    match target:
        case Target():
            from .loihi1.files import Index as Document
        case EventRevision():
            from .odin.files import Document
        case GridRevision():
            from .ranc.files import Document
        case SpeckRevision():
            from .speck.files import Document
        case _:
            from .xylo.files import Document
    return Document
