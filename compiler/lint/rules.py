"""The rules of lint, in the order in which their advice is given, and a run of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...sim.diagnostic import Diagnostic
from .activity import activity
from .chip_neurons import chip_neurons
from .fires_alone import fires_alone
from .lost_weights import lost_weights
from .never_fires import never_fires
from .outlier_weights import outlier_weights
from .past_a_core import past_a_core
from .pooled_neurons import pooled_neurons
from .short_memory import short_memory
from .subject import Rule, subject_of
from .thresholds import thresholds
from .unheard import unheard

if TYPE_CHECKING:
    from ...sim.nir.raw_graph import RawGraph
    from ...sim.stimulus import Stimulus
    from ..options import Options

RULES: tuple[Rule, ...] = (
    outlier_weights,
    lost_weights,
    never_fires,
    unheard,
    fires_alone,
    thresholds,
    short_memory,
    activity,
    chip_neurons,
    past_a_core,
    pooled_neurons,
)


def lint(
    raw: RawGraph, options: Options, stimulus: Stimulus | None, *, for_chip: bool
) -> tuple[Diagnostic, ...]:
    """Advice on a network, none of it an error; with what reading it said. for_chip: whether the options' target
    counts.

    Raises DiagnosticError where the file cannot be read, or its reading is not known."""
    subject, told = subject_of(raw, options if for_chip else None, options, stimulus)
    return (*told, *(found for rule in RULES for found in rule(subject)))
