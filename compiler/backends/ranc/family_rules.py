"""States what neurons that set a low potential back make of floors, and of a leak."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from ....sim.dialect.dialect import NodeDialect
from ....targets.dialect_rules import DialectRules, FloorRule
from ...ir.family_rules import FamilyRules
from ...ir.fidelity_row import FidelityRow
from ...ir.network import FlatNode
from ...timed.reading_words import FEATURES

FLOOR = FEATURES["v_min"]


def family_rules() -> FamilyRules:
    """State the family's approximations: a floor keeps its number and works in another way; a constant leak ends at
    the reset value."""
    return FamilyRules(rules_of=_rules_of, rows=_floors)


def _rules_of(node: FlatNode, reading: NodeDialect, rules: DialectRules) -> DialectRules:
    """Nothing brings a membrane back up that a constant leak took below its reset value."""
    if "tau" not in node.params or reading.reset != "v_reset" or reading.v_min is not None:
        return rules
    lowest = float(np.mean(np.asarray(node.params["v_reset"], dtype=np.float64)))
    return msgspec.structs.replace(rules, v_min=FloorRule(exact=(lowest,), replaced_by=lowest))


def _floors(readings: Mapping[str, NodeDialect]) -> list[FidelityRow]:
    """A row for each floor that readings have."""
    paths: dict[str, list[str]] = {}
    for path, reading in readings.items():
        if reading.v_min is not None:
            paths.setdefault(f"v_min = {reading.v_min}", []).append(path)
    return [
        FidelityRow(feature=FLOOR, where=", ".join(where), wanted=floor,
                    done="a membrane below it is set back towards 0 by as much", status="approximated")
        for floor, where in sorted(paths.items())
    ]  # fmt: skip
