"""The schemas that follow from record types; `python -m tests.compiler.generated_schemas` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Union

import msgspec
from spikec.compiler.backends.shared.placement_lock import SCHEMA_VERSION, PlacementLock
from spikec.compiler.verdicts.capabilities import SupportTable
from spikec.compiler.verdicts.own_target import Proven
from spikec.targets.families import BUILT_IN
from spikec.targets.register_map import RegisterMap

TARGET = Union[tuple(built_in.family().record for built_in in BUILT_IN.values())]  # noqa: UP007
"""The record of a built-in chip."""
OF_A_PACKAGE = {
    "title": "Chip of another package",
    "type": "object",
    "properties": {"family": {"type": "string", "not": {"enum": sorted(BUILT_IN)}}},
    "required": ["family", "name", "title", "schema_version", "dialect", "latency"],
}
Shown = msgspec.defstruct(
    "Shown",
    [("schema_version", int), ("target", TARGET), ("support", SupportTable)],
    frozen=True,
    forbid_unknown_fields=True,
)
Checked = msgspec.defstruct(
    "Checked",
    [("schema_version", int), ("target", str), ("support", SupportTable), ("proven", tuple[Proven, ...])],
    frozen=True,
    forbid_unknown_fields=True,
)
Written = msgspec.defstruct(
    "Written",
    [("schema_version", int), ("file", str), ("like", str)],
    frozen=True,
    forbid_unknown_fields=True,
)
Registers = msgspec.defstruct(
    "Registers",
    [("schema_version", int), *((f.name, f.type) for f in msgspec.structs.fields(RegisterMap))],
    frozen=True,
    forbid_unknown_fields=True,
)
FOLDER = Path(__file__).parents[2] / "compiler" / "schemas"
RECORDS: dict[str, tuple[Any, str, int]] = {
    "placement-lock": (PlacementLock, "placement.lock.json", SCHEMA_VERSION),
    "target": (Shown, "spikec targets show NAME --json", 1),
    "target-check": (Checked, "spikec targets check FILE --json", 1),
    "target-new": (Written, "spikec targets new NAME --like TARGET --json", 1),
    "target-registers": (Registers, "spikec targets registers NAME --json", 1),
}


def generated(name: str) -> str:
    """The text of the schema file of a record type."""
    record, title, version = RECORDS[name]
    made: dict[str, Any] = msgspec.json.schema(record)
    for part in made["$defs"].values():
        if "schema_version" in part.get("properties", {}):
            part["properties"]["schema_version"] = {"const": version}
    if name == "target":
        made["$defs"]["Shown"]["properties"]["target"]["anyOf"].append(OF_A_PACKAGE)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:spikec:schema:{name}:{version}",
        "title": title,
    }
    return json.dumps({**head, **made}, indent=1) + "\n"


if __name__ == "__main__":
    for each in RECORDS:
        (FOLDER / f"{each}.schema.json").write_text(generated(each), encoding="utf-8")
