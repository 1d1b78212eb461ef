"""`spikec export`: the network as the chip realises it, as a NIR file, held against the chip's integers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ..shell.verb_help import Verb
from .arguments import FILE, JSON, QUIET, STIMULUS
from .loading import StimulusWords, chosen_stimulus
from .printing import print_json, write_file
from .progress import progress

if TYPE_CHECKING:
    from ..export.effective import EffectiveNetwork


@click.command("export", cls=Verb)
@click.argument("out", type=FILE)
@STIMULUS
@click.option("-o", "--net", type=FILE, required=True, metavar="EFFECTIVE.nir")
@JSON
@QUIET
def command(out: Path, net: Path, as_json: bool, quiet: bool, **given: Unpack[StimulusWords]) -> None:
    """Write OUT's network as the chip realises it, and measure how it agrees with the chip's integers."""
    from ..diagnostics import CHECK_FAILED, render_all
    from ..export.effective import effective_network
    from ..output.finished import finished, recorded_stimulus
    from ..output.reopen import reopen
    from ..shell.write_refused import demand_writable

    demand_writable(net, out, given["stimulus"])
    with progress(quiet=quiet or as_json) as tell:
        made = finished(out)
        stimulus = chosen_stimulus(made.ports, given, made.chip) or recorded_stimulus(made)
        opened = reopen(made.raw, made.files, replace(made.options, progress=tell), stimulus)
        tell("export")
        found = effective_network(opened, stimulus)
    write_file(net, found.file)
    if found.diagnostics:
        click.echo(render_all(found.diagnostics), err=True)
    _print(net, found, as_json=as_json)
    if not found.agreement.within_bound and not found.agreement.overflows:
        raise SystemExit(CHECK_FAILED)


def _print(net: Path, found: EffectiveNetwork, *, as_json: bool) -> None:
    from ...sim.nir.path import shown

    options = [f"{key}={json.dumps(value)}" for key, value in sorted(found.dialect_options.items())]
    if as_json:
        from ..export.record import ExportSummary

        print_json(
            ExportSummary(
                file=net.name,
                dialect=found.dialect,
                dt_seconds=found.dt_seconds,
                dialect_options=tuple(options),
                agreement=found.agreement,
                diagnostics=found.diagnostics,
            )
        )
        return
    more = "".join(f" --dialect-option {option}" for option in options)
    reading = f"--dialect {found.dialect} --dt {found.dt_seconds!r}{more}"
    click.echo(shown(f"the file carries its reading: {reading}"))
    alike = found.agreement
    click.echo(
        f"spikes equal the chip's in {alike.samples_alike} of {alike.samples} samples over {alike.steps} steps"
    )
    for name, p in sorted(alike.populations.items()):
        f1 = "" if p.f1 is None else f"spike F1 {p.f1:.4f}, "
        bound = (
            "no bound is known on this chip"
            if p.bound is None
            else f"{'within' if p.gap <= p.bound else 'PAST'} the {p.bound:.3g} that roundings explain"
        )
        click.echo(
            f"  {shown(name)}: {f1}membranes differ by at most {p.gap:.3g} of the network's units, {bound}"
        )
    if alike.overflows:
        counted = ", ".join(
            f"{name.replace('_', ' ')} {count:,}" for name, count in sorted(alike.counted.items())
        )
        click.echo(f"  counted on the chip: {counted}, what no bound knows of")
