"""`spikec simulate`: the emitted words run, and the trace is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .arguments import FILE, JSON, STIMULUS
from .loading import chosen_stimulus, finished, recorded_stimulus
from .printing import write_trace


@click.command()
@click.argument("out", type=FILE)
@STIMULUS
@click.option("--states", is_flag=True, help="Record the states as well.")
@click.option("-o", "--trace", type=FILE, required=True, metavar="TRACE.npz")
@JSON
def command(out: Path, trace: Path, states: bool, as_json: bool, **given: Any) -> None:
    """Run the configuration in OUT and write the trace."""
    from ..pipeline import simulate_files

    made = finished(out)
    stimulus = chosen_stimulus(made.inputs, given) or recorded_stimulus(made)
    found = simulate_files(made.raw, made.files, made.options, stimulus, states=states)
    write_trace(trace, found, as_json=as_json)
