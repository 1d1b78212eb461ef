"""The record of chips whose cores, on a mesh, each hold a list of neurons, of axons and of synapses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ..chip import ChipRecord, Grid, Natural, Positive, Range
from ..layout import WordType
from ..rules import Rule, can_do, equal, latency, spans, within


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of each core. axons: distinct sources that it hears. weight: of a synapse. max_delay: of a synapse, in steps."""

    neurons: Positive
    axons: Positive
    weight: Range
    max_delay: Natural


class MeshRecord(ChipRecord, frozen=True, forbid_unknown_fields=True):
    """A chip that is a mesh of equal cores; a family subclasses it with a tag, and adds what its chips have besides."""

    grid: Grid
    core: Core

    @property
    def max_delay(self) -> int:
        """Steps that a synapse can hold a spike back."""
        return self.core.max_delay

    @property
    def cores(self) -> int:
        """Cores of the chip."""
        return self.grid.cores_per_chip


def mesh_rules(
    chip: MeshRecord, synapse: WordType, dialect: Mapping[str, Sequence[object]]
) -> Iterator[Rule]:
    """Hold sizes to what the fields of a synapse word can say, and the `[dialect]` table to what the neurons do.

    dialect: field of a reading -> the values that the arithmetic has."""
    field = {f.name: f for f in synapse.fields}
    yield from can_do(chip, dialect)
    yield within(chip, "grid.rows", 1, chip.grid.cores_per_chip)
    yield equal(chip, "grid.chips", 1)
    yield within(chip, "core.neurons", 1, field["neuron"].high + 1)
    yield within(chip, "core.axons", 1, field["axon"].high + 1)
    yield within(chip, "core.weight", field["weight"].low, field["weight"].high)
    yield spans(chip, "core.weight", -1, 1)
    yield within(chip, "core.max_delay", 0, field["delay"].high)
    yield from latency(chip, 0, 1)
