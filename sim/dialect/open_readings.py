"""Lists the readings that a framework's files leave open: its options, and time steps that people use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from ..diagnostic import DiagnosticError
from .dialect import Dialect, preset
from .families import FAMILIES
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


def open_readings(dt_seconds: float | None, recovered: Mapping[str, float]) -> Iterator[Reading]:
    """Every framework's readings, with its usual options first; the literal equations come last.

    dt_seconds: the time step where it is known. recovered: by family, that which the file tells if that one wrote
    it."""
    for family, made in sorted(FAMILIES.items(), key=lambda one: one[0] == "nir"):
        name = f"{family}.{made.presets[0]}" if family == "nir" else family
        told = dt_seconds or recovered.get(family) or made.dt_seconds
        for dt in made.time_steps if told is None else (told,):
            for values in product(*made.open.values()):
                chosen = dict(zip(made.open, values, strict=True))
                usual = {key: choices[0] for key, choices in made.open.items()}
                options = {key: value for key, value in chosen.items() if value != usual[key]}
                yield Reading(name=name, dt_seconds=dt, options=options)


def by_layer(reading: Reading, graph: RawGraph) -> Iterator[Reading]:
    """The same with another value of one open option in one of the spiking layers, layer by layer."""
    family = FAMILIES.get(reading.name)
    if family is None:
        return
    layers = len(spiking_layers(graph))
    for key, choices in family.open.items():
        now = reading.options.get(key, choices[0])
        values = list(now) if isinstance(now, list) else [now] * layers
        for layer, value in product(range(layers), choices):
            if value != values[layer]:
                changed = [*values[:layer], value, *values[layer + 1 :]]
                yield Reading(
                    name=reading.name,
                    dt_seconds=reading.dt_seconds,
                    options={**reading.options, key: changed},
                )
