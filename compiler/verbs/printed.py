"""What verbs print with --json that have no record elsewhere."""

from __future__ import annotations

from ...sim.diagnostic import Diagnostic, Severity
from ..ir.provenance import TraceProvenance
from ..ir.record import Code, Record
from ..ir.report import Shape
from ..ir.verdicts import CheckedFiles, Verdicts


class CheckedOutput(Verdicts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Both verdicts of an output again, and whether every file of it was derived again."""

    files: CheckedFiles


class WrittenDocs(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The documentation as pages. folder: where they lie. page: the file of the one that was asked for."""

    folder: str
    page: str


class Explanation(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a diagnostic code means and what to do about it."""

    code: Code
    severity: Severity
    title: str
    explanation: str
    hint: str


class Failure(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a command printed no result. diagnostics: the findings, errors among them. usage: in words what is wrong with
    the command line; empty where that is not it. exit_code: of the command."""

    exit_code: int
    diagnostics: tuple[Diagnostic, ...] = ()
    usage: str = ""


class WrittenTrace(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A trace that was written. trace: name of the file. arrays: name -> shape."""

    trace: str
    arrays: dict[str, Shape]


class SimulatedTrace(WrittenTrace, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The trace of a chip. provenance: how its simulator computed it."""

    provenance: TraceProvenance


class SchemaNames(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of all JSON Schemas."""

    schemas: tuple[str, ...]


class TargetTitles(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The installed targets, name -> title."""

    targets: dict[str, str]


class DialectTitles(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The dialects, name -> title of the framework."""

    dialects: dict[str, str]


class WrittenTarget(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A toml to start a chip of one's own from. file: its name. like: the target that it was made from."""

    file: str
    like: str
