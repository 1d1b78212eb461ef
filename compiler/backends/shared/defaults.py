"""Default implementations of the optional methods of `Backend`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from ....targets.chip import Chip
from ....targets.machines.any_machine import AnyMachine
from ...ir.family_rules import FamilyRules
from ...ir.number_ranges import NumberFormats
from ...ir.stages import Cycles, Loaded, Quantized

if TYPE_CHECKING:
    from ....sim.dialect.dialect import Dialect
    from ....sim.engines.choice import SumEngine
    from ....sim.engines.synapse_list import Run
    from ....sim.stimulus import Stimulus
    from ...ir.calibration import Tuning
    from ...ir.fidelity_row import FidelityRow
    from ...ir.network import FlatGraph
    from ...ir.stages import ChipRun, Prepared
    from ...ir.timed_network import TimedNetwork
    from ...options import Options

T = TypeVar("T", bound=Chip)
Q = TypeVar("Q", bound=Quantized)
M = TypeVar("M", bound=AnyMachine)
L = TypeVar("L", bound=Loaded)


class Defaults(Generic[T, Q, M, L]):
    """Base class of the built-in backends: for each method of `interface.Backend` that a family may leave out."""

    honours: frozenset[str] = frozenset()
    has_vectors: bool = False
    engines: tuple[SumEngine, ...] = ()
    membrane: str = "v"
    synapse: str = "i"

    def weight_widths(self, target: T) -> tuple[int, ...]:
        """Weights have one width."""
        return ()

    def pin_sites(self, target: T) -> int:
        """There is no place that a pin could name."""
        return 0

    def configure(self, target: T, options: Options) -> T:
        """No option configures the target."""
        return target

    def family_rules(self, flat: FlatGraph, dialect: Dialect, target: T) -> FamilyRules:
        """The chip's `[dialect]` table says all."""
        return FamilyRules()

    def without_room(self, timed: TimedNetwork, target: T) -> Mapping[str, str]:
        """There is room for all, or for none."""
        return {}

    def calibrate(
        self, prepared: Prepared[Q], target: T, stimulus: Stimulus, score: Callable[[Tuning], float]
    ) -> Tuning | None:
        """Nothing is chosen on a stimulus."""
        return None

    def formats(self, quantized: Q, target: T) -> NumberFormats:
        """Nothing is said of them."""
        return NumberFormats()

    def next_larger(self, target: T, options: Options, cores: int) -> Options | None:
        """There is no larger system."""
        return None

    def vectors(
        self, target: T, loaded: L, spikes: np.ndarray, events: np.ndarray, samples: Sequence[int]
    ) -> Mapping[str, bytes]:
        """There are none."""
        return {}

    def measure_effects(
        self,
        rows: Sequence[FidelityRow],
        machine: M,
        chip: ChipRun,
        rerun: Callable[[M], ChipRun],
    ) -> list[FidelityRow]:
        """The common run measures everything."""
        return list(rows)

    def cycles(self, target: T, loaded: L, run: Run, events: np.ndarray) -> Cycles | None:
        """No formula is public."""
        return None
