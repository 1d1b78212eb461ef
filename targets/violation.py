"""A limit of a chip that a configuration breaks."""

from __future__ import annotations

from typing import NamedTuple


class Violation(NamedTuple):
    """`what` at `place` (e.g. "hidden neuron 17") is `found`; the revision allows `low` .. `high`, of these only
    `allowed` if that is not empty. Sizes that have to be equal have low = high."""

    what: str
    place: str
    found: int
    low: int
    high: int
    allowed: tuple[int, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it is none."""
        return self.low <= self.found <= self.high and (not self.allowed or self.found in self.allowed)
