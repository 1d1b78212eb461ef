"""`spikec inspect`: the nodes of a file, and how it can be read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from .arguments import FILE, JSON, READING
from .loading import graph
from .printing import print_json


@click.command()
@click.argument("net", type=FILE)
@READING
@JSON
def command(net: Path, as_json: bool, **given: Any) -> None:
    """Show what NET.nir holds, and how it can be read.

    With --dialect, whether it is sound in that reading."""
    from ..diagnostics import PROBLEM, render_all
    from ..front.inspection import COLUMNS, inspection
    from ..render import console, table

    raw, notes = graph(net)
    found = inspection(
        raw,
        notes,
        dialect=given["dialect"],
        dt_seconds=given["dt_seconds"],
        dialect_options=dict(given["dialect_options"]),
    )
    if as_json:
        print_json(
            {
                "sha256": found.sha256,
                "version": found.version,
                "dialect": {"confidence": found.confidence, "candidates": list(found.candidates)},
                "nodes": [dict(zip(COLUMNS, row, strict=True)) for row in found.nodes],
                "diagnostics": [asdict(d) for d in found.diagnostics],
            }
        )
    else:
        console().print(table(net.name, ("node", "kind", "shape", "parameters"), list(found.nodes)))
        click.echo(f"reading: {found.confidence}")
        click.echo(render_all(found.diagnostics), err=True)
    if not found.sound:
        raise SystemExit(PROBLEM)
