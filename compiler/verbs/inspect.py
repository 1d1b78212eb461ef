"""`spikec inspect`: the nodes of a file, and how it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .arguments import FILE, JSON, READING
from .loading import graph
from .printing import print_json

if TYPE_CHECKING:
    from ...sim.diagnostic import Diagnostic
    from ...sim.dialect import Dialect
    from ...sim.rawgraph import RawGraph

COLUMNS = ("path", "kind", "shape", "parameters")


class Found(NamedTuple):
    """`given`, or how sure the recognised reading is, with what would be typed for each that fits."""

    confidence: str
    candidates: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


@click.command()
@click.argument("net", type=FILE)
@READING
@JSON
def command(net: Path, as_json: bool, **given: Any) -> None:
    """Show what NET.nir holds, and how it can be read.

    With --dialect, whether it is sound in that reading."""
    from ..diagnostics import PROBLEM, render_all
    from ..front.inspection import node_rows
    from ..render import console, table

    raw, notes = graph(net)
    dialect, found = _reading(raw, given)
    rows, more = node_rows(raw, dialect)
    diagnostics = [*notes, *found.diagnostics, *more]
    if as_json:
        print_json(
            {
                "sha256": raw.sha256,
                "version": raw.version,
                "dialect": {"confidence": found.confidence, "candidates": list(found.candidates)},
                "nodes": [dict(zip(COLUMNS, row, strict=True)) for row in rows],
                "diagnostics": [asdict(d) for d in diagnostics],
            }
        )
    else:
        console().print(table(net.name, ("node", "kind", "shape", "parameters"), rows))
        click.echo(f"reading: {found.confidence}")
        click.echo(render_all(diagnostics), err=True)
    if any(d.severity == "error" for d in more):
        raise SystemExit(PROBLEM)


def _reading(raw: RawGraph, given: Mapping[str, Any]) -> tuple[Dialect | None, Found]:
    """The dialect that was named, else what the file tells. Not to know it is no error of `inspect`."""
    from ...sim.dialect import preset
    from ..front.detect_dialect import detect, recovered_dt

    name, dt = given["dialect"], given["dt"]
    if name is not None:
        dt = dt if dt is not None else recovered_dt(raw, name)
        dialect = preset(name, dt_seconds=dt, options=dict(given["dialect_option"]), graph=raw)
        return dialect, Found("given", (), ())
    found = detect(raw, dt)
    told = tuple(replace(d, severity="warning") if d.severity == "error" else d for d in found.diagnostics)
    return None, Found(found.confidence, found.candidates, told)
