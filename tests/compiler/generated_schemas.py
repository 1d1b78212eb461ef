"""The schemas that follow from record types; `python -m tests.compiler.generated_schemas` writes them anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Union

import msgspec
from spikec.compiler.backends.shared.placement_lock import SCHEMA_VERSION, PlacementLock
from spikec.compiler.ir.calibration import Tuning
from spikec.compiler.ir.report import Report, StageTime
from spikec.compiler.ir.verdicts import CheckedFiles, FidelityVerdict, PlacementVerdict
from spikec.compiler.options import OPTIONS
from spikec.compiler.verdicts.capabilities import SupportTable
from spikec.compiler.verdicts.own_target import Proven
from spikec.sim.dialect.dialect import NodeDialect
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
REPORTED = [f for f in msgspec.structs.fields(Report) if f.name != "stages"]
Compiled = msgspec.defstruct(
    "Compiled",
    [
        *((f.name, f.type, *([] if f.default is msgspec.NODEFAULT else [f.default])) for f in REPORTED),
        ("stages", tuple[StageTime, ...]),
    ],
    kw_only=True,
    frozen=True,
    forbid_unknown_fields=True,
)
CheckedOutput = msgspec.defstruct(
    "Checked",
    [
        ("schema_version", int),
        ("placement", PlacementVerdict),
        ("fidelity", FidelityVerdict | None),
        ("files", CheckedFiles),
    ],
    frozen=True,
    forbid_unknown_fields=True,
)
RECORDS: dict[str, tuple[Any, str, int]] = {
    "report": (Report, "report.json", 1),
    "check": (CheckedOutput, "spikec check --json", 1),
    "placement-lock": (PlacementLock, "placement.lock.json", SCHEMA_VERSION),
    "target": (Shown, "spikec targets show NAME --json", 1),
    "target-check": (Checked, "spikec targets check FILE --json", 1),
    "target-new": (Written, "spikec targets new NAME --like TARGET --json", 1),
    "target-registers": (Registers, "spikec targets registers NAME --json", 1),
}


WRITTEN_WHOLE = ("report", "check")
"""Of which every field is written, defaults too, but those that are absent where there is nothing to say."""
CODE = {"pattern": "^SPK[0-9]{4}$"}
BOUNDS = {"tau_scale": {"exclusiveMinimum": 0}, "multi": {"minimum": 1}, "refractory": {"minimum": 0}}
"""Of fields of a reading, what their types do not say."""
SPIKES, CURVES = ("marks", "matched", "missed", "extra"), ("float", "chip")


def _written_whole(parts: dict[str, Any]) -> None:
    for part in parts.values():
        properties = part.get("properties", {})
        always = {name for name, value in properties.items() if value.pop("default", part) is not part}
        if properties:
            part["required"] = sorted({*part.get("required", ()), *always})
            part["additionalProperties"] = False


def _of_a_report(parts: dict[str, Any]) -> None:
    parts["Diagnostic"]["properties"]["code"] |= CODE
    whole = msgspec.json.schema(NodeDialect)["$defs"]["NodeDialect"]
    fields = _without_defaults(whole["properties"])
    for name, bounds in BOUNDS.items():
        fields[name] |= bounds
    parts["NodeReading"] = {
        "type": "object",
        "description": "How a node is stepped in discrete time.",
        "properties": fields,
        "required": sorted(fields),
        "additionalProperties": False,
    }
    parts["PartOfAReading"] = {"type": "object", "properties": fields, "additionalProperties": False}
    reading = parts["Reading"]["properties"]
    reading["default"] = {"$ref": "#/$defs/NodeReading"}
    for name in ("by_kind", "by_path"):
        reading[name]["additionalProperties"] = {"$ref": "#/$defs/PartOfAReading"}
    panel = parts.pop("Panel")
    parts["Panel"] = {
        "description": panel["description"],
        "oneOf": [_panel(panel, SPIKES, CURVES), _panel(panel, CURVES, SPIKES)],
    }
    options: dict[str, Any] = {name: dict(option.kind.schema) for name, option in OPTIONS.items()}
    options |= {
        "target": {"type": "string"},
        "tuning": {
            "description": "By population, what the stimulus decided; null where it decides nothing.",
            **_tuning(),
        },
        "whole_reading": {
            "type": "boolean",
            "description": "Whether the dialect was given as a whole record.",
        },
    }
    for name in ("Report", "Compiled"):
        parts[name]["properties"]["options"] = {"$ref": "#/$defs/Options"}
    parts["Options"] = {
        "type": "object",
        "description": "As they were given, with what a stimulus decided.",
        "properties": options,
        "required": sorted(options),
        "additionalProperties": False,
    }
    del parts["Report"]["properties"]["stages"]
    parts["Compiled"]["description"] = (
        "report.json, and the seconds of the stages, which differ from run to run."
    )


def _without_defaults(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {key: v for key, v in value.items() if key != "default"} for name, value in properties.items()
    }


def _panel(panel: dict[str, Any], of: Sequence[str], without: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: value for name, value in panel["properties"].items() if name not in without},
        "required": sorted({*panel["required"], *of}),
        "additionalProperties": False,
    }


def _tuning() -> dict[str, Any]:
    tuning = msgspec.json.schema(Tuning)["$defs"]["Tuning"]
    properties = {
        name: {k: v for k, v in value.items() if k != "default"}
        for name, value in tuning["properties"].items()
    }
    return {
        "anyOf": [
            {
                "type": "object",
                "properties": properties,
                "required": sorted(properties),
                "additionalProperties": False,
            },
            {"type": "null"},
        ]
    }


def generated(name: str) -> str:
    """The text of the schema file of a record type."""
    record, title, version = RECORDS[name]
    made: dict[str, Any] = msgspec.json.schema(record)
    if name == "report":
        made["$defs"] |= msgspec.json.schema(Compiled)["$defs"]
    if name in WRITTEN_WHOLE:
        _written_whole(made["$defs"])
    for part in made["$defs"].values():
        if "schema_version" in part.get("properties", {}):
            part["properties"]["schema_version"] = {"const": version}
        if "description" in part:
            part["description"] = " ".join(part["description"].split())
    if name == "report":
        _of_a_report(made["$defs"])
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
