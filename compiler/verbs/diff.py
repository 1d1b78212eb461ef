"""`spikec diff`: what changed between two outputs, with limits for continuous integration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..shell.verb_help import Verb
from .arguments import FILE, JSON, SHARE
from .printing import print_json

if TYPE_CHECKING:
    from ..output.diff import Difference, Scalar


@click.command("diff", cls=Verb)
@click.argument("out_a", type=FILE)
@click.argument("out_b", type=FILE)
@click.option("--max-f1-drop", type=SHARE, metavar="X", help="Output F1 may fall by X.")
@click.option("--max-cores-more", type=click.IntRange(0), metavar="N", help="N cores more are allowed.")
@click.option("--max-accuracy-drop", type=SHARE, metavar="X", help="As a fraction: 0.01 is 1 %.")
@JSON
def command(
    out_a: Path,
    out_b: Path,
    max_f1_drop: float | None,
    max_cores_more: int | None,
    max_accuracy_drop: float | None,
    as_json: bool,
) -> None:
    """Compare two outputs: cores, resources, fidelity, digests; a broken limit is exit 4."""
    from ..diagnostics import CHECK_FAILED
    from ..output.diff import JudgedDifference, Limits, difference, failures
    from ..output.finished import report_in
    from ..output.store import read

    found = difference(report_in(read(out_a), out_a.name), report_in(read(out_b), out_b.name))
    limits = Limits(f1_drop=max_f1_drop, more_cores=max_cores_more, accuracy_drop=max_accuracy_drop)
    failed = failures(found, limits)
    if as_json:
        print_json(
            JudgedDifference(
                figures=found.figures,
                rows_gone=found.rows_gone,
                rows_new=found.rows_new,
                failures=tuple(failed),
            )
        )
    else:
        _print(found)
        for text in failed:
            click.echo(f"limit: {text}", err=True)
    if failed:
        raise SystemExit(CHECK_FAILED)


def _print(found: Difference) -> None:
    from ..text.render import console, table

    rows = [
        (change.name, _text(change.a), _text(change.b), _step(change.a, change.b))
        for change in found.figures
        if change.differs
    ]
    if not rows and not found.rows_gone and not found.rows_new:
        click.echo(f"the same in {len(found.figures)} figures and in the fidelity table")
        return
    out = console()
    out.print(table("what differs", ("", "first", "second", "change"), rows))
    for title, listed in (("only in the first", found.rows_gone), ("only in the second", found.rows_new)):
        if listed:
            out.print()
            out.print(
                table(title, ("feature", "where", "wanted", "done", "status"), list(map(tuple, listed)))
            )


def _text(value: Scalar) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4f}" if isinstance(value, float) else value[:16]


def _step(a: Scalar, b: Scalar) -> str:
    if isinstance(a, str | bool | None) or isinstance(b, str | bool | None):
        return ""
    step = b - a
    return f"{step:+,}" if isinstance(step, int) else f"{step:+.4f}"
