"""Tries a network on several chips side by side, and puts the best first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...sim.diagnostic import Diagnostic
from ..ir.fit import Fit, FitRow
from ..ir.sweep import SweepStimulus
from ..options import Options, to_record
from ..prepare import resolve_target, target_toml, with_target
from .job import FitJob
from .processes import FitRunner

Heard = Callable[[FitRow, int, int], None]
"""Hears of a row that is there now, of how many are, and of how many there will be."""


def run_fit_on(
    name: str,
    net: bytes,
    targets: Sequence[Options],
    stimulus: tuple[SweepStimulus, bytes],
    runner: FitRunner,
    heard: Heard,
) -> Fit:
    """Try a network on every target, each in a process; one that fails is a row as any other.

    name, net: of the network, and the bytes of its file. targets: options, each with its target. stimulus: where
    spikes come from, and the bytes of the file. Raises DiagnosticError: SPK0501, SPK0502 for a target that there is
    not."""
    kind, file = stimulus
    jobs = [_job(net, with_target(options), kind, file) for options in targets]
    rows: list[FitRow] = []
    for _, row in runner(jobs):
        rows.append(row)
        heard(row, len(rows), len(jobs))
    return Fit(network=name, stimulus=kind.kind, rows=tuple(sorted(rows, key=_rank)))


def with_notes(found: Fit, told: Sequence[Diagnostic]) -> Fit:
    """The same with what there is to be said of the file, in words."""
    return msgspec.structs.replace(found, notes=tuple(f"{d.code}: {d.message}" for d in told))


def _job(net: bytes, options: Options, stimulus: SweepStimulus, file: bytes) -> FitJob:
    return FitJob(
        net=net, toml=target_toml(options), options=to_record(options), stimulus=stimulus, stimulus_file=file,
        target=resolve_target(options).name,
    )  # fmt: skip


def _rank(row: FitRow) -> tuple[object, ...]:
    """What fits before what does not, then answers lost beyond chance, spikes, decisions kept, cores; and the name.
    Answers are lost where the share that is right in float lies above the chip's 95 % interval."""
    lost = 0.0
    if row.accuracy is not None and row.accuracy_float is not None and row.chip_95 is not None:
        in_float = _share(row.accuracy_float)
        lost = in_float - _share(row.accuracy) if in_float > row.chip_95[1] else 0.0
    same = 0.0 if row.same_decisions is None else _share(row.same_decisions)
    f1 = same if row.output_f1 is None else row.output_f1
    return (not row.fits, lost, -f1, -same, row.cores or 0, row.target)


def _share(fraction: str) -> float:
    part, whole = (int(number) for number in fraction.split("/"))
    return part / whole if whole else 0.0
