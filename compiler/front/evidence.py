"""Finds how a file is to be read from what its framework recorded: the reading whose float run repeats the recording.

A part of the samples, run roughly, is enough to drop most readings; what is left is run on all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...sim.diagnostic import DiagnosticError
from ...sim.dialect.dialect import Dialect
from ...sim.dialect.open_readings import Reading, by_layer, open_readings
from ...sim.nir.raw_graph import RawGraph
from ...sim.reference.reference import reference
from .exporter_traces import traces

PART_STEPS, PART_SAMPLES = 60, 4
"""Of the recording, for the first try of each reading."""
CLOSE = 1e-4
"""Of values that are no spikes, as a share of the largest: other machines add in another order."""
MOST_ROUNDS = 8
"""Of changes in single layers."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What a framework computed. inputs: by Input node, outputs and layers by their name in a trace, (T, B, ...)."""

    inputs: Mapping[str, np.ndarray]
    recorded: Mapping[str, np.ndarray]

    @property
    def part(self) -> Recording:
        """The first steps of the first samples; itself where it has no more."""
        every = (*self.inputs.values(), *self.recorded.values())
        if all(v.shape[:1] <= (PART_STEPS,) and v.shape[1:2] <= (PART_SAMPLES,) for v in every):
            return self
        few = (slice(PART_STEPS), slice(PART_SAMPLES))
        return Recording(
            inputs={name: values[few] for name, values in self.inputs.items()},
            recorded={name: values[few] for name, values in self.recorded.items()},
        )


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A reading and how much of a recording its run repeats: sites that are equal, of all."""

    reading: Reading
    equal: int
    sites: int

    @property
    def repeats(self) -> bool:
        """Whether it repeats all of it."""
        return self.equal == self.sites > 0

    @property
    def share(self) -> float:
        """Equal sites of all, 0..1."""
        return self.equal / self.sites if self.sites else 0.0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """best: the first of those that repeat most. also: others that repeat as much, by other rules. tried: readings that
    were run; next_best: the largest share of the others."""

    best: Scored
    also: tuple[Reading, ...]
    tried: int
    next_best: float


def weigh(
    graph: RawGraph, recording: Recording, first: Sequence[Reading], dt_seconds: float | None
) -> Evidence | None:
    """Score readings by a recording; None where none can be run, or nothing recorded is of this network.

    first: readings that traces in the file suggest, which are enough if one of them repeats everything. dt_seconds:
    the time step where it is known."""
    part, recovered = recording.part, _recovered(graph)
    found, known = list[Scored](), list[Dialect]()
    for readings in (first, open_readings(dt_seconds, recovered)):
        _score_more(graph, part, readings, found, known)
        _layer_by_layer(graph, part, found, known)
    if not any(one.sites for one in found):
        return None
    top = max(one.share for one in found)
    last = [one for one in found if one.share == top]
    whole = [
        one for one in (_score(graph, one.reading, recording, rough=False) for one in last) if one is not None
    ]
    if not whole:
        return None
    best = max(whole, key=lambda one: one.share)
    return Evidence(
        best=best,
        also=tuple(one.reading for one in whole if one.share == best.share and one is not best),
        tried=len(found),
        next_best=max((one.share for one in found if one.share < top), default=0.0),
    )


def _recovered(graph: RawGraph) -> dict[str, float]:
    """Family -> the time step that the file tells if it wrote it."""
    return {fit.preset: fit.dt_seconds for fit in traces(graph) if fit.dt_seconds is not None}


def _score_more(
    graph: RawGraph,
    recording: Recording,
    readings: Iterable[Reading],
    found: list[Scored],
    known: list[Dialect],
) -> None:
    """Score readings, unless one repeats everything already, and add them to `found`; those whose rules are `known` are
    left out, and the others are known afterwards."""
    if any(one.repeats for one in found):
        return
    for reading in readings:
        dialect = reading.dialect(graph)
        if dialect is None or any(_same_rules(dialect, other) for other in known):
            continue
        known.append(dialect)
        scored = _score(graph, reading, recording, rough=True)
        if scored is not None:
            found.append(scored)


def _layer_by_layer(graph: RawGraph, recording: Recording, found: list[Scored], known: list[Dialect]) -> None:
    """Change an option in one layer after the other, as long as that helps: of the best reading of each framework, in
    the order of how much these repeat."""
    best: dict[str, Scored] = {}
    for one in sorted(found, key=lambda one: -one.share):
        best.setdefault(one.reading.name, one)
    for one in best.values():
        now = one
        for _ in range(MOST_ROUNDS):
            before = len(found)
            _score_more(graph, recording, by_layer(now.reading, graph), found, known)
            better = max(found[before:], key=lambda one: one.share, default=now)
            if better.share <= now.share:
                break
            now = better


def _same_rules(a: Dialect, b: Dialect) -> bool:
    return (a.dt_seconds, a.default, a.by_kind, a.by_path) == (b.dt_seconds, b.default, b.by_kind, b.by_path)


def _score(graph: RawGraph, reading: Reading, recording: Recording, *, rough: bool) -> Scored | None:
    """None where the file cannot be run so."""
    dialect = reading.dialect(graph)
    made = None if dialect is None else repeated(graph, dialect, recording, rough=rough)
    return None if made is None else Scored(reading=reading, equal=made.equal, sites=made.sites)


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """How much of a recording a float run repeats. equal, sites: values that are alike, of all in arrays that the
    network has in that shape. present: values that are recorded and not 0. strange: names of the other arrays."""

    equal: int
    sites: int
    present: int
    strange: tuple[str, ...]


def repeated(
    graph: RawGraph, dialect: Dialect, recording: Recording, *, rough: bool = False
) -> Repeated | None:
    """Run a network and hold it against a recording; None where the file cannot be run so. rough: see `reference`."""
    try:
        trace = reference(graph, dialect, stimulus=recording.inputs, rough=rough).arrays()
    except DiagnosticError:
        return None
    equal = sites = present = 0
    strange: list[str] = []
    for name, wanted in sorted(recording.recorded.items()):
        made = trace.get(name)
        if made is None or made.shape != wanted.shape:
            strange.append(name)
            continue
        equal += int(np.count_nonzero(_alike(made, wanted)))
        present += int(np.count_nonzero(wanted))
        sites += math.prod(wanted.shape)
    return Repeated(equal=equal, sites=sites, present=present, strange=tuple(strange))


def _alike(made: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    if np.array_equal(wanted, np.rint(wanted)):
        return made == wanted
    largest = float(np.abs(wanted).max(initial=0.0))
    return np.abs(made - wanted) <= CLOSE * largest
