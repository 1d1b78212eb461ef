"""One pass for all chips: what a table replaces, what needs consent, what is refused unless the host runs it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from spikec.compiler.front.flatten import flatten
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.ir.family_rules import FamilyRules
from spikec.compiler.ir.stages import Legalized
from spikec.compiler.options import Options
from spikec.compiler.prepare import prepare, read_front
from spikec.compiler.timed.constructs.choose import Asked
from spikec.compiler.timed.legalize import legalize
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.reference.reference import reference
from spikec.targets import load
from spikec.targets.dialect_rules import RefractoryRule, ResetRule

from .graphs import affine, graph, leaky, port

LOIHI = load("loihi1")
NET = graph(
    {"in": port("Input", 3), "w": affine(np.eye(3)), "n": leaky(3, 1.0, 4.0), "out": port("Output", 3)},
    [("in", "w"), ("w", "n"), ("n", "out")],
)


TAKEN_OFF = "a synapse of each neuron onto itself takes the threshold off, in the step after the spike"
LATE = "fires one step earlier; connections and read-out are one step later"
EARLIER = "fires one step earlier and sends one step later; "
HELD = "reset in the step of the spike, and {} refractory step{} in which the current runs on"


def chip(**rules: Any) -> Any:
    """Loihi 1 with other rules."""
    return msgspec.structs.replace(LOIHI, dialect=msgspec.structs.replace(LOIHI.dialect, **rules))


def reading(**fields: Any) -> Dialect:
    return Dialect(name="test", dt_seconds=1.0, default=NodeDialect(**fields))


def ruled(dialect: Dialect, target: Any = LOIHI, *, raw: RawGraph = NET) -> Legalized:
    flat = infer_shapes(flatten(raw, dialect)[0])[0]
    return legalize(flat, dialect, target, FamilyRules())


@pytest.mark.parametrize(
    ("fields", "changed", "done"),
    [
        ({"fire": ">="}, {}, []),
        ({"refractory": 5}, {}, []),
        ({"reset": "none", "reset_phase": "next_overwrite"}, {}, []),
        ({"multi": None}, {"multi": 1}, ["at most one spike a step"]),
        ({"v_min": "-theta"}, {"v_min": None}, ["none above the register's end"]),
        (
            {"reset": "subtract", "refractory": 1},
            {"reset": "v_reset"},
            ["the membrane is set to v_reset"],
        ),
        ({"reset": "subtract"}, {}, [TAKEN_OFF]),
        ({"reset": "subtract", "reset_phase": "next_after_decay"}, {}, [TAKEN_OFF]),
        ({"reset_phase": "next_overwrite"}, {"reset_phase": "same", "refractory": 1}, [HELD.format("a", "")]),
        (
            {"reset_phase": "next_overwrite", "refractory": 3},
            {"reset_phase": "same", "refractory": 3},
            [HELD.format("3", "s")],
        ),
        (
            {"fire_on": "old", "reset": "subtract"},
            {"fire_on": "new", "layer_delay": 1, "rec_delay": 2, "reset_phase": "next_after_decay"},
            [TAKEN_OFF, LATE],
        ),
        (
            {"fire_on": "old", "refractory": 2},
            {"fire_on": "new", "layer_delay": 1, "rec_delay": 2, "reset_phase": "same", "refractory": 3},
            [EARLIER + HELD.format("3", "s")],
        ),
        (
            {"fire_on": "old", "reset_phase": "next_overwrite"},
            {"fire_on": "new", "layer_delay": 1, "rec_delay": 2, "reset_phase": "same", "refractory": 1},
            [EARLIER + HELD.format("a", "")],
        ),
    ],
)
def test_a_table_is_followed(fields: dict[str, Any], changed: dict[str, Any], done: list[str]) -> None:
    legal = ruled(reading(**fields))
    assert legal.overrides == ({"n": changed} if changed else {})
    assert sorted(row.done for row in legal.rows) == done
    assert legal.asks == []


def test_the_own_neurons_of_a_chip_are_used_where_no_construct_is_wanted() -> None:
    dialect = reading(reset="subtract", reset_phase="next_after_decay")
    flat = infer_shapes(flatten(NET, dialect)[0])[0]
    legal = legalize(flat, dialect, LOIHI, FamilyRules(), asked=Asked(native=True))
    assert legal.overrides == {"n": {"reset": "v_reset", "reset_phase": "same"}}
    assert not legal.constructs


def test_consent_lists_what_is_lost_and_what_to_train_with() -> None:
    target = chip(
        refractory=RefractoryRule(exact=(0,), replaced_by=0, needs_consent=True),
        reset=ResetRule(exact=("v_reset",), replaced_by="v_reset", needs_consent=True),
    )
    (error,) = ruled(reading(reset="subtract", refractory=2), target).asks
    assert error.code == "SPK1020"
    assert "Intel Loihi 1" in error.message
    assert "a reset to a value" in error.hint
    assert "no refractory steps" in error.hint
    facts = dict(error.facts)
    assert "reset = subtract" in facts["lost"]
    assert "refractory = 2" in facts["lost"]


def test_what_is_refused_is_refused_on_the_chip_alone() -> None:
    target, dialect = chip(refractory=RefractoryRule(exact=(0,))), reading(refractory=2)
    legal = ruled(dialect, target)
    assert (legal.overrides, legal.rows) == ({}, [])
    assert legal.refused["n"].code == "SPK1004"
    assert "refractory = 2" in legal.refused["n"].message
    options = Options(reading=dialect)
    front = read_front(NET, options, target)
    with pytest.raises(DiagnosticError, match="SPK1004"):
        prepare(front, options, target, None)
    two = graph(
        {**NET.nodes, "w2": affine(np.eye(3)), "m": leaky(3, 1.0, 4.0)},
        [("in", "w"), ("w", "n"), ("n", "w2"), ("w2", "m"), ("m", "out")],
    )
    single = replace(dialect, default=NodeDialect(), by_path={"n": {"refractory": 2}})
    options = Options(reading=single, host_prefix=("n",))
    assert prepare(read_front(two, options, target), options, target, None).host == ("n",)


def test_a_late_comparison_that_resets_at_once_does_so_after_the_decay() -> None:
    """Why it counts as such a phase: the reference computes the same."""
    x = {"in": np.random.default_rng(0).integers(0, 3, (20, 1, 3)).astype(np.float32)}
    for kind, phase in (("subtract", "next_after_decay"), ("v_reset", "next_overwrite")):
        both = [
            reference(NET, reading(fire_on="old", reset=kind, reset_phase=p), stimulus=x).outputs["out"]
            for p in ("same", phase)
        ]
        assert both[0].any()
        np.testing.assert_array_equal(*both)
    assert {row.feature for row in ruled(reading(fire_on="old")).rows} == {"reset in a later step"}


def test_a_membrane_that_cannot_be_loaded_starts_where_a_spike_leaves_it() -> None:
    """Which is exact where the reading starts there as well, and anywhere where an event of the host can bring it."""
    raised = graph(
        {**NET.nodes, "n": leaky(3, 1.0, 4.0, v_reset=0.5)}, [("in", "w"), ("w", "n"), ("n", "out")]
    )
    assert ruled(reading(v0="zero"), raw=raised).overrides == {}
    no_events = msgspec.structs.replace(
        LOIHI, constructs=msgspec.structs.replace(LOIHI.constructs, start_pulses=False)
    )
    legal = ruled(reading(v0="zero"), no_events, raw=raised)
    assert legal.overrides == {"n": {"v0": "v_reset"}}
    assert [(row.feature, row.status) for row in legal.rows] == [("initial membrane", "approximated")]
    for same in (ruled(reading(v0="v_reset"), no_events, raw=raised), ruled(reading(v0="zero"), no_events)):
        assert same.overrides == {}
        assert same.rows == []
