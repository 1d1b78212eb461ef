"""What events in the place of sums do to every neuron.

A neuron is compared after every event and reset when it fires, as often as that happens. In float, where a step is one
sum, that is one spike a step; what events do besides is in rows of its own, and so is the leak, with its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from ....sim.dialect import NodeDialect
from ...ir.family_rules import FamilyRules
from ...ir.fidelity_row import FidelityRow

ORDER, SEVERAL = "event order", "spikes a step"


def family_rules() -> FamilyRules:
    """The spikes of a step and the leak are stated once, for whole networks and with numbers."""
    return FamilyRules(rows=_events, stated=frozenset({"multi", "leak"}))


def _events(readings: Mapping[str, NodeDialect]) -> list[FidelityRow]:
    return [
        FidelityRow(feature=SEVERAL, where=", ".join(readings), wanted="one sum of a step, one spike",
                    done="as many as the events of a step reach the threshold; what comes after a spike counts",
                    status="approximated")
    ] if readings else []  # fmt: skip
