"""A limit of a chip that a configuration breaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .chip import Range


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


def worst(what: str, place: str, values: np.ndarray, allowed: Range) -> Iterator[Violation]:
    """The value farthest outside, the first of them, broken or not; nothing for no values. Its index ends the place."""
    if values.size:
        wide = values.astype(np.int64)
        at = int(np.maximum(allowed[0] - wide, wide - allowed[1]).argmax())
        yield Violation(what, f"{place} {at}", int(wide[at]), *allowed)
