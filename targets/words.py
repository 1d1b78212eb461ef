"""Which words a target has, and how its configuration is written: asked of its family."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

from . import family_of_chip
from .chip import ChipRecord
from .register_map import RegisterMap


def register_map(target: ChipRecord) -> RegisterMap:
    """The words of a target, its registers and the ranges of its numbers."""
    return family_of_chip(target).register_map(target)


def configuration_schema(target: ChipRecord) -> Mapping[str, object] | None:
    """The JSON Schema (draft 2020-12) of the target's configuration file, whose name is its title; None where that is
    no JSON."""
    document = family_of_chip(target).document
    if document is None:
        return None
    made = msgspec.json.schema(document)
    name = made["$ref"].removeprefix("#/$defs/")
    made["$defs"][name]["properties"]["target"] = {"const": target.name}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:spikec:configuration:{target.name}",
        "title": register_map(target).document,
    }
    # Keys of a record may be tuples or sets on the way; JSON has lists.
    return json.loads(json.dumps({**head, **made}))
