"""`spikec inspect`: the nodes of a file, and how it can be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from ..options import Options
from ..shell.verb_help import Verb
from .arguments import FILE, JSON, READING, TARGET, asked, asked_options
from .loading import graph
from .printing import print_json

if TYPE_CHECKING:
    from ..front.inspection import Inspection
    from ..report.stages import Stage


class InspectWords(TypedDict):
    """How the command line says to read the file, and for which target."""

    target: str
    dialect: str | None
    dialect_options: tuple[tuple[str, object], ...]
    dt_seconds: float | None


@click.command("inspect", cls=Verb)
@click.argument("net", type=FILE)
@READING
@TARGET
@click.option(
    "--after",
    type=click.Choice(("connect", "cut", "retime", "quantize", "place")),
    help="Show what this stage of a compile for the target makes of it instead.",
)
@asked("allow_approximation")
@asked("host_prefix")
@asked("weight_bits")
@asked("chips")
@JSON
def command(net: Path, as_json: bool, after: Stage | None, **given: Unpack[InspectWords]) -> None:
    """Show what NET.nir holds, and how it can be read.

    With --dialect, whether it is sound in that reading; with --after, a network inside the compiler."""
    if after is not None:
        _show_stage(net, after, asked_options(given, Options(target=given["target"])), as_json=as_json)
        return
    from ..diagnostics import PROBLEM, render_all
    from ..front.inspection import inspection
    from ..front.inspection_record import record_of
    from ..text.render import console, table

    raw, notes = graph(net)
    found = inspection(
        raw,
        notes,
        dialect=given["dialect"],
        dt_seconds=given["dt_seconds"],
        dialect_options=dict(given["dialect_options"]),
    )
    if as_json:
        print_json(record_of(found))
    else:
        console().print(table(net.name, ("node", "kind", "shape", "parameters"), list(found.nodes)))
        _print_reading(found)
        click.echo(render_all(found.diagnostics), err=True)
    if not found.sound:
        raise SystemExit(PROBLEM)


def _print_reading(found: Inspection) -> None:
    """The reading in words, or those that there may be."""
    from ...sim.dialect.words import reading_lines
    from ...sim.nir.path import shown

    name = "" if found.dialect is None else f"{found.dialect.name}, "
    click.echo(f"\nreading: {name}{found.confidence}")
    for line in reading_lines(found.words):
        click.echo(f"  {shown(line)}")
    if found.dialect is not None:
        click.echo(f"  more: spikec dialects show {found.dialect.name}")


def _show_stage(net: Path, stage: Stage, options: Options, *, as_json: bool) -> None:
    from ...sim.diagnostic import keeping
    from ..ir.listing import listing_text
    from ..prepare import with_target
    from ..report.stages import StageListing, after

    raw, notes = graph(net)
    with keeping(notes):
        tables = after(raw, with_target(options), stage)
    if as_json:
        print_json(StageListing(stage=stage, tables=tables))
    else:
        click.echo(listing_text(tables), nl=False)
