"""What tests of sweeps share: a small network, its words on the command line, and a runner without processes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest import mock

import msgspec
from spikec.compiler.ir.fit import FitRow
from spikec.compiler.ir.sweep import Result
from spikec.compiler.options import Options
from spikec.compiler.prepare import with_target
from spikec.compiler.sweep.job import FitJob, Job
from spikec.compiler.sweep.processes import Runner
from spikec.compiler.sweep.run_job import run_job
from spikec.compiler.sweep.space import Space
from spikec.compiler.sweep.stimulus import drawn
from spikec.compiler.sweep.try_target import run_fit
from spikec.sim.nir.file import graph_in

from ..errors.netfiles import small

READING = ("--dialect", "nir.euler", "--dt", "1")
READ_ONCE = cache(graph_in)
DRAWN = ("--poisson", "0.5", "--steps", "4", "--batch", "1")


def here(seen: list[Job] | None = None, *, until: int | None = None) -> Callable[[int], Runner]:
    """In the place of `in_processes`: jobs in this process. seen: gets them. until: Ctrl-C comes after so many."""

    def runner(jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        for number, job in enumerate(jobs):
            if number == until:
                raise KeyboardInterrupt
            if seen is not None:
                seen.append(job)
            with mock.patch("spikec.compiler.sweep.run_job.graph_in", READ_ONCE):
                yield number, Result(outcome=run_job(job), seconds=1.0 + number)

    return lambda _: runner


def fits_here(jobs: Sequence[FitJob]) -> Iterator[tuple[int, FitRow]]:
    """In the place of what `fits_in_processes` gives: tries of targets in this process."""
    for number, job in enumerate(jobs):
        yield number, msgspec.structs.replace(run_fit(job), seconds=1.0 + number)


@contextlib.contextmanager
def no_processes() -> Iterator[None]:
    """Sweeps and fits of the command line start none: to import spikec there takes longer than a small job."""
    with (
        mock.patch("spikec.compiler.sweep.processes.in_processes", here()),
        mock.patch("spikec.compiler.sweep.processes.fits_in_processes", return_value=fits_here),
    ):
        yield


def swept(folder: Path, *more: str | Path) -> tuple[str | Path, ...]:
    """`spikec sweep` of a small network to `folder`/space."""
    net = folder / "net.nir"
    if not net.exists():
        small(net)
    return ("sweep", net, *READING, *DRAWN, *more, "-o", folder / "space")


def space_of(net: bytes, *chips: str, **changed: object) -> Space:
    """One network on `chips`; `changed` goes to Space."""
    usual = Options(dialect="nir.euler", dt_seconds=1.0)
    values: dict[str, object] = {
        "networks": {"net.nir": net},
        "targets": [with_target(replace(usual, target=name)) for name in chips or ("loihi1",)],
        "weight_bits": None,
        "seeds": (),
        "stimulus": drawn(0.5, 4, 1),
        **changed,
    }
    return Space(**values)  # pyright: ignore[reportArgumentType]
