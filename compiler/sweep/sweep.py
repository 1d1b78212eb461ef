"""Runs a design space: what a folder has is kept, all else is run, and every result is written when it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...sim.diagnostic import Diagnostic
from ..ir.sweep import Result, Sweep, SweepRow
from ..output.store import Claim, write_claimed
from .folder import earlier_results, folder_files
from .processes import Runner
from .space import Point, Space, points
from .table import notes_of, row_of, sweep_record

Heard = Callable[[SweepRow, int, int], None]
"""Hears of a row that is there now, of how many are, and of how many there will be."""


def run_sweep(
    space: Space, runner: Runner, claim: Claim | None, heard: Heard
) -> tuple[Sweep, tuple[Diagnostic, ...]]:
    """Run every point that has no result in the claimed folder yet; and what is to be said of the table.

    claim: None to write nothing. An interrupt leaves all that was finished in the folder. Raises DiagnosticError:
    SPK0525 for a point that is there twice, SPK41xx for a folder that was changed, SPK0504, SPK06xx where nothing can
    be written, SPK0607 for the cluster."""
    asked = points(space)
    results = {} if claim is None else earlier_results(claim.out)

    def write() -> Sweep:
        made = sweep_record(space, asked, results)
        if claim is not None:
            write_claimed(claim, folder_files(made, results))
        return made

    to_run = [point for point in asked if point.refused is None and point.digest not in results]
    _tell_known(asked, results, heard)
    made, there = write(), len(asked) - len(to_run)
    for number, result in runner([point.job for point in to_run]) if to_run else ():
        point, there = to_run[number], there + 1
        results[point.digest] = result
        made = write()
        if (row := row_of(point, result)) is not None:
            heard(row, there, len(asked))
    return made, notes_of(asked, made.rows)


def _tell_known(asked: Sequence[Point], results: dict[str, Result], heard: Heard) -> None:
    there = 0
    for point in asked:
        row = row_of(point, results.get(point.digest))
        if row is not None:
            there += 1
            heard(row, there, len(asked))
