"""Compares a chip's neurons with the reading of a node: where they differ, and what they do there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from msgspec.structs import replace

from ...sim.dialect.dialect import CHOICES, MOST_FEEDBACK_STEPS, NodeDialect
from ...targets.dialect_rules import DialectRules, Rule
from ..ir.fidelity_row import Status
from ..ir.network import FlatNode
from .reading_words import FEATURES, done_instead

Treatment = Literal["exact", "replaced", "refused"]
UNSET: Mapping[str, str] = {"multi": "unlimited", "v_min": "none"}
"""What the table of a chip calls the value None of a field."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A field in which neurons of a chip do not follow a reading.

    feature, wanted, done, status: its row of the fidelity table. overrides: fields of the reading and their new
    values, none where the reading has no such field. exact: the values that the chip has."""

    field: str
    feature: str
    wanted: str
    done: str
    status: Status
    overrides: tuple[tuple[str, object], ...]
    needs_consent: bool
    exact: tuple[object, ...]


def changes(node: FlatNode, reading: NodeDialect, rules: DialectRules) -> list[Change]:
    """List what the chip replaces, field by field. Values that it refuses are no changes: see `refused`."""
    return [
        _change(field, node, reading, rules, rule)
        for field, (rule, treatment) in _treatments(node, reading, rules).items()
        if treatment == "replaced"
    ]


def refused(node: FlatNode, reading: NodeDialect, rules: DialectRules) -> dict[str, object]:
    """List the values that no neuron of the chip has and that nothing stands in for: field -> wanted value."""
    values = wanted_values(node, reading)
    treatments = _treatments(node, reading, rules)
    return {field: values[field] for field, (_, treatment) in treatments.items() if treatment == "refused"}


def _treatments(
    node: FlatNode, reading: NodeDialect, rules: DialectRules
) -> dict[str, tuple[Rule[object], Treatment]]:
    """Of each field that counts for the reading: without a reset its moment means nothing."""
    values, by_field = wanted_values(node, reading), rules_by_field(rules)
    if reading.reset == "none":
        del by_field["reset_phase"]
    elif reading.reset == "subtract":
        phase = rules.reset_phase
        by_field["reset_phase"] = replace(phase, exact=(*phase.exact, *phase.exact_if_subtract))
    if rules.v_min.replaced_by == "v_reset":
        lowest = reset_value(node)
        by_field["v_min"] = replace(rules.v_min, exact=(*rules.v_min.exact, lowest), replaced_by=lowest)
    if "rest" in rules.v0.exact:
        exact = treatment_of(reading.reset, rules.reset) != "replaced"
        reset = reading.reset if exact else rules.reset.replaced_by
        rest: Literal["v_reset", "zero"] = "v_reset" if reset == "v_reset" else "zero"
        same = [v0 for v0 in CHOICES["v0"] if bool(np.all(_start(node, v0) == _start(node, rest)))]
        by_field["v0"] = replace(rules.v0, exact=(*rules.v0.exact, *same), replaced_by=rest)
    return {field: (rule, treatment_of(values[field], rule)) for field, rule in by_field.items()}


def _start(node: FlatNode, v0: object) -> np.ndarray:
    """The membranes before the first step, one for all where a node gives one or none."""
    return np.asarray(0.0 if v0 == "zero" else node.params.get(str(v0), 0.0), dtype=np.float64)


def treatment_of(value: object, rule: Rule[object]) -> Treatment:
    """Say what becomes of a value under a rule."""
    if value in rule.exact or "any" in rule.exact:
        return "exact"
    return "refused" if rule.replaced_by is None or value in rule.refused else "replaced"


def rules_by_field(rules: DialectRules) -> dict[str, Rule[object]]:
    """List a chip's rules by the name of their field."""
    return {
        "fire": rules.fire,
        "fire_on": rules.fire_on,
        "leak": rules.leak,
        "multi": rules.multi,
        "refractory": rules.refractory,
        "reset": rules.reset,
        "reset_phase": rules.reset_phase,
        "v0": rules.v0,
        "v_min": rules.v_min,
    }


def wanted_values(node: FlatNode, reading: NodeDialect) -> dict[str, object]:
    """List what a node wants of a chip's neurons: field -> value, in the words of the chips' tables.

    A neuron that compares its old membrane and resets in the same step does so after that step's decay."""
    values: dict[str, object] = asdict(reading)
    values |= {field: name for field, name in UNSET.items() if values[field] is None}
    values["leak"] = "decay" if "tau" in node.params else "none"
    if reading.fire_on == "old" and reading.reset_phase == "same":
        values["reset_phase"] = "next_after_decay"
    return values


def _change(
    field: str, node: FlatNode, reading: NodeDialect, rules: DialectRules, rule: Rule[object]
) -> Change:
    value = rule.replaced_by
    new = None if value == UNSET.get(field) else value
    kept = field == "fire_on" and rules.fire_on.layer_delay == 1 and reading.rec_delay < MOST_FEEDBACK_STEPS
    overrides: dict[str, object] = {} if field == "leak" else {field: new}
    if kept:
        overrides |= {"layer_delay": 1, "rec_delay": reading.rec_delay + 1}
    late = "fires one step earlier; connections and read-out are one step later"
    return Change(
        field=field,
        feature=FEATURES[field],
        wanted=_wanted_text(field, node, reading),
        done=late if kept else done_instead(field, value),
        status="exact" if kept else "approximated",
        overrides=tuple(overrides.items()),
        needs_consent=rule.needs_consent,
        exact=rule.exact,
    )


def _wanted_text(field: str, node: FlatNode, reading: NodeDialect) -> str:
    if field == "leak":
        return f"tau = {float(np.asarray(node.params['tau'], dtype=np.float64).min()):.4g}"
    if field == "reset_phase" and reading.reset_phase == "same":
        return "reset_phase = same, which is a step after the comparison"
    if field == "reset_phase" and reading.reset_phase == "same_raised":
        return "reset_phase = same_raised, a threshold more in the next comparison"
    return f"{field} = {asdict(reading)[field]}"


def reset_value(node: FlatNode) -> float:
    """Return what a spike sets the membrane to: of most neurons of the node where they differ."""
    return float(np.median(np.asarray(node.params.get("v_reset", 0.0), dtype=np.float64)))
