"""Says how a run was computed: by which engine, and in which manner spikes were brought from where to where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

Manner: TypeAlias = Literal["rows", "product", "sparse product", "convolution", "every synapse", "one by one"]
"""rows: the synapses of what spiked are added. product: spikes of all sources, many steps at once, times a matrix;
sparse product: times a sparse one. convolution: spikes of all sources, convolved. every synapse: each is looked at in
each step. one by one: spikes act in an order, the next one after what the last one did."""

INPUTS, NEURONS = "inputs", "neurons"
"""Names of all inputs, and of all neurons where an engine does not part them."""


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """How spikes of one sort were brought to some neurons. to, of: a stage, a core, NEURONS; of may be INPUTS. neurons:
    how many hear them. spikes: how many sources spiked, over all steps and samples: what decides between manners.
    steps: in how many each manner was used; several at a time where synapses differ in latency or form."""

    to: str
    neurons: int
    of: str
    spikes: int
    steps: Mapping[Manner, int]


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How `steps` steps of `batch` samples were computed. devices: of JAX that shared them out."""

    engine: Literal["numpy", "events", "jax"]
    devices: int
    steps: int
    batch: int
    delivered: tuple[Delivered, ...]

    def then(self, later: Provenance) -> Provenance:
        """With the steps after these, of the same run."""
        return replace(
            self, steps=self.steps + later.steps, delivered=summed((self.delivered, later.delivered))
        )


def summed(parts: Sequence[Sequence[Delivered]]) -> tuple[Delivered, ...]:
    """What was delivered in several parts of a run, of which each may lack what the others have."""
    found: dict[tuple[str, str], Delivered] = {}
    for part in parts:
        for one in part:
            key = one.to, one.of
            found[key] = _both(found[key], one) if key in found else one
    return tuple(found.values())


def _both(a: Delivered, b: Delivered) -> Delivered:
    steps: dict[Manner, int] = dict(a.steps)
    for manner, count in b.steps.items():
        steps[manner] = steps.get(manner, 0) + count
    return replace(a, spikes=a.spikes + b.spikes, steps=steps)


def stage_name(number: int) -> str:
    """The name of a stage; of the inputs below 0."""
    return f"stage {number}" if number >= 0 else INPUTS


def undivided(
    events: np.ndarray, spikes: np.ndarray, of_inputs: Sequence[Manner], of_neurons: Sequence[Manner]
) -> tuple[Delivered, ...]:
    """Of an engine that brings all spikes to all neurons alike. events, spikes: (T, B, ...) of some steps. of_inputs,
    of_neurons: the manners."""
    steps, neurons = events.shape[0], int(np.prod(spikes.shape[2:]))
    found: list[Delivered] = []
    for of, values, manners in ((INPUTS, events, of_inputs), (NEURONS, spikes, of_neurons)):
        used: dict[Manner, int] = {manner: steps for manner in manners}
        if used:
            count = int(np.count_nonzero(values))
            found.append(Delivered(to=NEURONS, neurons=neurons, of=of, spikes=count, steps=used))
    return tuple(found)


def one_by_one(
    events: np.ndarray, spikes: np.ndarray, engine: Literal["numpy", "events"] = "events"
) -> Provenance:
    """Of an engine in which the order of spikes counts. events, spikes: as of `undivided`."""
    delivered = undivided(events, spikes, ["one by one"], ["one by one"])
    return Provenance(engine=engine, devices=1, steps=len(events), batch=events.shape[1], delivered=delivered)
