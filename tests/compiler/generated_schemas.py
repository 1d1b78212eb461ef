"""The schemas that follow from record types; `python -m tests.compiler.generated_schemas` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Union

import msgspec
from spikec.compiler.backends.shared.placement_lock import SCHEMA_VERSION, PlacementLock
from spikec.compiler.export.record import ExportSummary
from spikec.compiler.front.dialect_record import DialectRecord
from spikec.compiler.front.inspection_record import InspectionRecord
from spikec.compiler.ir.fit import Fit
from spikec.compiler.ir.io_map import IoMap
from spikec.compiler.ir.model_explorer import GraphCollection, NodeData
from spikec.compiler.ir.report import SCHEMA_VERSION as REPORT_VERSION, Report, StageTime
from spikec.compiler.ir.sweep import Sweep, SweepResults
from spikec.compiler.ir.vectors import VectorFiles
from spikec.compiler.lint.record import LintRecord
from spikec.compiler.output.diff import JudgedDifference
from spikec.compiler.output.manifest import Manifest
from spikec.compiler.report.stages import StageListing
from spikec.compiler.verbs.printed import (
    CheckedOutput,
    DialectTitles,
    Explanation,
    Failure,
    SchemaNames,
    SimulatedTrace,
    TargetTitles,
    WrittenDocs,
    WrittenTarget,
    WrittenTrace,
)
from spikec.compiler.verdicts.capabilities import SupportTable
from spikec.compiler.verdicts.compare_trace import Comparison
from spikec.compiler.verdicts.own_target import CheckedTarget
from spikec.targets.families import BUILT_IN
from spikec.targets.ranc.simulator import Network, Settings
from spikec.targets.register_map import RegisterMap

from .report_schema import as_compiled, as_report, as_whole_report

FOLDER = Path(__file__).parents[2] / "compiler" / "schemas"
Parts = dict[str, Any]
TARGET = Union[tuple(built_in.family().record for built_in in BUILT_IN.values())]  # noqa: UP007
"""The record of a built-in chip."""
OF_A_PACKAGE = {
    "title": "Chip of another package",
    "type": "object",
    "properties": {"family": {"type": "string", "not": {"enum": sorted(BUILT_IN)}}},
    "required": ["family", "name", "title", "schema_version", "dialect", "latency"],
}
Shown = msgspec.defstruct(
    "Shown", [("target", TARGET), ("support", SupportTable)], frozen=True, forbid_unknown_fields=True
)
WRITTEN: dict[str, tuple[tuple[Any, ...], str, int]] = {
    "check": ((CheckedOutput,), "spikec check --json", 1),
    "compare": ((Comparison,), "spikec compare --json", 1),
    "compile": ((Report,), "spikec compile --json", REPORT_VERSION),
    "configuration-loihi1": ((BUILT_IN["loihi"].family().document,), "configuration.json of Loihi 1", 1),
    "configuration-loihi2": ((BUILT_IN["loihi2"].family().document,), "lava.json of Loihi 2", 1),
    "configuration-odin": ((BUILT_IN["odin"].family().document,), "host.json of ODIN and tinyODIN", 1),
    "configuration-paicore25": (
        (BUILT_IN["paicore"].family().document,),
        "paicore25.json of PAICORE 2.5",
        1,
    ),
    "configuration-ranc": ((BUILT_IN["ranc"].family().document,), "ranc.json of RANC", 1),
    "configuration-reckon": ((BUILT_IN["reckon"].family().document,), "reckon.json of ReckOn", 1),
    "configuration-spinnaker1": (
        (BUILT_IN["spinnaker"].family().document,),
        "spinnaker1.json of SpiNNaker 1",
        1,
    ),
    "dialect": ((DialectRecord,), "spikec dialects show NAME --json", 1),
    "dialects": ((DialectTitles,), "spikec dialects --json", 1),
    "diff": ((JudgedDifference,), "spikec diff --json", 1),
    "docs": ((WrittenDocs,), "spikec docs --json", 1),
    "error": ((Failure,), "--json of a command that fails", 1),
    "explain": ((Explanation,), "spikec explain --json", 1),
    "export": ((ExportSummary,), "spikec export --json", 1),
    "fit": ((Fit,), "spikec fit --json", 1),
    "io-map": ((IoMap,), "io_map.json", 1),
    "inspect": ((InspectionRecord, StageListing), "spikec inspect --json", 1),
    "lint": ((LintRecord,), "spikec lint --json", 1),
    "manifest": ((Manifest,), "manifest.json", 1),
    "model-explorer": ((GraphCollection,), "model_explorer.json, as Model Explorer reads it", 1),
    "model-explorer-data": (
        (dict[str, NodeData],),
        "model_explorer_data.json, as Model Explorer reads it",
        1,
    ),
    "reference": ((WrittenTrace,), "spikec reference --json", 1),
    "report": ((Report,), "report.json", REPORT_VERSION),
    "seconds": ((tuple[StageTime, ...],), "seconds.json", 1),
    "simulator-ranc": ((Network,), "simulator.json of RANC", 1),
    "simulator-config-ranc": ((Settings,), "simulator_config.json of RANC", 1),
    "schema": ((SchemaNames,), "spikec schema --json", 1),
    "simulate": ((SimulatedTrace,), "spikec simulate --json", 1),
    "sweep": ((Sweep,), "spikec sweep --json, and sweep.json", 1),
    "sweep-results": ((SweepResults,), "results.json of a sweep", 1),
    "targets": ((TargetTitles,), "spikec targets --json", 1),
    "vectors": ((VectorFiles,), "spikec vectors --json, and vectors.json", 1),
    "target-check": ((CheckedTarget,), "spikec targets check FILE --json", 1),
    "target-new": ((WrittenTarget,), "spikec targets new NAME --like TARGET --json", 1),
    "target-registers": ((RegisterMap,), "spikec targets registers NAME --json", 1),
}
"""Name of a schema -> the records that are written under it, what it is of, and its version. Every field is written,
but those that are absent where there is nothing to say."""
READ: dict[str, tuple[tuple[Any, ...], str, int]] = {
    "configuration-speck": ((BUILT_IN["speck"].family().document,), "speck.json of Speck and DYNAP-CNN", 1),
    "configuration-xylo": ((BUILT_IN["xylo"].family().document,), "xylo.json of Xylo", 1),
    "placement-lock": ((PlacementLock,), "placement.lock.json", SCHEMA_VERSION),
    "target": ((Shown,), "spikec targets show NAME --json", 1),
}
"""Those whose fields may be left out where they have a default."""
CODE = "^SPK[0-9]{4}$"
WITH_FORMAT = tuple(
    f"configuration-{family}"
    for family in ("loihi1", "loihi2", "odin", "paicore25", "ranc", "reckon", "speck", "spinnaker1", "xylo")
)
"""Those that say their version in a field of their own, `format`."""
WITHOUT_VERSION = (
    "model-explorer",
    "model-explorer-data",
    "seconds",
    "simulator-ranc",
    "simulator-config-ranc",
)
"""Those whose form is somebody else's, or a list."""


