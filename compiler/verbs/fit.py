"""`spikec fit`: which targets hold a network, what binds, and what would have to change."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..options import Options
from .arguments import FILE, JSON, READING, STIMULUS
from .loading import chosen_stimulus, graph
from .printing import print_json


@click.command("fit")
@click.argument("net", type=FILE)
@READING
@STIMULUS
@click.option("--weight-bits", type=click.IntRange(2, 8), default=8, show_default=True)
@click.option("--chips", type=click.IntRange(1), default=1, show_default=True)
@JSON
def command(net: Path, as_json: bool, **given: Any) -> None:
    """Try NET.nir on every installed target and print what it takes.

    The exit code is 3 where none holds it."""
    from ..diagnostics import NO_FIT
    from ..fit import trials
    from ..prepare import read_front, resolve_target
    from ..render import console, table

    raw, _ = graph(net)
    options = Options(
        dialect=given["dialect"],
        dialect_options=given["dialect_option"],
        dt_seconds=given["dt"],
        weight_bits=given["weight_bits"],
        chips=given["chips"],
    )
    front = read_front(raw, options, resolve_target(options))
    found = trials(front, options, chosen_stimulus(front.network.inputs, given))
    if as_json:
        print_json({"trials": [asdict(one) for one in found]})
    else:
        rows = [
            (
                one.target,
                one.change,
                "yes" if one.fits else "no",
                "-" if one.cores is None else f"{one.cores:,} of {one.available_cores:,}",
                f"{one.binding.replace('_', ' ')} {one.share:.0%}" if one.fits else one.reason,
            )
            for one in found
        ]
        console().print(table(net.name, ("target", "with", "fits", "cores", "what binds"), rows))
    if not any(one.fits for one in found):
        raise SystemExit(NO_FIT)
