"""What the record types of a report leave open, and its schema says: readings, options, the two kinds of panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from spikec.compiler.backends.odin.place import OdinResources
from spikec.compiler.backends.ranc.place import RancResources
from spikec.compiler.backends.spinnaker1.place import SpinnakerResources
from spikec.compiler.ir.calibration import Tuning
from spikec.compiler.ir.report import Resources
from spikec.compiler.options import OPTIONS
from spikec.sim.dialect.dialect import NodeDialect

Parts = dict[str, Any]
BOUNDS = {"tau_scale": {"exclusiveMinimum": 0}, "multi": {"minimum": 1}, "refractory": {"minimum": 0}}
"""Of fields of a reading, what their types do not say."""
FAMILIES = (OdinResources, RancResources, SpinnakerResources)
"""Resources of families that add figures of their own."""
SPIKES, CURVES = ("marks", "matched", "missed", "extra"), ("float", "chip")


def as_report(report: Parts) -> None:
    """Of the file: without the seconds of the stages, which differ from run to run."""
    del report["properties"]["stages"]


def as_compiled(report: Parts) -> None:
    """Of a compile: report.json, and the seconds of the stages."""
    report["required"] = sorted({*report["required"], "stages"})


def as_whole_report(parts: Parts) -> None:
    """State the fields of readings and options, and which fields a panel has together."""
    _readings(parts)
    _resources(parts)
    panel = parts.pop("Panel")
    parts["Panel"] = {
        "description": panel["description"],
        "oneOf": [_panel(panel, SPIKES, CURVES), _panel(panel, CURVES, SPIKES)],
    }
    parts["Report"]["properties"]["options"] = {"$ref": "#/$defs/Options"}
    parts["Options"] = {
        "description": "As they were given, with what a stimulus decided.",
        **_closed(
            {**{name: dict(option.kind.schema) for name, option in OPTIONS.items()}, **_more_options()}
        ),
    }


def _resources(parts: Parts) -> None:
    """Name what our families of chips add; what a package of chips adds is an object."""
    resources = parts["Resources"]
    for family in FAMILIES:
        theirs = msgspec.json.schema_components((family,), ref_template="#/$defs/{name}")[1]
        own = set(family.__struct_fields__) - set(Resources.__struct_fields__)
        properties = theirs.pop(family.__name__)["properties"]
        resources["properties"] |= {name: properties[name] for name in sorted(own)}
        parts |= {name: parts.get(name, part) for name, part in theirs.items()}
    resources["additionalProperties"] = {
        "type": "object",
        "description": "What a package of chips adds.",
    }


def _readings(parts: Parts) -> None:
    fields = _without_defaults(msgspec.json.schema(NodeDialect)["$defs"]["NodeDialect"]["properties"])
    for name, bounds in BOUNDS.items():
        fields[name] |= bounds
    whole = {"description": "How a node is stepped in discrete time.", **_closed(fields)}
    parts["NodeReading"] = whole
    parts["PartOfAReading"] = {key: value for key, value in _closed(fields).items() if key != "required"}
    reading = parts["Reading"]["properties"]
    reading["default"] = {"$ref": "#/$defs/NodeReading"}
    for name in ("by_kind", "by_path"):
        reading[name]["additionalProperties"] = {"$ref": "#/$defs/PartOfAReading"}


def _more_options() -> Parts:
    defined = msgspec.json.schema(Tuning)["$defs"]
    tuning, reach = (_without_defaults(defined[name]["properties"]) for name in ("Tuning", "Reach"))
    tuning["reach"] = {**tuning["reach"], "additionalProperties": _closed(reach)}
    return {
        "target": {"type": "string"},
        "tuning": {
            "description": "By population, what the stimulus decided; null where it decides nothing.",
            "anyOf": [_closed(tuning), {"type": "null"}],
        },
        "given_up": {
            "type": "object",
            "description": "By neuron node, constructs without room and what there is too little of for each.",
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "whole_reading": {
            "type": "boolean",
            "description": "Whether the dialect was given as a whole record.",
        },
    }


def _panel(panel: Parts, of: Sequence[str], without: Sequence[str]) -> Parts:
    properties = {name: value for name, value in panel["properties"].items() if name not in without}
    return {**_closed(properties), "required": sorted({*panel["required"], *of})}


def _closed(properties: Parts) -> Parts:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _without_defaults(properties: Parts) -> Parts:
    return {
        name: {key: v for key, v in value.items() if key != "default"} for name, value in properties.items()
    }
