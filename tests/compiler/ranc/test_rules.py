"""What the grid does otherwise: readings under its rules, what needs consent, biases and floors of single neurons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.ranc.family_rules import family_rules
from spikec.compiler.backends.ranc.neuron_rows import neuron_rows
from spikec.compiler.front.flatten import flatten
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.timed.legalize import legalize
from spikec.sim.dialect.dialect import Dialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.stimulus import Stimulus

from ..graphs import affine, leaky
from ..speck.nets import fire, port, row
from .nets import chip, layers, quantized
from .test_flow import OPTIONS, SOFT


def one(neuron: RawNode) -> RawGraph:
    return row(input=port("Input", 3), w=affine(np.ones((2, 3))), n=neuron, output=port("Output", 2))


def reading(**fields: Any) -> Dialect:
    return replace(SOFT, default=replace(SOFT.default, **fields))


def ruled(neuron: RawNode, dialect: Dialect) -> tuple[dict[str, object], set[str], list[str]]:
    """Overrides of the neuron, features of the rows, codes."""
    raw = one(neuron)
    flat = infer_shapes(flatten(raw, dialect)[0])[0]
    legal = legalize(flat, dialect, chip(), family_rules())
    overrides, rows, found = legal.overrides, legal.rows, legal.asks
    return dict(overrides.get("n", {})), {r.feature for r in rows}, [d.code for d in found]


def test_the_native_neuron_is_left_as_it_is() -> None:
    for kind in ("subtract", "v_reset"):
        for comparison in (">", ">="):
            assert ruled(fire(2), reading(reset=kind, fire=comparison)) == ({}, set(), [])


@pytest.mark.parametrize(
    ("fields", "changed", "feature"),
    [
        ({"multi": None}, {"multi": 1}, "spikes a step"),
        ({"multi": 3}, {"multi": 1}, "spikes a step"),
        ({"v_min": -1.0}, {}, "floor of the membrane"),
        ({"v_min": "-theta"}, {}, "floor of the membrane"),
        ({"fire_on": "old"}, {"fire_on": "new", "layer_delay": 1, "rec_delay": 2}, "late comparison"),
    ],
)
def test_small_differences_need_no_consent(
    fields: dict[str, Any], changed: dict[str, object], feature: str
) -> None:
    assert ruled(fire(2), reading(**fields)) == (changed, {feature}, [])


@pytest.mark.parametrize(
    ("neuron", "fields", "changed"),
    [
        (fire(2), {"refractory": 2}, {"refractory": 0}),
        (fire(2), {"reset": "v_reset", "reset_phase": "next_after_decay"}, {"reset_phase": "same"}),
        (leaky(2, 1.0, 0.9), {"reset": "v_reset"}, {"v_min": 0.0}),
        (leaky(2, 1.0, 0.9, v_reset=-0.5), {"reset": "v_reset"}, {"v_min": -0.5}),
        (leaky(2, 1.0, 0.9), {}, {}),
    ],
)
def test_large_ones_do(neuron: RawNode, fields: dict[str, Any], changed: dict[str, object]) -> None:
    overrides, features, codes = ruled(neuron, reading(**fields))
    assert (overrides, codes) == (changed, ["SPK1020"])
    assert features


def test_a_threshold_taken_off_a_step_later_is_the_same() -> None:
    assert ruled(fire(2), reading(reset_phase="next_after_decay")) == ({}, set(), [])


@pytest.mark.parametrize("reset", ["subtract", "v_reset"])
def test_biases_of_a_second_layer_start_with_it(reset: str) -> None:
    """Its first step is one later on the chip; what it would add until then is in the initial potential. All numbers
    are multiples of an eighth, so that the spikes are those of the float network."""
    random = np.random.default_rng(5)
    raw = row(
        input=port("Input", 16),
        w1=affine(random.integers(-2, 5, (12, 16)) / 8, np.full(12, 0.125)),
        n1=fire(12),
        w2=affine(random.integers(-2, 5, (6, 12)) / 8, random.integers(-3, 4, 6) / 8),
        n2=fire(6),
        output=port("Output", 6),
    )
    events = (random.random((20, 4, 16)) < 0.15).astype(np.uint8)
    stimulus = Stimulus(inputs={"input": events}, labels=None, source={"kind": "made"})
    found = compile_graph(raw, replace(OPTIONS, reading=reading(reset=reset)), stimulus=stimulus)
    assert found.placement_identical
    rows: list[dict[str, Any]] = list(dict(found.report)["fidelity_table"])
    (shown,) = [r for r in rows if r["feature"] == "bias onset"]
    assert (shown["where"], shown["status"]) == ("n2", "exact")
    assert found.verdicts["fidelity"]["output_f1"] == 1.0


def test_floors_that_keep_from_wrapping_are_one_row() -> None:
    found = quantized(layers(30, 20, 5), chip())
    (floor,) = [r for r in neuron_rows(found) if r.feature == "floor of the membrane"]
    assert floor.where == "p0, p1"
    for p in found.network.populations:
        assert (p.params["negative_threshold"] >= -256).all()
        assert (p.params["negative_threshold"] < 0).all()
