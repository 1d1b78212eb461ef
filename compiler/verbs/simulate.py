"""`spikec simulate`: the emitted words run, and the trace is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ...sim.engines.choice import SUM_ENGINES
from .arguments import FILE, JSON, QUIET, STIMULUS
from .loading import StimulusWords, chosen_stimulus
from .printing import write_file, write_trace
from .progress import progress

if TYPE_CHECKING:
    from ...sim.engines.choice import SumEngine
    from ...sim.trace import Trace
    from ..output.reopen import Reopened


class SimulateWords(StimulusWords):
    """What else the command line says. sample: whose waves."""

    vcd: Path | None
    neurons: tuple[str, ...]
    sample: int
    engine: SumEngine
    devices: int | None


@click.command()
@click.argument("out", type=FILE)
@STIMULUS
@click.option("--states", is_flag=True, help="Record the states as well.")
@click.option("-o", "--trace", type=FILE, required=True, metavar="TRACE.npz")
@click.option(
    "--vcd", type=FILE, metavar="F.vcd", help="Spikes, u and v of --neurons as waves, in chip steps."
)
@click.option("--neurons", multiple=True, metavar="POP[:i,j-k]", help="What the waves show; may be repeated.")
@click.option("--sample", type=click.IntRange(0), default=0, show_default=True, help="Whose waves.")
@click.option(
    "--engine",
    type=click.Choice(["auto", *SUM_ENGINES]),
    default="auto",
    show_default=True,
    help="What computes it; the result is the same bit for bit.",
)
@click.option(
    "--devices", type=click.IntRange(1), metavar="N", help="Share the samples out over N devices of JAX."
)
@JSON
@QUIET
def command(
    out: Path, trace: Path, states: bool, as_json: bool, quiet: bool, **given: Unpack[SimulateWords]
) -> None:
    """Run the configuration in OUT and write the trace."""
    from ..output.again import chip_trace
    from ..output.execution import chosen_execution
    from ..output.finished import finished, recorded_stimulus
    from ..output.reopen import reopen
    from ..write_refused import demand_writable

    vcd, neurons = given["vcd"], given["neurons"]
    if (vcd is None) != (not neurons):
        raise click.UsageError("--vcd and --neurons need each other")
    for file in (trace, *([] if vcd is None else [vcd])):
        demand_writable(file, out, given["stimulus"])
    with progress(quiet=quiet or as_json) as tell:
        made = finished(out)
        execution = chosen_execution(made.chip, given["engine"], given["devices"])
        stimulus = chosen_stimulus(made.ports, given, made.chip) or recorded_stimulus(made)
        if vcd is not None and given["sample"] >= stimulus.batch:
            raise click.UsageError(f"--sample {given['sample']}: there are samples 0 to {stimulus.batch - 1}")
        opened = reopen(made.raw, made.files, replace(made.options, progress=tell), stimulus)
        chosen = _chosen(opened, neurons)
        tell("simulate")
        found = chip_trace(opened, states=states or vcd is not None, execution=execution)
    if vcd is not None:
        write_file(vcd, _waves(opened, found, chosen, given["sample"]))
    write_trace(trace, found if states else replace(found, states={}), as_json=as_json)


def _chosen(opened: Reopened, neurons: Sequence[str]) -> Mapping[str, Sequence[int]]:
    from ..output.waves import chosen_neurons

    return chosen_neurons(neurons, {p.name: p.machine_index.size for p in opened.symbols.populations})


def _waves(opened: Reopened, trace: Trace, chosen: Mapping[str, Sequence[int]], sample: int) -> bytes:
    from ...sim.vcd import dump
    from ..output.waves import signals
    from ..verdicts.compare_trace import leads_of

    waves = signals("chip", trace.arrays(), leads_of(opened), chosen, sample)
    return dump(waves, comment="one time unit is one chip step").encode()
