"""How long each stage of a compile took. Shown to people; in no file whose digest must be the same again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..ir.report import StageTime


@dataclass(frozen=True)
class Stopwatch:
    """A stage lasts from its name to the next one. told: hears the names as well."""

    told: Callable[[str], None] | None = None
    clock: Callable[[], float] = time.perf_counter
    starts: list[tuple[str, float]] = field(default_factory=list)

    def say(self, stage: str) -> None:
        """`stage` begins now."""
        self.starts.append((stage, self.clock()))
        if self.told is not None:
            self.told(stage)

    def stages(self) -> tuple[StageTime, ...]:
        """Name and seconds of each stage, in order; the last one ends now."""
        ends = [start for _, start in self.starts[1:]] + [self.clock()]
        return tuple(
            StageTime(stage=name, seconds=end - start)
            for (name, start), end in zip(self.starts, ends, strict=True)
        )
