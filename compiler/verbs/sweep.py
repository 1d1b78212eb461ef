"""`spikec sweep`: a design space, one row a point, and what of it is worth its cost."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ..options import OPTIONS, Options
from ..shell.option_kinds import Kind
from ..shell.verb_help import Verb
from .arguments import FILE, JSON, QUIET, READING, SPIKES, asked, asked_options, listed_names, target_names
from .loading import SpikeWords, stimulus_source
from .printing import print_json
from .progress import progress

if TYPE_CHECKING:
    from ..ir.sweep import Sweep, SweepRow, SweepStimulus
    from ..sweep.processes import Runner
    from ..sweep.space import Space


class SweepWords(SpikeWords):
    """What the command line says beside networks, folder and the options of all jobs."""

    targets: tuple[str, ...]
    weight_widths: tuple[int, ...] | None
    seeds: tuple[int, ...]
    labels: bool
    workers: int | None
    scheduler: str | None


def _numbers(kind: Kind, text: str) -> tuple[int, ...]:
    """`4,6,8`. Raises BadParameter for what is no list of the numbers that `kind` takes."""
    numbers: list[int] = []
    for part in text.split(","):
        try:
            numbers.append(int(str(kind.read(int(part)))))
        except ValueError as problem:
            raise click.BadParameter(f"{part!r} is not {kind.takes}; write numbers as in 4,6,8") from problem
    return tuple(numbers)


def _widths(_: click.Context, parameter: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    return None if text is None else _numbers(OPTIONS["weight_bits"].kind, text)


def _seeds(_: click.Context, parameter: click.Parameter, text: str | None) -> tuple[int, ...]:
    return () if text is None else _numbers(OPTIONS["seed"].kind, text)


@click.command("sweep", cls=Verb)
@click.argument("nets", type=FILE, nargs=-1, required=True, metavar="NET...")
@click.option(
    "--target",
    "targets",
    multiple=True,
    default=(Options().target,),
    show_default=True,
    callback=listed_names,
    metavar="A,B",
    shell_complete=target_names,
    help="`spikec targets` lists them; or tomls.",
)
@click.option("--weight-bits", "weight_widths", callback=_widths, metavar="4,6,8", help="Of a stored weight.")
@click.option("--seeds", callback=_seeds, metavar="1,2,3", help="Of the random stimulus.")
@READING
@SPIKES
@click.option("--labels", is_flag=True, help="Demand labels in the stimulus, for the accuracy.")
@asked("split_weights")
@asked("host_prefix")
@asked("allow_approximation")
@asked("calibrate")
@asked("allow_host")
@asked("chips")
@asked("max_neurons_per_core")
@click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="Processes; one for each core if left out."
)
@click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Run on this dask.distributed cluster instead (extra cluster).",
)
@click.option("-o", "--out", type=FILE, required=True, metavar="SWEEP", help="Folder of the results.")
@JSON
@QUIET
def command(
    nets: tuple[Path, ...], out: Path, as_json: bool, quiet: bool, **given: Unpack[SweepWords]
) -> None:
    """Compile every network for every target at every weight width, and show what is worth its cost.

    What SWEEP has already is not run again. The exit code is 3 where no point could be compiled."""
    from ..diagnostics import render_all
    from ..output.store import claimed
    from ..sweep.folder import FILES
    from ..sweep.sweep import run_sweep
    from ..text.render_sweep import row_line

    runner, lively = _runner(given), sys.stderr.isatty()
    with claimed(out, FILES) as claim, progress(quiet=quiet or as_json) as tell:

        def heard(row: SweepRow, there: int, of: int) -> None:
            if not (quiet or as_json):
                # Not click's: that would write past the line that is replaced.
                print(f"{there} of {of}  {row_line(row)}", file=sys.stderr, flush=True)
            if lively:  # elsewhere that line says it
                tell(f"{of - there} of {of} points left")

        made, notes = run_sweep(_space(nets, given), runner, claim, heard)
    if notes:
        click.echo(render_all(notes), err=True)
    _print(made, as_json=as_json)
    if (code := exit_code_of(made.rows)) != 0:
        raise SystemExit(code)


def exit_code_of(rows: Sequence[SweepRow]) -> int:
    """Refusals are results, as in `spikec fit`: 3 where there is nothing else. What failed for another reason than the
    network is 1 (70 a fault of spikec); a configuration that is not the network is 4."""
    from ...sim.diagnostic import error
    from ..diagnostics import CHECK_FAILED, INTERNAL, NO_FIT, OK, PROBLEM, exit_code

    failed = [row.code for row in rows if row.status == "failed"]
    if failed:
        return INTERNAL if any(code.startswith("SPK9") for code in failed) else PROBLEM
    if any(row.identical is False for row in rows):
        return CHECK_FAILED
    if any(row.status == "done" for row in rows):
        return OK
    if any(row.code.startswith(OF_A_CHIP) for row in rows):
        return NO_FIT
    return exit_code([error(row.code, row.reason) for row in rows])


OF_A_CHIP = ("SPK1", "SPK2", "SPK0523")
"""Codes of what one chip refuses and another may not."""


def _space(nets: Sequence[Path], given: SweepWords) -> Space:
    """All that is typed, read. Raises DiagnosticError: SPK0101, SPK0102 a network, SPK0301 the dialect, SPK0401,
    SPK0402, SPK0410 the stimulus, SPK0501, SPK0502 a target."""
    from dataclasses import replace

    from ...sim.nir.file import read_image
    from ..prepare import checked, resolve_target
    from ..sweep.names import short_names
    from ..sweep.space import Space

    options = asked_options(given)
    chosen = [checked(replace(options, target=name)) for name in given["targets"]]
    targets = [replace(each, target=resolve_target(each).name) for each in chosen]
    stimulus, file = _stimulus(given)
    names = short_names(nets)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise click.UsageError(f"NET {twice} is there twice")
    return Space(
        networks={name: read_image(net) for name, net in zip(names, nets, strict=True)},
        targets=targets,
        weight_bits=given["weight_widths"],
        seeds=given["seeds"],
        stimulus=stimulus,
        stimulus_file=file,
    )


def _stimulus(given: SweepWords) -> tuple[SweepStimulus, bytes]:
    """Where spikes come from, and the bytes of the file if it is one."""
    from ..sweep.stimulus import labelled

    found, data = stimulus_source(given)
    if given["labels"] and (not data or not labelled(data)):
        raise click.UsageError("--labels: accuracy needs labels in the stimulus, and there are none")
    return found, data


def _runner(given: SweepWords) -> Runner:
    """Raises DiagnosticError: SPK0527 where a cluster is named and its package is absent."""
    from ..sweep.processes import in_processes, usual_workers

    if given["scheduler"] is None:
        return in_processes(given["workers"] or usual_workers())
    if given["workers"] is not None:
        raise click.UsageError("--workers and --scheduler exclude each other")
    from ..sweep.cluster import on_cluster

    return on_cluster(given["scheduler"])


def _print(made: Sweep, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    from ..text.render import console
    from ..text.render_sweep import sweep_table

    console().print(sweep_table(made))
