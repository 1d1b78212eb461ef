"""Writes the command that compiles a network again, from what its report says."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from ..ir.report import FileStimulus, PoissonStimulus, Report
from ..options import OPTIONS, Options, to_record

TOLD_APART = frozenset({"dialect", "dt_seconds", "name", "seed"})


def command_line(report: Report) -> list[str]:
    """`spikec compile` with the network and the stimulus by their names, or by those that OUT keeps them under, word by
    word, as a shell takes them."""
    name = str(report.options.get("name", ""))
    words = ["spikec", "compile", name if name.endswith(".nir") else "OUT/source.nir", *_words(report)]
    return [shlex.quote(word) for word in words]


def _words(report: Report) -> Iterator[str]:
    target = str(report.options.get("target", report.target))
    yield from ("--target", "OUT/target.toml" if target.endswith(".toml") else target)
    yield from ("--dialect", report.dialect.name, "--dt", f"{report.dialect.dt_seconds!r}")
    yield from _flags(report)
    stimulus = report.stimulus
    if isinstance(stimulus, FileStimulus):
        yield from ("--stimulus", stimulus.name)
    elif isinstance(stimulus, PoissonStimulus) and stimulus.given:
        yield from ("--poisson", f"{stimulus.rate:g}", "--steps", str(stimulus.steps))
        yield from ("--batch", str(stimulus.batch), "--seed", str(stimulus.seed))
    elif isinstance(stimulus, PoissonStimulus):
        yield from ("--seed", str(stimulus.seed))
    else:
        yield from ("--stimulus", "OUT/stimulus.npz")
    yield from ("-o", "AGAIN")


def _flags(report: Report) -> Iterator[str]:
    """Options that are not as they usually are."""
    usual = to_record(Options())
    for name, option in OPTIONS.items():
        value = report.options.get(name, usual[name])
        if name in TOLD_APART or value == usual[name]:
            continue
        if isinstance(value, bool):
            yield option.flag
        elif isinstance(value, list | tuple):
            for part in value:
                yield from (option.flag, _pair(part))
        else:
            yield from (option.flag, str(value))


def _pair(part: object) -> str:
    if not isinstance(part, list | tuple):
        return str(part)
    key, value = part
    return f"{key}={value if isinstance(value, str) else json.dumps(value)}"
