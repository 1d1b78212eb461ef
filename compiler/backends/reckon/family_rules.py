"""Makes the resets of all populations alike, as one register of the chip chooses for all."""

from __future__ import annotations

import math

import msgspec

from ....sim.dialect.dialect import Dialect, NodeDialect
from ....targets.dialect_rules import DialectRules, Reset
from ....targets.reckon.model import ReckonChip
from ...ir.family_rules import FamilyRules
from ...ir.network import FlatGraph, FlatNode
from ...timed.legalize import RESETTING

KEPT: tuple[Reset, ...] = ("subtract", "none")
"""Resets that the register has in common: what is taken off is a threshold, which a synapse can bring back."""


def family_rules(flat: FlatGraph, dialect: Dialect, chip: ReckonChip) -> FamilyRules:
    """Allow the resets of one value of the register: the one that more neurons ask for; subtraction where as many
    do."""
    taking_off = to_value = 0
    for node in flat.nodes():
        if node.kind in RESETTING:
            size = math.prod(node.output_shape or ())
            if dialect.for_node(node.path, node.kind).reset == "v_reset":
                to_value += size
            else:
                taking_off += size
        elif node.kind == "Threshold":
            taking_off += math.prod(node.output_shape or ())
    clears = to_value > taking_off
    allowed: tuple[Reset, ...] = ("v_reset",) if clears else KEPT
    exact = tuple(reset for reset in chip.dialect.reset.exact if reset in allowed)

    def rules_of(node: FlatNode, reading: NodeDialect, rules: DialectRules) -> DialectRules:
        reset = msgspec.structs.replace(rules.reset, exact=exact, replaced_by=exact[0], needs_consent=True)
        rules = msgspec.structs.replace(rules, reset=reset)
        if reading.reset in allowed or clears:
            return rules
        phase = msgspec.structs.replace(
            rules.reset_phase, exact=("same", *rules.reset_phase.exact_if_subtract)
        )
        return msgspec.structs.replace(rules, reset_phase=phase)

    return FamilyRules(rules_of=rules_of)
