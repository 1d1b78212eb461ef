"""The command line: one verb a function; everything heavy is imported inside."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..sim.diagnostic import Diagnostic
    from ..sim.rawgraph import RawGraph
    from ..sim.stimulus import Stimulus
    from .options import Options

Shapes = dict[str, tuple[int, ...]]


def _key_value(
    _: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = []
    for text in values:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"{text!r} is not KEY=JSON")
        try:
            found.append((key, json.loads(value)))
        except ValueError:
            found.append((key, value))
    return tuple(found)


def _requirement(
    _: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    found: list[tuple[str, float]] = []
    for text in values:
        key, _equals, value = text.partition("=")
        try:
            found.append((key, float(value)))
        except ValueError as problem:
            raise click.BadParameter(f"{text!r} is not f1=NUMBER or accuracy-loss=NUMBER") from problem
        if key not in {"f1", "accuracy-loss"}:
            raise click.BadParameter(f"{key!r}: choose f1 or accuracy-loss")
    return tuple(found)


def _options(*decorators: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return wrap


FILE = click.Path(path_type=Path)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
READING = _options(
    click.option("--dialect", metavar="NAME", help="How to read the file; recognised from it if it can be."),
    click.option("--dialect-option", multiple=True, callback=_key_value, metavar="KEY=JSON"),
    click.option("--dt", type=float, metavar="SECONDS", help="Time step."),
)
STIMULUS = _options(
    click.option("--stimulus", type=FILE, metavar="S.npz", help="`input` (T, B, ...) and optional `labels`."),
    click.option("--poisson", type=float, metavar="RATE", help="Random spikes instead: probability a step."),
    click.option("--steps", type=click.IntRange(1), default=64, show_default=True),
    click.option("--batch", type=click.IntRange(1), default=4, show_default=True),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="spikec")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def cli(debug: bool) -> None:
    """Compiles NIR graphs into chip configurations, and proves what it made."""


def _load(path: Path) -> tuple[RawGraph, tuple[Diagnostic, ...]]:
    from ..sim.nirfile import read

    return read(path)


def _stimulus(shapes: Shapes, choice: dict[str, Any]) -> Stimulus | None:
    from ..sim.stimulus import load, poisson

    if choice["stimulus"] is not None and choice["poisson"] is not None:
        raise click.UsageError("--stimulus and --poisson exclude each other")
    if choice["stimulus"] is not None:
        return load(choice["stimulus"], shapes)
    if choice["poisson"] is not None:
        return poisson(shapes, choice["poisson"], choice["steps"], batch=choice["batch"], seed=choice["seed"])
    return None


def _say(text: str) -> None:
    click.echo(f"  {text} ...", err=True)


@cli.command("compile")
@click.argument("net", type=FILE)
@click.option("--target", default="loihi1", show_default=True, metavar="NAME|chip.toml")
@READING
@STIMULUS
@click.option("--weight-bits", type=click.IntRange(2, 8), default=8, show_default=True)
@click.option(
    "--split-weights", is_flag=True, help="Each weight over two synapses: more bits, twice the memory."
)
@click.option("--host-prefix", multiple=True, metavar="NODE", help="Run this population on the host.")
@click.option("--no-host", is_flag=True, help="Refuse to run anything on the host.")
@click.option("--chips", type=click.IntRange(1), default=1, show_default=True)
@click.option("--require", multiple=True, callback=_requirement, metavar="f1=X|accuracy-loss=X")
@click.option("-o", "--out", type=FILE, required=True, metavar="OUT")
@JSON
def compile_command(net: Path, out: Path, as_json: bool, **given: Any) -> None:
    """Compile NET.nir, prove the result, and write it to OUT."""
    from .diagnostics import CHECK_FAILED, render_all
    from .pipeline import compile_graph
    from .prepare import read_front, resolve_target
    from .report.html import render_html
    from .store import write

    raw, notes = _load(net)
    options = _compile_options(given, quiet=as_json)
    front = read_front(raw, options, resolve_target(options))
    stimulus = _stimulus(dict(front.network.inputs), given)
    compiled = compile_graph(raw, options, stimulus=stimulus, source=net.read_bytes())
    files = {**compiled.files, "report.html": render_html(compiled.report).encode()}
    write(out, files)
    shown = [*notes, *compiled.diagnostics]
    if shown:
        click.echo(render_all(shown), err=True)
    _print_report(dict(compiled.report), as_json=as_json)
    failed = _failed_requirements(dict(compiled.report), given["require"])
    for text in failed:
        click.echo(f"required: {text}", err=True)
    if failed or not compiled.placement_identical:
        raise SystemExit(CHECK_FAILED)


def _compile_options(given: dict[str, Any], *, quiet: bool) -> Options:
    from .options import Options

    return Options(
        target=given["target"],
        dialect=given["dialect"],
        dialect_options=given["dialect_option"],
        dt_seconds=given["dt"],
        weight_bits=given["weight_bits"],
        split_weights=given["split_weights"],
        host_prefix=given["host_prefix"],
        allow_host=not given["no_host"],
        chips=given["chips"],
        seed=given["seed"],
        progress=None if quiet else _say,
    )


def _print_report(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=1, sort_keys=True))
        return
    from .render import print_report

    print_report(report)


def _failed_requirements(report: dict[str, Any], wanted: tuple[tuple[str, float], ...]) -> list[str]:
    fidelity = report["verdicts"]["fidelity"]
    failed: list[str] = []
    for key, bound in wanted:
        if key == "f1":
            value = None if fidelity is None else fidelity["output_f1"]
            if value is None or value < bound:
                failed.append(f"output F1 {value} is below {bound}")
            continue
        fraction = None if fidelity is None else fidelity.get("accuracy_fraction")
        if fraction is None:
            failed.append("accuracy needs labels in the stimulus")
        elif fraction["float"] - fraction["chip"] > bound:
            failed.append(f"accuracy falls from {fraction['float']} to {fraction['chip']}, more than {bound}")
    return failed


@cli.command()
@click.argument("out", type=FILE)
@STIMULUS
@JSON
def check(out: Path, as_json: bool, **given: Any) -> None:
    """Decode OUT again and repeat both verdicts, on its own stimulus or another."""
    from .diagnostics import CHECK_FAILED
    from .pipeline import check_files
    from .render import console, verdict_lines

    raw, files, options, shapes = _finished(out)
    stimulus = _stimulus(shapes, given) or _recorded(files, shapes)
    verdicts = check_files(raw, files, options, stimulus)
    if as_json:
        click.echo(json.dumps(verdicts, indent=1, sort_keys=True))
    else:
        for line in verdict_lines(verdicts):
            console().print(line, soft_wrap=True)
    placement: Any = verdicts["placement"]
    if not placement["identical"]:
        raise SystemExit(CHECK_FAILED)


@cli.command()
@click.argument("out", type=FILE)
@STIMULUS
@click.option("--states", is_flag=True, help="Record the states as well.")
@click.option("-o", "--trace", type=FILE, required=True, metavar="TRACE.npz")
@JSON
def simulate(out: Path, trace: Path, states: bool, as_json: bool, **given: Any) -> None:
    """Run the configuration in OUT and write the trace."""
    from .pipeline import simulate_files

    raw, files, options, shapes = _finished(out)
    stimulus = _stimulus(shapes, given) or _recorded(files, shapes)
    found = simulate_files(raw, files, options, stimulus, states=states)
    _write_trace(trace, found, as_json=as_json)


@cli.command()
@click.argument("net", type=FILE)
@READING
@STIMULUS
@click.option("--states", is_flag=True, help="Record the states as well.")
@click.option("-o", "--trace", type=FILE, required=True, metavar="TRACE.npz")
@JSON
def reference(net: Path, trace: Path, states: bool, as_json: bool, **given: Any) -> None:
    """Run NET.nir in float as its dialect means it, and write the trace."""
    from ..sim.reference import reference as run
    from .options import Options
    from .prepare import read_front, resolve_target

    raw, _ = _load(net)
    options = Options(
        dialect=given["dialect"], dialect_options=given["dialect_option"], dt_seconds=given["dt"]
    )
    front = read_front(raw, options, resolve_target(options))
    stimulus = _stimulus(dict(front.network.inputs), given)
    if stimulus is None:
        raise click.UsageError("give --stimulus S.npz or --poisson RATE")
    found = run(raw, front.dialect, stimulus=stimulus.inputs, return_all_states=states)
    _write_trace(trace, found, as_json=as_json)


def _write_trace(file: Path, trace: Any, *, as_json: bool) -> None:
    from .pipeline import trace_bytes

    file.write_bytes(trace_bytes(trace))
    shapes = {name: list(array.shape) for name, array in sorted(trace.arrays().items())}
    if as_json:
        click.echo(json.dumps({"trace": file.name, "arrays": shapes}, indent=1, sort_keys=True))
    else:
        for name, shape in shapes.items():
            click.echo(f"{name} {shape}")


def _finished(out: Path) -> tuple[RawGraph, dict[str, bytes], Options, Shapes]:
    """A written output: its source graph, files, options and input shapes."""
    import tempfile

    from .pipeline import saved_options
    from .prepare import read_front, resolve_target
    from .store import read

    files = read(out)
    with tempfile.NamedTemporaryFile(suffix=".nir") as copy:
        copy.write(files["source.nir"])
        copy.flush()
        raw, _ = _load(Path(copy.name))
    options = saved_options(json.loads(files["report.json"]))
    front = read_front(raw, options, resolve_target(options))
    return raw, files, options, dict(front.network.inputs)


def _recorded(files: dict[str, bytes], shapes: Shapes) -> Stimulus:
    import tempfile

    from ..sim.stimulus import load

    with tempfile.NamedTemporaryFile(suffix=".npz") as copy:
        copy.write(files["stimulus.npz"])
        copy.flush()
        return load(Path(copy.name), shapes)


@cli.command()
@click.argument("net", type=FILE)
@READING
@JSON
def inspect(net: Path, as_json: bool, dialect: str | None, dialect_option: Any, dt: float | None) -> None:
    """Show what NET.nir holds and how it can be read."""
    from .detect_dialect import detect
    from .diagnostics import PROBLEM, render_all
    from .inspection import node_rows
    from .render import console, table

    raw, notes = _load(net)
    found = detect(raw, dt)
    rows, more = node_rows(raw)
    diagnostics = [*notes, *found.diagnostics, *more]
    if as_json:
        value = {
            "sha256": raw.sha256,
            "version": raw.version,
            "dialect": {"confidence": found.confidence, "candidates": list(found.candidates)},
            "nodes": [dict(zip(("path", "kind", "shape", "parameters"), row, strict=True)) for row in rows],
            "diagnostics": [asdict(d) for d in diagnostics],
        }
        click.echo(json.dumps(value, indent=1, sort_keys=True))
    else:
        console().print(table(net.name, ("node", "kind", "shape", "parameters"), rows))
        click.echo(f"reading: {found.confidence}")
        click.echo(render_all(diagnostics), err=True)
    if any(d.severity == "error" for d in more):
        raise SystemExit(PROBLEM)


@cli.command()
@click.argument("verb", required=False, type=click.Choice(["show"]))
@click.argument("name", required=False)
@JSON
def targets(verb: str | None, name: str | None, as_json: bool) -> None:
    """List the installed targets, or `targets show NAME` one of them."""
    import msgspec

    from ..targets import load, names
    from .options import Options
    from .prepare import resolve_target

    if verb is None:
        listed = {n: load(n).title for n in names()}
        click.echo(
            json.dumps(listed, indent=1) if as_json else "\n".join(f"{n}  {t}" for n, t in listed.items())
        )
        return
    if name is None:
        raise click.UsageError("targets show NAME")
    record = msgspec.to_builtins(resolve_target(Options(target=name)))
    if as_json:
        click.echo(json.dumps(record, indent=1))
        return
    for section, value in record.items():
        rows = value.items() if isinstance(value, dict) else [("", value)]
        for key, text in rows:
            click.echo(f"{section + '.' + key if key else section:<36} {text}")


@cli.command()
@click.argument("code")
@JSON
def explain(code: str, as_json: bool) -> None:
    """Say what a diagnostic code means and what to do."""
    from .diagnostics import codes

    table = codes()
    found = table.get(code.upper())
    if found is None:
        raise click.UsageError(f"there is no code {code!r}; codes run from {min(table)} to {max(table)}")
    if as_json:
        click.echo(
            json.dumps({"code": code.upper(), **{f: getattr(found, f) for f in found.__struct_fields__}})
        )
        return
    click.echo(f"{code.upper()} ({found.severity}): {found.title}\n\n{found.explanation}")
    if found.hint:
        click.echo(f"\nhint: {found.hint}")


def main() -> None:
    """Entry point: diagnostics to stderr, the exit codes of the README."""
    raise SystemExit(_run())


def _run() -> int:
    from ..sim.diagnostic import DiagnosticError
    from .diagnostics import INTERNAL, INTERRUPTED, USAGE, exit_code, render_all

    try:
        result = cli.main(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as problem:
        problem.show()
        return USAGE
    except DiagnosticError as problem:
        click.echo(render_all(problem.diagnostics), err=True)
        return exit_code(problem.diagnostics)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except Exception as problem:
        if "--debug" in sys.argv:
            raise
        click.echo(f"error[SPK9001]: internal error: {type(problem).__name__}: {problem}", err=True)
        click.echo("   hint     this is a fault of spikec; run `spikec --debug ...` and report it", err=True)
        return INTERNAL
