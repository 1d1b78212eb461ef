"""`spikec check`: both verdicts again, from the files alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Unpack

import click

from ..shell.verb_help import Verb
from .arguments import FILE, JSON, QUIET, STIMULUS
from .loading import StimulusWords, chosen_stimulus
from .printing import print_json
from .progress import progress


@click.command("check", cls=Verb)
@click.argument("out", type=FILE)
@STIMULUS
@JSON
@QUIET
def command(out: Path, as_json: bool, quiet: bool, **given: Unpack[StimulusWords]) -> None:
    """Decode OUT again, repeat both verdicts, and derive every file of it again."""
    from ..diagnostics import CHECK_FAILED
    from ..output.again import check_files
    from ..output.finished import finished, recorded_stimulus
    from ..output.rebuild import rebuilt
    from ..text.render import console, file_lines, verdict_lines

    with progress(quiet=quiet or as_json) as tell:
        made = finished(out)
        recorded = recorded_stimulus(made)
        stimulus = chosen_stimulus(made.ports, given, made.chip) or recorded
        options = replace(made.options, progress=tell)
        verdicts = check_files(made.raw, made.files, options, stimulus)
        tell("derive every file again")
        files = rebuilt(made.raw, made.files, recorded)
    if as_json:
        from .printed import CheckedOutput

        print_json(CheckedOutput(placement=verdicts.placement, fidelity=verdicts.fidelity, files=files))
    else:
        for line in (*verdict_lines(verdicts), *file_lines(files)):
            console().print(line, soft_wrap=True)
    if not verdicts.placement.identical or not files.identical:
        raise SystemExit(CHECK_FAILED)
