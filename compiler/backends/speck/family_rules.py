"""Finds what neurons without a leak make of one, and how chips that work event by event see time steps."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from ....sim.dialect.dialect import Dialect, NodeDialect
from ....targets.dialect_rules import DialectRules, FireRule, FloorRule, SpikesRule
from ...ir.family_rules import FamilyRules
from ...ir.fidelity_row import FidelityRow
from ...ir.network import FlatGraph, FlatNode
from ...timed.legalize import RESETTING
from ...timed.reading_words import FEATURES


def family_rules(flat: FlatGraph, dialect: Dialect) -> FamilyRules:
    """Adapt the chip's rules to a network: one spike a step is a choice for all of it, and a constant leak needs a
    floor.

    Unlike a share of the membrane, a constant leak does not stop at rest: the floor is added where the network has
    none. Where several spikes may leave in a step, a membrane of exactly two thresholds is two spikes by `>=` alone."""
    neurons = [node for node in flat.nodes() if node.kind in RESETTING]
    single = all(dialect.for_node(node.path, node.kind).multi == 1 for node in neurons)

    def rules_of(node: FlatNode, reading: NodeDialect, rules: DialectRules) -> DialectRules:
        multi = SpikesRule(exact=(1,)) if single else rules.multi
        bottomless = "tau" in node.params and reading.v_min is None
        v_min = FloorRule(exact=("-theta",), replaced_by="-theta") if bottomless else rules.v_min
        fire = rules.fire if single else FireRule(exact=(">=",), replaced_by=">=")
        return msgspec.structs.replace(rules, multi=multi, v_min=v_min, fire=fire)

    def rows(readings: Mapping[str, NodeDialect]) -> list[FidelityRow]:
        return [*_time_steps(readings), *_counted_from_reset(flat, readings)]

    return FamilyRules(rules_of=rules_of, rows=rows)


def _counted_from_reset(flat: FlatGraph, readings: Mapping[str, NodeDialect]) -> list[FidelityRow]:
    """How many thresholds fit into a membrane depends on where it is counted from."""
    where = [
        path
        for path, reading in readings.items()
        if reading.multi != 1
        and reading.reset == "v_reset"
        and np.any(np.asarray(flat.node(path).params.get("v_reset", 0.0), dtype=np.float64))
    ]
    return [
        FidelityRow(feature=FEATURES["multi"], where=", ".join(where),
                    wanted="as many as thresholds fit into the membrane, counted from 0",
                    done="counted from where a spike leaves the membrane", status="approximated")
    ] if where else []  # fmt: skip


def _time_steps(readings: Mapping[str, NodeDialect]) -> list[FidelityRow]:
    """The simulation follows the vendor's own tools; how the silicon orders events is not public."""
    return [
        FidelityRow(feature="time steps", where=", ".join(readings),
                    wanted="all that arrives in a step is summed, then compared",
                    done="event by event; simulated in steps, as the vendor's tools do", status="approximated",
                    effect="not measured: how silicon orders events is not public")
    ]  # fmt: skip
