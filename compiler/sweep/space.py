"""The points of a design space: each one is a job, or is refused because its chip has no such choice."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...sim.diagnostic import Diagnostic, DiagnosticError, error, note
from ...sim.nir.path import shown
from ...targets.chip import Chip
from ..backends.interface import backend_of
from ..ir.sweep import SweepStimulus
from ..options import OPTIONS, Options, to_record
from ..prepare import resolve_target, target_toml
from ..weight_width import listed, stored_width
from .job import Job, job_digest

AXES = ("weight_bits", "seed", "pins")
"""Options that a sweep does not fix: its axes, and sites that are of one network on one chip."""


@dataclass(frozen=True, kw_only=True)
class Space:
    """What is asked for. networks: name -> bytes of a `.nir` file. targets: the options of all jobs, for each chip.
    weight_bits: None for the widest of each chip. seeds: empty for the usual one. stimulus_file: the bytes of an
    `.npz`, where `stimulus` is one."""

    networks: Mapping[str, bytes]
    targets: Sequence[Options]
    weight_bits: Sequence[int] | None
    seeds: Sequence[int]
    stimulus: SweepStimulus
    stimulus_file: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A row to be. weight_bits, seed: None where there is no such choice. refused: why there is nothing to run. notes:
    what is to be said of it whatever comes out."""

    network: str
    target: str
    weight_bits: int | None
    seed: int | None
    job: Job
    digest: str
    refused: Diagnostic | None = None
    notes: tuple[Diagnostic, ...] = ()

    @property
    def order(self) -> tuple[str, str, int, int]:
        """Rows are sorted by it."""
        return self.network, self.target, self.weight_bits or 0, -1 if self.seed is None else self.seed


def points(space: Space) -> list[Point]:
    """Every network on every chip at every width for every seed, sorted.

    Raises DiagnosticError: SPK0525 where one point would be there twice."""
    _demand_different(space)
    seeds, of_seeds = _seeds(space)
    found = [
        replace(point, notes=(*point.notes, *of_seeds))
        for (name, net), options in itertools.product(sorted(space.networks.items()), space.targets)
        for seed in seeds
        for point in _points(space, name, net, options, seed)
    ]
    return sorted(found, key=lambda point: point.order)


def given_options(options: Options) -> dict[str, str]:
    """The options that are not as usual, each as JSON."""
    asked, usual = to_record(options), to_record(Options())
    return {
        name: json.dumps(asked[name])
        for name in sorted(OPTIONS)
        if name not in AXES and asked[name] != usual[name]
    }


def _points(space: Space, name: str, net: bytes, options: Options, seed: int | None) -> Iterator[Point]:
    """One network on one chip: a point for each width that the chip has, one where it has no choice."""
    target = resolve_target(options)
    widths = backend_of(target).weight_widths(target)
    toml, digest = target_toml(options), hashlib.sha256(net).hexdigest()
    usual = Options().weight_bits
    asked = (stored_width(widths, usual),) if space.weight_bits is None or not widths else space.weight_bits
    notes = _no_choice(target) if space.weight_bits is not None and not widths else ()
    for bits in asked:
        record = to_record(replace(options, weight_bits=bits, seed=seed or 0))
        job = Job(
            net=net, toml=toml, options=record, stimulus=space.stimulus, stimulus_file=space.stimulus_file
        )
        yield Point(
            network=name,
            target=target.name,
            weight_bits=bits if widths else None,
            seed=seed,
            job=job,
            digest=job_digest(job, digest),
            refused=_no_width(target, widths, bits) if widths and bits not in widths else None,
            notes=notes,
        )


def _seeds(space: Space) -> tuple[Sequence[int | None], tuple[Diagnostic, ...]]:
    if space.stimulus.kind != "file":
        return space.seeds or (Options().seed,), ()
    if not space.seeds:
        return (None,), ()
    text = "seeds change nothing: they draw the random stimulus, and one is given; each point runs once"
    return (None,), (note("SPK0524", text),)


def _no_choice(target: Chip) -> tuple[Diagnostic, ...]:
    text = f"--weight-bits changes nothing: {target.title} has no such choice; it runs once"
    return (note("SPK0524", text),)


def _no_width(target: Chip, widths: Sequence[int], bits: int) -> Diagnostic:
    return error("SPK0523", f"{target.title} has no weights of {bits} bits: it stores {listed(widths)}")


def _demand_different(space: Space) -> None:
    """Raise DiagnosticError, SPK0525, for what would run twice under two names, or under one."""
    chips = [resolve_target(options).name for options in space.targets]
    widths = space.weight_bits or ()
    axes: tuple[tuple[str, Sequence[object], Sequence[object]], ...] = (
        ("networks", [*space.networks], [*space.networks.values()]),
        ("targets", chips, chips),
        ("weight bits", widths, widths),
        ("seeds", space.seeds, space.seeds),
    )
    found: list[Diagnostic] = []
    for what, names, values in axes:
        if (pair := _twice(values)) is not None:
            first, second = (shown(str(names[k])) for k in pair)
            same = f"{first} is there twice" if first == second else f"{first} and {second} are the same"
            found.append(error("SPK0525", f"{what}: {same}"))
    if found:
        raise DiagnosticError(tuple(found))


def _twice(values: Sequence[object]) -> tuple[int, int] | None:
    """Positions of the first two that are equal."""
    seen: dict[object, int] = {}
    for k, value in enumerate(values):
        if value in seen:
            return seen[value], k
        seen[value] = k
    return None
