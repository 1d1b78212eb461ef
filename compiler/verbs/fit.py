"""`spikec fit`: a network on every chip side by side: what fits, what it costs, and what is lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ..shell.verb_help import Verb
from .arguments import FILE, JSON, QUIET, READING, STIMULUS, asked, asked_options, listed_names, target_names
from .loading import StimulusWords, as_recorded, chosen_stimulus, stimulus_source
from .printing import print_json, say_packages
from .progress import progress

if TYPE_CHECKING:
    from ..ir.fit import Fit, FitRow


class FitWords(StimulusWords):
    """What the command line says beside the options of a compile."""

    targets: tuple[str, ...]
    workers: int | None


@click.command("fit", cls=Verb)
@click.argument("net", type=FILE)
@click.option(
    "--target",
    "targets",
    multiple=True,
    callback=listed_names,
    metavar="A,B",
    shell_complete=target_names,
    help="Only these; all installed ones if left out.",
)
@READING
@STIMULUS
@asked("weight_bits")
@asked("allow_approximation")
@asked("chips")
@click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="Processes; one for each core if left out."
)
@click.option("--html", type=FILE, metavar="FILE", help="Also write the tables as a page.")
@JSON
@QUIET
def command(net: Path, html: Path | None, as_json: bool, quiet: bool, **given: Unpack[FitWords]) -> None:
    """Compile NET.nir for every installed target, and print what it costs and what is lost, the best first.

    What a chip does not do exactly is tried too, and told. Nothing is written but --html. The exit code is 3 where none
    holds it."""
    from dataclasses import replace

    from ...sim.diagnostic import keeping
    from ...sim.nir.file import graph_in, read_image
    from ...targets import names
    from ..diagnostics import NO_FIT, render_all
    from ..prepare import read_graph
    from ..sweep.fit import run_fit_on, with_notes
    from ..sweep.processes import fits_in_processes, usual_workers

    lively = sys.stderr.isatty()
    with progress(quiet=quiet or as_json) as tell:

        def heard(row: FitRow, there: int, of: int) -> None:
            from ..text.render_fit import row_line

            if not (quiet or as_json):
                # Not click's: that would write past the line that is replaced.
                print(f"{there} of {of}  {row_line(row)}", file=sys.stderr, flush=True)
            if lively and there < of:
                tell(f"{of - there} of {of} targets left")

        image, options = read_image(net), asked_options(given)
        raw, notes = graph_in(image)
        with keeping(notes):  # what is wrong with these is wrong on every target
            options, told = as_recorded(raw, options, given)
            chosen_stimulus(read_graph(raw, options).ports, given, None)
        found = run_fit_on(
            net.name, image, [replace(options, target=name) for name in given["targets"] or names()],
            stimulus_source(given), fits_in_processes(given["workers"] or usual_workers()), heard,
        )  # fmt: skip
    if told:
        click.echo(render_all(told), err=True)
    say_packages()
    found = with_notes(found, told)
    if html is not None:
        _write(html, found)
    if as_json:
        print_json(found)
    else:
        _print(found)
    if not any(row.fits for row in found.rows):
        raise SystemExit(NO_FIT)


def _print(found: Fit) -> None:
    from ..text.render import console
    from ..text.render_fit import fit_tables, notes

    out = console()
    for table in fit_tables(found, out.width):
        out.print(table)
        out.print()
    for line in notes(found):
        out.print(line, soft_wrap=not out.is_terminal)


def _write(html: Path, found: Fit) -> None:
    from ...sim.diagnostic import DiagnosticError
    from ..report.fit_page import render_fit
    from ..shell.write_refused import write_refused

    try:
        html.write_bytes(render_fit(found).encode())
    except OSError as problem:
        raise DiagnosticError((write_refused(problem, str(html)),)) from problem
