"""`spikec vectors`: what a chip is sent and what it answers, for any samples, with the bench that plays them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import click

from ..shell.verb_help import Verb
from .arguments import FILE, JSON, QUIET, STIMULUS
from .loading import StimulusWords, chosen_stimulus
from .printing import print_json
from .progress import progress

_RANGES = re.compile(r"\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*", re.ASCII)


@click.command("vectors", cls=Verb)
@click.argument("out", type=FILE)
@STIMULUS
@click.option(
    "--samples",
    metavar="0-9,12",
    help="Which samples of the stimulus, in this order; all where it is left out.",
)
@click.option("-o", "--folder", type=FILE, required=True, metavar="DIR", help="Where the files go.")
@JSON
@QUIET
def command(
    out: Path, folder: Path, samples: str | None, as_json: bool, quiet: bool, **given: Unpack[StimulusWords]
) -> None:
    """Write what the chip in OUT is sent for a stimulus and what it answers, with a bench that plays it."""
    from ..output.finished import finished, recorded_stimulus
    from ..output.reopen import reopen
    from ..output.store import claimed, write_claimed
    from ..output.vectors import VECTORS, chosen_samples, require_vectors, vector_files
    from ..prepare import resolve_target

    with progress(quiet=quiet or as_json) as tell:
        made = finished(out)
        require_vectors(resolve_target(made.options))
        stimulus = chosen_stimulus(made.ports, given, made.chip) or recorded_stimulus(made)
        numbers = sample_numbers(samples, stimulus.batch)
        with claimed(folder, frozenset({VECTORS})) as claim:
            played = chosen_samples(stimulus, numbers)
            opened = reopen(made.raw, made.files, replace(made.options, progress=tell), played)
            tell("simulate")
            record, files = vector_files(opened, stimulus, numbers)
            write_claimed(claim, files)
    if as_json:
        print_json(record)
        return
    for name in sorted({*record.files, VECTORS}):
        click.echo(name)


def sample_numbers(text: str | None, batch: int) -> list[int]:
    """`0-9,12` -> the numbers, in this order; all of 0 .. batch - 1 for None.

    Raises click.UsageError for other texts, for a number that comes twice, and for samples that there are not."""
    if text is None:
        return list(range(batch))
    if _RANGES.fullmatch(text) is None:
        raise click.UsageError(f"--samples {text}: write numbers and ranges, as in 0-9,12")
    numbers: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        first, last = int(low), int(high or low)
        if first > last or last >= batch:
            raise click.UsageError(f"--samples {part}: there are samples 0 to {batch - 1}, ranges ascend")
        numbers += range(first, last + 1)
    if len(set(numbers)) < len(numbers):
        raise click.UsageError(f"--samples {text}: a sample is listed twice")
    return numbers
