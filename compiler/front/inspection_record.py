"""What `spikec inspect --json` prints of a file."""

from __future__ import annotations

from ...sim.diagnostic import Diagnostic
from ..ir.record import Record, Sha256
from .inspection import Confidence, Inspection


class NodeRow(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node in words. parameters: each with its value, or the range of its values."""

    path: str
    kind: str
    shape: str
    parameters: str


class PossibleReadings(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a file can be read. candidates: the readings that fit, as they are typed, where none is named. words: the
    reading in sentences, where there is one."""

    confidence: Confidence
    candidates: tuple[str, ...]
    words: tuple[str, ...]


class InspectionRecord(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file holds, and how it can be read. sha256: of its bytes. version: of the nir that wrote it."""

    sha256: Sha256
    version: str
    dialect: PossibleReadings
    nodes: tuple[NodeRow, ...]
    diagnostics: tuple[Diagnostic, ...]


def record_of(found: Inspection) -> InspectionRecord:
    """The record of an inspection."""
    return InspectionRecord(
        sha256=found.sha256,
        version=found.version,
        dialect=PossibleReadings(confidence=found.confidence, candidates=found.candidates, words=found.words),
        nodes=tuple(
            NodeRow(path=path, kind=kind, shape=shape, parameters=parameters)
            for path, kind, shape, parameters in found.nodes
        ),
        diagnostics=found.diagnostics,
    )
