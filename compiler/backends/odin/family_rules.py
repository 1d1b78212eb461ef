"""States what events in the place of sums change of every neuron's reading."""

from __future__ import annotations

from collections.abc import Mapping

from ....sim.dialect.dialect import NodeDialect
from ...ir.family_rules import FamilyRules
from ...ir.fidelity_row import FidelityRow

ORDER, SEVERAL = "event order", "spikes a step"


def family_rules() -> FamilyRules:
    """State the family's approximations. The spikes of a step and the leak are stated once, for whole networks and
    with numbers."""
    return FamilyRules(rows=_events, stated=frozenset({"multi", "leak"}))


def _events(readings: Mapping[str, NodeDialect]) -> list[FidelityRow]:
    return [
        FidelityRow(feature=SEVERAL, where=", ".join(readings), wanted="one sum of a step, one spike",
                    done="as many as the events of a step reach the threshold; what comes after a spike counts",
                    status="approximated")
    ] if readings else []  # fmt: skip
