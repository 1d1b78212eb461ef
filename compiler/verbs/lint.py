"""`spikec lint`: advice on a network before it is compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from ..shell.verb_help import Verb
from .arguments import FILE, JSON, READING, STIMULUS, asked, asked_options, target_names
from .loading import StimulusWords, as_recorded, chosen_stimulus, graph
from .printing import print_json


class LintWords(StimulusWords):
    """What the command line says beside the options of a compile."""

    target: str | None
    strict: bool


@click.command("lint", cls=Verb)
@click.argument("net", type=FILE)
@click.option(
    "--target",
    metavar="NAME|chip.toml",
    shell_complete=target_names,
    help="Say also what this chip makes of it; `spikec targets` lists them.",
)
@READING
@STIMULUS
@asked("weight_bits")
@asked("chips")
@click.option("--strict", is_flag=True, help="Exit with 4 where there is a warning.")
@JSON
def command(net: Path, as_json: bool, **given: Unpack[LintWords]) -> None:
    """Give advice on NET.nir that is no error, with numbers and hints.

    Outlier weights, neurons that never fire or that nobody hears, thresholds out of ratio, time constants below the
    step; with --stimulus, silent and saturated layers; with --target, what the chip's neurons do otherwise, and what
    would save a core."""
    from ...sim.diagnostic import keeping
    from ..diagnostics import CHECK_FAILED, render_all
    from ..lint.record import LintRecord
    from ..lint.rules import lint
    from ..options import Options
    from ..prepare import checked, read_graph

    named = given["target"]
    options = asked_options(given, Options() if named is None else Options(target=named))
    if named is not None:
        options = checked(options)
    raw, notes = graph(net)
    with keeping(notes):
        options, recorded = as_recorded(raw, options, given)
        read = read_graph(raw, options)
        stimulus = chosen_stimulus(read.ports, given, None)
        found = (*notes, *recorded, *lint(raw, options, stimulus, for_chip=named is not None))
    dialect = read.dialect.name
    if as_json:
        print_json(LintRecord(sha256=raw.sha256, dialect=dialect, target=named, diagnostics=found))
    else:
        _print(found, dialect, render_all(found))
    if given["strict"] and any(d.severity == "warning" for d in found):
        raise SystemExit(CHECK_FAILED)


def _print(found: tuple[object, ...], dialect: str, text: str) -> None:
    if not found:
        click.echo(f"nothing to say, read as {dialect}")
        return
    count = "1 finding" if len(found) == 1 else f"{len(found)} findings"
    click.echo(f"{text}\n{count}, read as {dialect}; `spikec explain CODE` says more")
