"""The reference of dialects: what each means, from the guide that `spikec dialects show` prints."""

from __future__ import annotations

from ...sim.dialect.dialect import FIELDS, field_takes, names
from ...sim.dialect.families import FAMILIES
from ...sim.dialect.guide import guide
from ..front.dialect_record import DialectRecord, dialect_record
from .pieces import code, table


def dialects_page() -> str:
    """Each family with its presets, then the fields of the record."""
    parts = [
        "# Dialects",
        "A dialect says what a framework means by its files: NIR stores no time step, no reset and no "
        "discretisation. [Readings](../concepts/reading.md) says why that matters, and how spikec finds the right one. "
        "`spikec dialects show NAME` prints what is here.",
    ]
    for family in FAMILIES:
        presets = [name for name in names() if name == family or name.rpartition(".")[0] == family]
        presets = [name for name in presets if name == family or name not in FAMILIES]
        parts.append(_family(family, presets))
    told = guide().fields
    rows = [(f"`{name}`", field_takes(name), told[name]) for name in FIELDS]
    parts += [
        "## Fields of the record",
        "Every dialect takes these as `--dialect-option KEY=JSON` too, for the whole file, or as `NODE.KEY=JSON` for "
        "one node. V is the membrane.",
        table(("field", "takes", ""), rows),
    ]
    return "\n\n".join(parts)


def _family(family: str, presets: list[str]) -> str:
    found: DialectRecord = dialect_record(presets[0])
    rows = [("names", ", ".join(f"`{name}`" for name in presets)), ("versions", found.versions),
            ("written by", found.writes), ("means", found.means), ("not in the file", found.missing),
            ("time step", found.time_step), ("known from", found.evidence)]  # fmt: skip
    parts = [f"## {found.title} {{ #{family.replace('.', '-')} }}", table(rows[0], rows[1:])]
    if found.options:
        options = [(f"`{key}`", each.takes, each.text) for key, each in found.options.items()]
        parts.append(table(("option", "takes", ""), options))
    parts += ["What each kind of node does in a step:", code("\n".join(_lines(found)), "text")]
    return "\n\n".join(parts)


def _lines(found: DialectRecord) -> tuple[str, ...]:
    from ...sim.dialect.words import reading_lines

    return reading_lines(found.words)
