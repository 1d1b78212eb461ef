"""What a dialect means is said in words, of every dialect and every option, and of a file that is inspected."""

from __future__ import annotations

import json

import pytest
from spikec.compiler.front.dialect_record import dialect_record
from spikec.sim.dialect.dialect import FIELDS, names, preset
from spikec.sim.dialect.families import FAMILIES
from spikec.sim.dialect.guide import guide
from spikec.sim.dialect.words import in_words, node_in_words, reading_lines

from .commandline import DIGITS, spikec


def test_the_guide_has_every_family_option_and_field() -> None:
    told = guide()
    assert set(told.fields) == set(FIELDS)
    assert set(told.families) == set(FAMILIES)
    for name, family in FAMILIES.items():
        assert set(told.families[name].options) == set(family.options), name


@pytest.mark.parametrize("name", names())
def test_every_dialect_has_a_record_and_words_of_all_kinds(name: str) -> None:
    found = dialect_record(name)
    assert [line.split(":")[0] for line in found.words] == [
        "IF", "LIF", "CubaLIF", "I", "LI", "CubaLI", "Threshold",
    ]  # fmt: skip
    assert not any("{" in line for line in found.words)


def test_words_follow_the_record() -> None:
    """Every field that a node's record can differ in changes what is said of it."""
    changes = {
        "decay": "exp", "syn_decay": "exp", "clip_decay": True, "gain": "one", "syn_gain": "one",
        "syn_view": "old", "fire": ">=", "fire_on": "old", "reset": "subtract", "multi": 3, "v_min": -1.0,
        "v0": "v_leak", "bias_extra": 0.5, "refractory": 2, "layer_delay": 1,
    }  # fmt: skip
    plain = node_in_words("CubaLIF", preset("nir.euler", dt_seconds=1e-3).default)
    said = {
        node_in_words("CubaLIF", preset("nir.euler", dt_seconds=1e-3, options={key: value}).default)
        for key, value in changes.items()
    }
    assert len(said) == len(changes)
    assert plain not in said


def test_nodes_that_differ_are_named() -> None:
    from spikec.sim.nir.file import read

    graph, _ = read(DIGITS / "digits.nir")
    dialect = preset("snntorch", options={"3.reset": "zero"}, graph=graph)
    words = in_words(dialect, [(path, node.kind) for path, node in graph.walk()])
    assert [line.split(":")[0] for line in words] == ["a step is 0.0001 s", "LIF 1", "LIF 3"]
    assert "sets V to v_reset" in words[2]


def test_show_and_list() -> None:
    shown = spikec("dialects", "show", "jaxpike").stdout
    assert "V keeps exp(-dt/tau) of itself and adds r (1 - exp(-dt/tau)) times its input" in shown
    assert "jaxpike 0.1.4" in shown
    listed = json.loads(spikec("dialects", "--json").stdout)["dialects"]
    assert tuple(sorted(listed)) == names()
    assert "did you mean" in spikec("dialects", "show", "snntroch").stderr.lower()


def test_inspect_says_the_reading_in_words() -> None:
    made = spikec("inspect", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky")
    words = reading_lines(in_words(preset("snntorch.Leaky"), [("1", "LIF")]))
    assert "\n".join(f"  {line}" for line in words) in made.stdout
    assert "more: spikec dialects show snntorch.Leaky" in made.stdout
    told = json.loads(spikec("inspect", DIGITS / "digits.nir", "--json").stdout)["dialect"]
    assert told["words"] == []
