"""`spikec compare`: a trace recorded on hardware against the simulator."""

from __future__ import annotations

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
    from ..verdicts.compare_trace import Comparison, Divergence


@click.command("compare", cls=Verb)
@click.argument("out", type=FILE)
@click.option("--trace", type=FILE, required=True, metavar="CHIP.npz", help="What the chip did.")
@STIMULUS
@click.option("--vcd", type=FILE, metavar="F.vcd", help="Waves of both around the first divergence.")
@JSON
@QUIET
def command(
    out: Path, trace: Path, vcd: Path | None, as_json: bool, quiet: bool, **given: Unpack[StimulusWords]
) -> None:
    """Hold a trace recorded on hardware against the simulator, and show where they differ first."""
    from ...sim.trace import read_arrays_of_trace
    from ...sim.vcd import dump
    from ..diagnostics import CHECK_FAILED
    from ..output.again import chip_trace
    from ..output.finished import finished, recorded_stimulus
    from ..output.reopen import reopen
    from ..output.waves import around
    from ..shell.write_refused import demand_writable
    from ..verdicts.compare_trace import compare_traces, leads_of

    if vcd is not None:
        demand_writable(vcd, out, trace, given["stimulus"])
    recorded = read_arrays_of_trace(trace)
    states = any(name.startswith("state/") for name in recorded) or vcd is not None
    with progress(quiet=quiet or as_json) as tell:
        made = finished(out)
        stimulus = chosen_stimulus(made.ports, given, made.chip) or recorded_stimulus(made)
        opened = reopen(made.raw, made.files, replace(made.options, progress=tell), stimulus)
        tell("simulate")
        simulated = chip_trace(opened, states=states)
    arrays, leads = simulated.arrays(), leads_of(opened)
    found = compare_traces(recorded, arrays, leads)
    if vcd is not None and found.divergences:
        waves = around(found.divergences[0], recorded, arrays, leads)
        write_file(vcd, dump(waves, comment="one time unit is one chip step").encode())
    if as_json:
        print_json(found)
    else:
        _print(found)
    if not found.identical:
        raise SystemExit(CHECK_FAILED)


def _print(found: Comparison) -> None:
    from ...sim.nir.path import shown

    size = f"{len(found.compared)} arrays, {found.steps} steps x {found.samples} samples"
    if found.identical:
        click.echo(f"identical: {size}, {sum(found.compared.values())} values")
        return
    click.echo(f"DIFFERENT: {len(found.divergences)} of {size}")
    for k, divergence in enumerate(found.divergences):
        word = "first" if k == 0 else "then "
        click.echo(f"{word} {shown(_place(divergence))}")
        if k == 0:
            _window(divergence)
    for name in sorted(set(found.compared) - {d.array for d in found.divergences}):
        click.echo(f"same  {shown(name)}")


def _place(divergence: Divergence) -> str:
    neuron = ",".join(str(k) for k in divergence.neuron)
    chip = "" if divergence.chip_step is None else f" (chip step {divergence.chip_step})"
    return (
        f"{divergence.array}: step {divergence.step}{chip}, sample {divergence.sample}, neuron {neuron or '0'}; "
        f"{divergence.different} values differ"
    )


def _window(divergence: Divergence) -> None:
    steps = range(divergence.first_shown, divergence.first_shown + len(divergence.recorded))
    for label, values in (
        ("step", [str(step) for step in steps]),
        ("chip", [f"{value:g}" for value in divergence.recorded]),
        ("simulator", [f"{value:g}" for value in divergence.simulated]),
    ):
        click.echo(f"      {label:<10}" + " ".join(f"{value:>9}" for value in values))
