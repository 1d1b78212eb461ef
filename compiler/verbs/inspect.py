"""`spikec inspect`: the nodes of a file, and how it can be read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from .arguments import FILE, JSON, READING
from .loading import graph
from .printing import print_json

COLUMNS = ("path", "kind", "shape", "parameters")


@click.command()
@click.argument("net", type=FILE)
@READING
@JSON
def command(net: Path, as_json: bool, dialect: str | None, dialect_option: Any, dt: float | None) -> None:
    """Show what NET.nir holds and how it can be read."""
    from ..detect_dialect import detect
    from ..diagnostics import PROBLEM, render_all
    from ..inspection import node_rows
    from ..render import console, table

    raw, notes = graph(net)
    found = detect(raw, dt)
    rows, more = node_rows(raw)
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