def generated(name: str) -> str:
    """The text of the schema file of a record type."""
    records, title, version = {**WRITTEN, **READ}[name]
    refs, parts = msgspec.json.schema_components(records, schema_hook=_cell, ref_template="#/$defs/{name}")
    for part in parts.values():
        _in_one_line(part)
    if name in WRITTEN:
        for part in parts.values():
            _written_whole(part)
    if name not in (*WITH_FORMAT, *WITHOUT_VERSION):
        for ref in refs:
            _with_version(parts[ref["$ref"].rpartition("/")[2]], version)
    _refined(name, parts)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:spikec:schema:{name}:{version}",
        "title": title,
    }
    top = refs[0] if len(refs) == 1 else {"oneOf": list(refs)}
    return json.dumps({**head, **top, "$defs": parts}, indent=1).replace("\\\\Z", "$") + "\n"


def _cell(kind: type) -> Parts:
    """A cell of a table: what else is an `object` to Python, `report_schema` states."""
    if kind is not object:
        raise NotImplementedError(kind)
    return {"type": ["string", "number", "boolean", "null"]}


def _in_one_line(part: Parts) -> None:
    if "description" in part:
        part["description"] = " ".join(part["description"].split())


def _written_whole(part: Parts) -> None:
    """Require every field that has a value to be written, and nothing else."""
    properties = part.get("properties", {})
    always = {name for name, value in properties.items() if value.pop("default", part) is not part}
    if properties:
        part["required"] = sorted({*part.get("required", ()), *always})
        part["additionalProperties"] = False


def _with_version(part: Parts, version: int) -> None:
    part["properties"] = {**part["properties"], "schema_version": {"const": version}}
    part["required"] = sorted({*part["required"], "schema_version"})


def _refined(name: str, parts: Parts) -> None:
    """Say what the types do not."""
    if "Diagnostic" in parts:
        parts["Diagnostic"]["properties"]["code"]["pattern"] = CODE
    if name in ("report", "compile"):
        as_whole_report(parts)
    if name == "report":
        as_report(parts["Report"])
    elif name == "compile":
        as_compiled(parts["Report"])
    elif name == "manifest":
        parts["Manifest"]["required"] = sorted(parts["Manifest"]["properties"])
    elif name == "target":
        parts["Shown"]["properties"]["target"]["anyOf"].append(OF_A_PACKAGE)


SCHEMAS = (*WRITTEN, *READ)


if __name__ == "__main__":
    for each in SCHEMAS:
        (FOLDER / f"{each}.schema.json").write_text(generated(each), encoding="utf-8")
