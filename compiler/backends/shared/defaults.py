"""What most flows do alike; a flow takes from here what it has no way of its own for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from ....targets.configuration import Symbols
from .files import read_back

if TYPE_CHECKING:
    from ....sim.engine import Run
    from ....sim.stimulus import Stimulus
    from ....targets.chip import Chip
    from ...ir.fidelity_row import FidelityRow
    from ...ir.stages import ChipRun, Front, Prepared
    from ...options import Options

T = TypeVar("T")

read_files = read_back


def resolve(target: T, options: Options) -> T:
    """No option configures the target."""
    return target


def tuned(front: Front, target: Any, options: Options, stimulus: Stimulus) -> Options:
    """Nothing is searched."""
    return options


def larger(target: Any, options: Options, cores: int) -> None:
    """There is no larger one."""


def measured(
    prepared: Prepared,
    rows: Sequence[FidelityRow],
    machine: Any,
    symbols: Symbols,
    inputs: Mapping[str, np.ndarray],
    chip: ChipRun,
) -> list[FidelityRow]:
    """Nothing that the common run does not measure."""
    return list(rows)


def cycles(target: Any, loaded: Any, run: Run, events: np.ndarray) -> None:
    """No formula is public."""


def no_node(target: Chip, neurons: str, hint: str) -> NoReturn:
    """Raises DiagnosticError: SPK3012. neurons: what NIR has no node for; hint: where its numbers are instead."""
    from ....sim.diagnostic import DiagnosticError, error

    message = f"{target.title} has {neurons}"
    raise DiagnosticError((error("SPK3012", message, hint=hint),))
