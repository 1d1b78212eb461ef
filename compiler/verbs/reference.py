"""`spikec reference`: the float network as its framework means it."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from ..shell.verb_help import Verb
from .arguments import FILE, JSON, QUIET, READING, STIMULUS, asked_options
from .loading import StimulusWords, as_recorded, chosen_stimulus, graph
from .printing import write_trace
from .progress import progress


@click.command("reference", cls=Verb)
@click.argument("net", type=FILE)
@READING
@STIMULUS
@click.option("--states", is_flag=True, help="Record the states as well.")
@click.option("-o", "--trace", type=FILE, required=True, metavar="TRACE.npz")
@JSON
@QUIET
def command(
    net: Path, trace: Path, states: bool, as_json: bool, quiet: bool, **given: Unpack[StimulusWords]
) -> None:
    """Run NET.nir in float as its dialect means it, and write the trace."""
    from ...sim.reference.reference import reference
    from ..diagnostics import render_all
    from ..prepare import read_graph
    from ..shell.write_refused import demand_writable

    demand_writable(trace, net, given["stimulus"])
    raw, _ = graph(net)
    options, told = as_recorded(raw, asked_options(given), given)
    if told:
        click.echo(render_all(told), err=True)
    read = read_graph(raw, options)
    stimulus = chosen_stimulus(read.ports, given, None)
    if stimulus is None:
        raise click.UsageError("give --stimulus S.npz or --poisson RATE")
    with progress(quiet=quiet or as_json) as tell:
        tell("float reference")
        found = reference(raw, read.dialect, stimulus=stimulus.inputs, return_all_states=states)
    write_trace(trace, found, as_json=as_json)
