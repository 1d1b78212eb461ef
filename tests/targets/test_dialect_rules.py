"""The `[dialect]` tables: values as readings name them, and mistakes that are refused."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from spikec.sim.dialect.dialect import CHOICES, NodeDialect
from spikec.targets import TargetError, load, names, read_target, toml_of
from spikec.targets.dialect_rules import Compared, Comparison, DialectRules, Phase, Reset, SpikesRule


def test_values_are_those_of_readings() -> None:
    values = {"fire": Comparison, "fire_on": Compared, "reset": Reset, "reset_phase": Phase}
    assert {field: get_args(kind) for field, kind in values.items()} == {f: CHOICES[f] for f in values}
    own = {"leak"}  # of the node, not of its reading
    assert set(DialectRules.__struct_fields__) - own <= set(NodeDialect.__dataclass_fields__)


@pytest.mark.parametrize("name", names())
def test_every_shipped_chip_says_what_it_does_with_every_choice(name: str) -> None:
    """A value is exact, replaced or refused on purpose: none falls through to a refusal that nobody wrote down."""
    rules = load(name).dialect
    for field, rule in (("fire", rules.fire), ("fire_on", rules.fire_on), ("reset", rules.reset)):
        assert rule.replaced_by is not None or {*rule.exact, *rule.refused} == set(CHOICES[field])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exact = [1]\nreplaced_by = 2", "has to be one of `exact`: 1"),
        ("exact = [1]\nneeds_consent = true", "nothing to consent to"),
        ("exact = [1]\nrefused = [1]", "in common"),
        ("exact = [0]", ">= 1"),
        ("exact = ['many']", "Invalid enum value"),
        ("exact = [1]\nelse = 2", "unknown field"),
    ],
)
def test_rules_that_make_no_sense_are_refused(text: str, said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.toml.decode(text, type=SpikesRule)


def test_a_table_is_not_optional_and_agrees_with_the_chip() -> None:
    text = toml_of("xylo_audio3").decode()
    with pytest.raises(TargetError, match=r"`dialect\.multi\.exact` is \[31\]"):
        read_target(text.replace("hidden = 31 ", "hidden = 15 ").encode())
    before, rest = text.split("[dialect]")
    with pytest.raises(TargetError, match="missing required field `dialect`"):
        read_target(f"{before}[latency]{rest.split('[latency]')[1]}".encode())
