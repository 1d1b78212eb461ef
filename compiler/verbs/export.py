"""`spikec export`: the network as the chip realises it, as a NIR file, held against the chip's integers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ..backends.interface import backend_of
from .arguments import FILE, JSON, QUIET, STIMULUS
from .loading import StimulusWords, chosen_stimulus
from .printing import print_json, write_file
from .progress import progress

if TYPE_CHECKING:
    from ..export.agreement import Agreement
    from ..export.write import Exported


@click.command()
@click.argument("out", type=FILE)
@STIMULUS
@click.option("-o", "--net", type=FILE, required=True, metavar="EFFECTIVE.nir")
@JSON
@QUIET
def command(out: Path, net: Path, as_json: bool, quiet: bool, **given: Unpack[StimulusWords]) -> None:
    """Write OUT's network as the chip realises it, and measure how it agrees with the chip's integers."""
    from ..diagnostics import CHECK_FAILED, render_all
    from ..export.agreement import agreement
    from ..export.write import export
    from ..output.finished import finished, recorded_stimulus
    from ..output.reopen import reopen
    from ..write_refused import demand_writable

    demand_writable(net)
    with progress(quiet=quiet or as_json) as tell:
        made = finished(out)
        stimulus = chosen_stimulus(made.ports, given) or recorded_stimulus(made)
        opened = reopen(made.raw, made.files, replace(made.options, progress=tell), stimulus)
        tell("export")
        network = backend_of(opened.target).as_on_chip(opened.machine, opened.symbols, opened.target)
        exported = export(opened, network)
        tell("agreement")
        found = agreement(opened, exported, network.neurons)
    write_file(net, exported.file)
    if exported.diagnostics:
        click.echo(render_all(exported.diagnostics), err=True)
    _print(net, exported, found, as_json=as_json)
    if not found.within_bound and not exported.early and not found.overflows:
        raise SystemExit(CHECK_FAILED)


def _print(net: Path, exported: Exported, found: Agreement, *, as_json: bool) -> None:
    options = [f"{key}={value}" for key, value in sorted(exported.dialect_options.items())]
    if as_json:
        from ..export.record import ExportSummary

        print_json(
            ExportSummary(
                file=net.name,
                dt_seconds=exported.dt_seconds,
                dialect_options=tuple(options),
                agreement=found,
                diagnostics=exported.diagnostics,
            )
        )
        return
    more = "".join(f" --dialect-option {option}" for option in options)
    click.echo(f"read it with --dialect nir.euler --dt {exported.dt_seconds!r}{more}")
    click.echo(
        f"spikes equal the chip's in {found.samples_alike} of {found.samples} samples over {found.steps} steps"
    )
    for name, p in sorted(found.populations.items()):
        f1 = "" if p.f1 is None else f"spike F1 {p.f1:.4f}, "
        click.echo(f"  {name}: {f1}membrane gap {p.gap:.3g} (bound {p.bound:.3g})")
    if found.overflows:
        click.echo(f"  {found.overflows} wraps or saturations on the chip: the bound does not hold for them")
