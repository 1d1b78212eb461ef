"""Lists the readings that a framework's files leave open: its options, and time steps that people use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from ..diagnostic import DiagnosticError
from .dialect import Dialect, preset
from .families import FAMILIES, MORE_TIME_STEPS
from .options import spiking_layers

if TYPE_CHECKING:
    from ..nir.raw_graph import RawGraph


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A reading as it is asked for. options: as `preset` takes them."""

    name: str
    dt_seconds: float
    options: Mapping[str, object]

    def dialect(self, graph: RawGraph) -> Dialect | None:
        """None where the graph cannot be read so."""
        try:
            return preset(self.name, dt_seconds=self.dt_seconds, options=self.options, graph=graph)
        except DiagnosticError:
            return None


def open_readings(
    dt_seconds: float | None,
    recovered: Mapping[str, float],
    families: Iterable[str] = FAMILIES,
    *,
    more_steps: Sequence[float] = (),
) -> Iterator[Reading]:
    """Readings of frameworks, of all where nobody says otherwise, with the usual options first; the literal equations
    come last.

    dt_seconds: the time step where it is known. recovered: by family, that which the file tells if that one wrote
    it. more_steps: time steps to try besides the usual ones where neither tells it."""
    for family in sorted(families, key=lambda one: one == "nir"):
        made = FAMILIES[family]
        name = f"{family}.{made.presets[0]}" if family == "nir" else family
        told = dt_seconds or recovered.get(family) or made.dt_seconds
        for dt in (*made.time_steps, *more_steps) if told is None else (told,):
            for values in product(*made.open.values()):
                chosen = dict(zip(made.open, values, strict=True))
                usual = {key: choices[0] for key, choices in made.open.items()}
                options = {key: value for key, value in chosen.items() if value != usual[key]}
                yield Reading(name=name, dt_seconds=dt, options=options)


def neighbours(reading: Reading, graph: RawGraph, *, dt_is_known: bool) -> Iterator[Reading]:
    """The same with one thing changed: another time step where it is not known; another value of one option, in all
    spiking layers or in one of them."""
    family = FAMILIES.get(reading.name)
    if family is None:
        return
    if not dt_is_known:
        for dt in (*family.time_steps, *MORE_TIME_STEPS):
            yield replace(reading, dt_seconds=dt)
    keys = tuple(dict.fromkeys((*family.open, *family.rare)))
    choices = {key: (*family.open.get(key, ()), *family.rare.get(key, ())) for key in keys}
    for key in keys:
        for value in choices[key]:
            yield replace(reading, options={**reading.options, key: value})
    layers = len(spiking_layers(graph))
    if layers < 2:
        return
    for key in keys:
        now = reading.options.get(key, next(iter(family.open.get(key, ())), None))
        values = list[object](now) if isinstance(now, list) else [now] * layers
        for layer, value in product(range(layers), choices[key]):
            if value != values[layer]:
                changed = [*values[:layer], value, *values[layer + 1 :]]
                yield replace(reading, options={**reading.options, key: changed})
