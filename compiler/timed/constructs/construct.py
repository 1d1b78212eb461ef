"""What a construct is: a way to make neurons that a chip lacks of those that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ....sim.dialect.dialect import NodeDialect
from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.fidelity_row import Status
from ...ir.network import FlatNode, Neuron
from ...ir.timed_network import TimedPopulation
from .mirrors import MIRRORS, all_alike


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The neurons that a node wants. neuron: as the reading has it, without a chip's rules. most_spikes: that one of
    them sends in a step, as far as is known. floor: whether its floor is to be made.
    max_delay: steps that the chip can hold a spike back."""

    node: FlatNode
    reading: NodeDialect
    neuron: Neuron
    most_spikes: int = 1
    floor: bool = False
    max_delay: int = 0

    @property
    def mirrors(self) -> int:
        """Neurons that hold the floor of one."""
        return all_alike(self.neuron, MIRRORS) if self.floor else 0

    @property
    def levels(self) -> int:
        """Neurons that it takes to count the spikes of one."""
        return min(self.most_spikes, self.reading.multi or self.most_spikes)


@dataclass(frozen=True, kw_only=True)
class Realised:
    """The neurons of one node as a construct makes them.

    rules: the chip's table for the node, with the values of a reading that the construct makes exact. retold: fields
    of the reading that say the same in the construct's terms: no spike changes. feature, wanted, done, status,
    effect: what its row of the fidelity table says."""

    rules: DialectRules
    feature: str
    wanted: str
    done: str
    retold: Mapping[str, object] = field(default_factory=dict)
    status: Status = "exact"
    effect: str = ""


class Construct(Protocol):
    """One construct."""

    @property
    def name(self) -> str:
        """What options and reports call it."""
        ...

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """Make the neurons of a node, or say by None that this is no construct for them or for the chip."""
        ...

    def build(self, population: TimedPopulation, chip: Chip) -> tuple[TimedPopulation, ...]:
        """Put the construct in the place of the neurons: a population of the same name, and what stands beside it."""
        ...
