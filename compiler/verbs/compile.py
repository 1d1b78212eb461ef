"""`spikec compile`: from a `.nir` file to a proven output."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click
import msgspec

from ...sim.nir.path import shown
from ..ir.report import Report
from ..options import Options
from ..shell.option_kinds import MOST_CHARACTERS
from ..shell.verb_help import Verb
from ..verdicts.required import FIGURES, Requirements
from .arguments import FILE, JSON, QUIET, READING, STIMULUS, TARGET, asked, asked_options
from .loading import StimulusWords, as_recorded, chosen_stimulus
from .printing import print_json
from .progress import progress

if TYPE_CHECKING:
    from ...sim.stimulus import Stimulus


class CompileWords(StimulusWords):
    """What the command line says beside the options of a compile. fresh: keep no placement."""

    target: str
    lock: Path | None
    fresh: bool
    require: Requirements
    strict: bool


def _requirements(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> Requirements:
    found: list[tuple[str, float]] = []
    for text in values:
        key, _equals, value = text.partition("=")
        try:
            found.append((key, float(value)))
        except ValueError as problem:
            raise click.BadParameter(f"{text!r} is not f1=NUMBER or accuracy-loss=NUMBER") from problem
        if key not in FIGURES:
            raise click.BadParameter(f"{key!r}: choose {' or '.join(FIGURES)}")
        if not 0 <= found[-1][1] <= 1:
            raise click.BadParameter(f"{text!r}: a number from 0 to 1")
    return tuple(found)


def _lock(given: CompileWords, out: Path) -> bytes | None:
    """The lock to keep, which is named, or that of an earlier OUT; a little more than is read of a huge one."""
    from ...targets.regular_file import NotRegularError, open_regular, reason
    from ..backends.shared.placement_lock import MAX_BYTES, is_lock

    if given["fresh"]:
        return None
    path = given["lock"] or out / "placement.lock.json"
    try:
        with open_regular(path, sys.maxsize) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        if given["lock"] is None and isinstance(problem, FileNotFoundError | NotRegularError):
            return None
        raise click.UsageError(f"--lock: {shown(str(path))}: {reason(problem)}") from problem
    if given["lock"] is not None and not is_lock(data):
        raise click.UsageError(
            f"--lock: {shown(str(path))} is no placement lock; OUT holds one, placement.lock.json"
        )
    return data


@click.command("compile", cls=Verb)
@click.argument("net", type=FILE)
@TARGET
@READING
@STIMULUS
@asked("weight_bits")
@asked("split_weights")
@asked("one_synapse")
@asked("host_prefix")
@asked("allow_approximation")
@asked("native_reset")
@asked("constructs")
@asked("max_levels")
@asked("calibrate")
@asked("allow_host")
@asked("chips")
@asked("max_neurons_per_core")
@asked("pins")
@asked("name")
@asked("date")
@click.option(
    "--lock",
    type=FILE,
    metavar="FILE",
    help="Keep this placement as far as it serves; OUT's own is kept for the same network.",
)
@click.option("--fresh", is_flag=True, help="Search a new placement, whatever OUT has.")
@click.option(
    "--require",
    multiple=True,
    callback=_requirements,
    metavar="f1=X|accuracy-loss=X",
    help="Else the exit code is 4.",
)
@click.option("--strict", is_flag=True, help="Warnings fail: exit code 4.")
@click.option("-o", "--out", type=FILE, required=True, metavar="OUT", help="Folder to write.")
@JSON
@QUIET
def command(net: Path, out: Path, as_json: bool, quiet: bool, **given: Unpack[CompileWords]) -> None:
    """Compile NET.nir, prove the result, and write it to OUT."""
    from dataclasses import replace

    from ...sim.diagnostic import keeping
    from ...sim.nir.file import graph_in, read_image
    from ..diagnostics import CHECK_FAILED, render_all
    from ..output.build import ALWAYS
    from ..output.page import DRAWN, SECONDS
    from ..output.store import claimed, write_claimed
    from ..pipeline import compile_graph
    from ..prepare import checked, read_graph, resolve_target
    from ..verdicts.required import missed

    began = time.perf_counter()
    if given["lock"] is not None and given["fresh"]:
        raise click.UsageError("--lock and --fresh exclude each other")
    with claimed(out, ALWAYS | DRAWN | {SECONDS}) as claim, progress(quiet=quiet or as_json) as tell:
        lock, named = _lock(given, claim.out), given["lock"] is not None
        usual = Options(
            target=given["target"],
            lock=lock if named else None,
            earlier=None if named else lock,
            progress=tell,
        )
        options = checked(asked_options(given, usual))
        if options.split_weights and options.one_synapse:
            raise click.UsageError("--split-weights and --one-synapse exclude each other")
        options = options if options.name else replace(options, name=net.name[:MOST_CHARACTERS])
        image = read_image(net)
        raw, notes = graph_in(image)
        with keeping(notes):
            options, told = as_recorded(raw, options, given)
            notes = (*notes, *told)
        with keeping(notes):
            stimulus = chosen_stimulus(read_graph(raw, options).ports, given, resolve_target(options))
            _demand_labels(stimulus, given["require"])
            compiled = compile_graph(raw, options, stimulus=stimulus, source=image)
        files = compiled.all_files()
        write_claimed(claim, files)
    shown = [*notes, *compiled.diagnostics]
    if shown:
        click.echo(render_all(shown), err=True)
    _print(compiled.report, as_json=as_json)
    warned = [d.code for d in shown if d.severity == "warning"]
    if not as_json:
        if warned:
            click.echo(warnings_line(warned, strict=given["strict"]))
        click.echo(last_line(compiled.report, out, len(files) + 1, len(warned), time.perf_counter() - began))
    failed = missed(compiled.report, given["require"])
    if failed:
        click.echo(render_all(failed), err=True)
    if failed or not compiled.placement_identical or (given["strict"] and warned):
        raise SystemExit(CHECK_FAILED)


def _demand_labels(stimulus: Stimulus | None, wanted: Requirements) -> None:
    without = stimulus is None or stimulus.labels is None
    if without and any(key == "accuracy-loss" for key, _ in wanted):
        raise click.UsageError(
            "--require accuracy-loss: accuracy needs labels in the stimulus, and there are none"
        )


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(report))
        return
    from ..text.render import print_report

    print_report(report)


def warnings_line(warned: Sequence[str], *, strict: bool) -> str:
    """Each code of a warning with its number."""
    counts = Counter(warned)
    listed = ", ".join(f"{code} x {counts[code]}" if counts[code] > 1 else code for code in sorted(counts))
    end = "; --strict makes them fail" if strict else ""
    return f"warnings   {listed}, above{end}"


def last_line(report: Report, out: Path, files: int, warnings: int, seconds: float) -> str:
    """Say once more, in a few words, the verdicts, how many warnings there are, where the files are, and the
    seconds. files: in OUT, the manifest too."""
    placement, fidelity = report.verdicts.placement, report.verdicts.fidelity
    words = [f"placement {'identical' if placement.identical else 'DIFFERENT'}"]
    if fidelity is not None and fidelity.output_f1 is not None:
        words.append(f"output F1 {fidelity.output_f1:.4f}")
    elif fidelity is not None and fidelity.output_rms is not None:
        words.append(f"same decision {fidelity.output_agreement:.4f}")
    if fidelity is not None and fidelity.accuracy is not None:
        words.append(f"{fidelity.accuracy.chip} right, float {fidelity.accuracy.in_float.split('/')[0]}")
    warned = {0: "no warnings", 1: "1 warning"}.get(warnings, f"{warnings} warnings")
    where = f"{files} files in {shown(str(out))}"
    return f"done       {'; '.join([', '.join(words), warned, where, f'{seconds:.1f} s'])}"
