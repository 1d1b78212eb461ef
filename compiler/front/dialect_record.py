"""What `spikec dialects show` prints of a dialect."""

from __future__ import annotations

from ...sim.dialect.dialect import FIELDS, field_takes, preset
from ...sim.dialect.families import FAMILIES
from ...sim.dialect.guide import family_name, guide, option_texts
from ...sim.dialect.words import STATEFUL, in_words
from ..ir.record import Record

ANY_STEP = 1e-3


class DialectOption(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An option of a framework. takes: the values, in words."""

    takes: str
    text: str


class DialectField(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field of every dialect. value: what it is for a LIF of this one."""

    takes: str
    text: str
    value: bool | int | float | str | None


class DialectRecord(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a dialect means. words: what each kind of node does in a step. missing: what its files do not say.
    evidence: how it is known that this is right."""

    name: str
    title: str
    versions: str
    writes: str
    means: str
    missing: str
    evidence: str
    time_step: str
    words: tuple[str, ...]
    options: dict[str, DialectOption]
    fields: dict[str, DialectField]


def dialect_record(name: str) -> DialectRecord:
    """Describe a preset. Raises DiagnosticError: SPK0301 for an unknown one."""
    dialect = preset(name, dt_seconds=ANY_STEP)
    family = family_name(name)
    told = guide()
    of, literal = told.families[family], dialect.for_node("", "LIF")
    made = FAMILIES[family].dt_seconds
    asked = "from the file where it tells it, else --dt SECONDS"
    return DialectRecord(
        name=name,
        title=of.title,
        versions=of.versions,
        writes=of.writes,
        means=of.means,
        missing=of.missing,
        evidence=of.evidence,
        time_step=asked if made is None else f"{made:g} s, as its exporter always writes; --dt overrules it",
        words=in_words(dialect, [(kind, kind) for kind in STATEFUL])[1:],
        options={
            key: DialectOption(takes=takes, text=text) for key, (takes, text) in option_texts(family).items()
        },
        fields={
            key: DialectField(takes=field_takes(key), text=told.fields[key], value=getattr(literal, key))
            for key in FIELDS
        },
    )
