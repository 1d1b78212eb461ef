"""The chip as its toml describes it, what a toml may say, and the family that spikec finds."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import msgspec
from spikec.targets.chip import ChipRecord, Grid, Natural, Positive, Range
from spikec.targets.family import Family
from spikec.targets.register_map import RegisterMap, of_word_type, values_of
from spikec.targets.rules import Rule, can_do, equal, latency, spans, within

from .files import AXON, FILE, NEURON, SYNAPSE, Document

DIALECT = {
    "fire": (">=",), "fire_on": ("new",), "leak": ("none", "decay"), "multi": (1,), "refractory": (0,),
    "reset": ("subtract",), "reset_phase": ("same", "next_before_decay"), "v_min": ("none",),
}  # fmt: skip
"""What the neuron does, by field of a reading."""


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of each core. weight: of a synapse. max_delay: of a synapse, in steps."""

    neurons: Positive
    axons: Positive
    weight: Range
    max_delay: Natural


class Mesh(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="mesh8"):
    """A mesh of cores."""

    grid: Grid
    core: Core

    @property
    def max_delay(self) -> int:
        return self.core.max_delay

    @property
    def cores(self) -> int:
        return self.grid.cores_per_chip


def rules(chip: Mesh) -> Iterator[Rule]:
    """Sizes are those of the fields of words."""
    field = {f.name: f for f in SYNAPSE.fields}
    yield from can_do(chip, DIALECT)
    yield within(chip, "grid.cores_per_chip", 1, 64)
    yield within(chip, "grid.rows", 1, chip.grid.cores_per_chip)
    yield equal(chip, "grid.chips", 1)
    yield within(chip, "core.neurons", 1, field["neuron"].high + 1)
    yield within(chip, "core.axons", 1, field["axon"].high + 1)
    yield within(chip, "core.weight", field["weight"].low, field["weight"].high)
    yield spans(chip, "core.weight", -1, 1)
    yield within(chip, "core.max_delay", 0, field["delay"].high)
    yield from latency(chip, 0, 1)


def register_map(chip: Mesh) -> RegisterMap:
    return RegisterMap(
        target=chip.name,
        title=chip.title,
        remark="Words are numbers in lists, core by core.",
        document=FILE,
        words=tuple(of_word_type(kind, FILE) for kind in (NEURON, AXON, SYNAPSE)),
        registers=(),
        values=tuple(values_of(chip)),
    )


FAMILY = Family(
    record=Mesh,
    chips={"mesh8": files(__package__ or "") / "mesh8.toml"},
    rules=rules,
    backend="mesh8.backend:MeshBackend",
    register_map=register_map,
    document=Document,
)
