"""Finds how a file is to be read from what its framework recorded: the reading whose float run repeats the recording.

A part of the samples, run roughly, is enough to drop most readings; what is left is run on all of them. Readings come
in stages, the likelier ones first; the search ends with the first stage in which one repeats everything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...sim.diagnostic import DiagnosticError
from ...sim.dialect.dialect import Dialect
from ...sim.dialect.families import FAMILIES, MORE_TIME_STEPS
from ...sim.dialect.open_readings import Reading, neighbours, open_readings
from ...sim.nir.raw_graph import RawGraph
from ...sim.reference.reference import reference
from .exporter_traces import traces

PART_STEPS, PART_SAMPLES = 60, 4
"""Of the recording, for the first try of each reading: at least so many steps, and the samples that hold most."""
ENOUGH_PRESENT = 0.1
"""Of what is recorded and not 0 in the samples of that part: so much lies in its steps."""
CLOSE = 1e-4
"""Of values that are no spikes, as a share of the largest: other machines add in another order."""
MOST_ROUNDS = 8
"""Of changes of one thing."""
LIKELY = 3
"""Frameworks whose readings are changed bit by bit, where the file has no traces of any."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What a framework computed. inputs: by Input node, outputs and layers by their name in a trace, (T, B, ...)."""

    inputs: Mapping[str, np.ndarray]
    recorded: Mapping[str, np.ndarray]

    @property
    def part(self) -> Recording:
        """The first steps of those samples in which most is recorded; itself where it has no more."""
        every = (*self.inputs.values(), *self.recorded.values())
        if all(v.shape[:1] <= (PART_STEPS,) and v.shape[1:2] <= (PART_SAMPLES,) for v in every):
            return self
        samples = self._busiest()
        steps = max(PART_STEPS, self._steps(samples))
        return Recording(
            inputs={name: _part(values, steps, samples) for name, values in self.inputs.items()},
            recorded={name: _part(values, steps, samples) for name, values in self.recorded.items()},
        )

    def _busiest(self) -> np.ndarray:
        """Samples in which most is recorded that is not 0, in their order."""
        counts = [np.count_nonzero(v, axis=(0, *range(2, v.ndim))) for v in self._apart()]
        if len({count.shape for count in counts}) != 1:
            return np.arange(PART_SAMPLES)
        return np.sort(np.argsort(-sum(counts), kind="stable")[:PART_SAMPLES])

    def _steps(self, samples: np.ndarray) -> int:
        """Steps until `ENOUGH_PRESENT` of what these samples hold has come."""
        longest = 0
        for values in self._apart():
            chosen = _part(values, len(values), samples)
            come = np.cumsum(np.count_nonzero(chosen, axis=tuple(range(1, chosen.ndim))))
            if come.size:
                longest = max(longest, 1 + int(np.searchsorted(come, ENOUGH_PRESENT * come[-1])))
        return longest

    def _apart(self) -> list[np.ndarray]:
        """Recorded arrays that have samples."""
        return [values for values in self.recorded.values() if values.ndim >= 2]


def _part(values: np.ndarray, steps: int, samples: np.ndarray) -> np.ndarray:
    return values[:steps] if values.ndim < 2 else values[:steps, samples[samples < values.shape[1]]]


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
    search = _Search(graph=graph, recording=recording, part=recording.part)
    named = tuple(dict.fromkeys(reading.name for reading in first if reading.name in FAMILIES))
    recovered = _recovered(graph)
    known = {name: dt_seconds is not None or name in recovered for name in FAMILIES}
    search.score(first)
    search.score(open_readings(dt_seconds, recovered, named, more_steps=MORE_TIME_STEPS))
    search.change(named, known)
    search.score(open_readings(dt_seconds, recovered))
    search.change(() if named else search.likely(), known)
    return search.evidence()


def _recovered(graph: RawGraph) -> dict[str, float]:
    """Family -> the time step that the file tells if it wrote it."""
    told = (fit for fit in traces(graph) if not fit.dt_is_assumed)
    return {fit.preset: fit.dt_seconds for fit in told if fit.dt_seconds is not None}


@dataclass(frozen=True, kw_only=True)
class _Search:
    """Readings scored so far. found: on the part; known: their rules, which are not tried again; whole: on everything,
    of those that repeat all of the part."""

    graph: RawGraph
    recording: Recording
    part: Recording
    found: list[Scored] = field(default_factory=list)
    known: list[Dialect] = field(default_factory=list)
    whole: dict[int, Scored | None] = field(default_factory=dict)

    def score(self, readings: Iterable[Reading]) -> None:
        """Score readings whose rules are not known yet, unless one repeats everything already."""
        if self.is_done():
            return
        for reading in readings:
            dialect = reading.dialect(self.graph)
            if dialect is None or any(_same_rules(dialect, other) for other in self.known):
                continue
            self.known.append(dialect)
            scored = _score(self.graph, reading, self.part, rough=True)
            if scored is not None:
                self.found.append(scored)

    def change(self, frameworks: Iterable[str], dt_is_known: Mapping[str, bool]) -> None:
        """Change one thing after the other in the best reading of each framework, as long as that helps."""
        for name in frameworks:
            of_it = [one for one in self.found if one.reading.name == name]
            if not of_it:
                continue
            now = max(of_it, key=_share)
            for _ in range(MOST_ROUNDS):
                before = len(self.found)
                self.score(neighbours(now.reading, self.graph, dt_is_known=dt_is_known[name]))
                better = max(self.found[before:], key=_share, default=now)
                if better.share <= now.share:
                    break
                now = better

    def likely(self) -> tuple[str, ...]:
        """The frameworks whose readings repeat most."""
        ranked = sorted(self.found, key=lambda one: -one.share)
        names = dict.fromkeys(one.reading.name for one in ranked if one.reading.name in FAMILIES)
        return tuple(names)[:LIKELY]

    def is_done(self) -> bool:
        """Whether a reading repeats everything."""
        return any(
            scored is not None and scored.repeats
            for scored in (self.ended(k) for k, one in enumerate(self.found) if one.repeats)
        )

    def ended(self, k: int) -> Scored | None:
        """The k-th reading on everything."""
        if k not in self.whole:
            self.whole[k] = _score(self.graph, self.found[k].reading, self.recording, rough=False)
        return self.whole[k]

    def evidence(self) -> Evidence | None:
        """What was found; None where nothing could be run, or nothing recorded is of this network."""
        if not any(one.sites for one in self.found):
            return None
        top = max(one.share for one in self.found)
        last = [self.ended(k) for k, one in enumerate(self.found) if one.share == top]
        whole = [one for one in last if one is not None]
        if not whole:
            return None
        best = max(whole, key=_share)
        return Evidence(
            best=best,
            also=tuple(one.reading for one in whole if one.share == best.share and one is not best),
            tried=len(self.found),
            next_best=max((one.share for one in self.found if one.share < top), default=0.0),
        )


def _share(scored: Scored) -> float:
    return scored.share


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
