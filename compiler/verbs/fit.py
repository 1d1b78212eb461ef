"""`spikec fit`: which targets hold a network, what binds, and what would have to change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ..options import Options
from .arguments import FILE, JSON, QUIET, READING, STIMULUS, asked, asked_options
from .loading import StimulusWords, chosen_stimulus, graph
from .printing import print_json, say_packages
from .progress import progress

if TYPE_CHECKING:
    from ..verdicts.fit import Trial


@click.command("fit")
@click.argument("net", type=FILE)
@READING
@STIMULUS
@asked("weight_bits")
@asked("allow_approximation")
@asked("chips")
@JSON
@QUIET
def command(net: Path, as_json: bool, quiet: bool, **given: Unpack[StimulusWords]) -> None:
    """Try NET.nir on every installed target and print what it takes.

    The exit code is 3 where none holds it."""
    from ..diagnostics import NO_FIT
    from ..prepare import read_graph
    from ..verdicts.fit import Fit, trials

    with progress(quiet=quiet or as_json) as tell:
        raw, _ = graph(net)
        options = asked_options(given, Options(progress=tell))
        found = trials(raw, options, chosen_stimulus(read_graph(raw, options).ports, given, None))
    say_packages()
    if as_json:
        print_json(Fit(trials=tuple(found)))
    else:
        _print(net, found)
    if not any(one.fits for one in found):
        raise SystemExit(NO_FIT)


def _print(net: Path, found: Sequence[Trial]) -> None:
    from ..render import console, table

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
