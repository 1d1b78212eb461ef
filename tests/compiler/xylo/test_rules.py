"""What the chip does otherwise is in the overrides, in rows, and an error without consent."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.backends.xylo.family_rules import family_rules, output_nodes
from spikec.compiler.backends.xylo.neuron_rows import neuron_rows
from spikec.compiler.backends.xylo.quantize import quantize
from spikec.compiler.front.flatten import flatten
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.ir.network import FlatGraph
from spikec.compiler.ir.stages import Legalized
from spikec.compiler.timed.legalize import legalize
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode

from ..graphs import affine, graph, leaky, port
from .nets import AUDIO3, cuba, network, timed

EYE = np.eye(3)
CHIP = NodeDialect(fire=">=", reset="subtract", multi=31)


def cubalif(n: int) -> RawNode:
    values = {"tau_mem": 4.0, "tau_syn": 2.0, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "w_in": 1.0}
    return RawNode(kind="CubaLIF", params={name: np.full(n, value) for name, value in values.items()})


def flat_of(raw: RawGraph, reading: NodeDialect) -> tuple[FlatGraph, Dialect]:
    dialect = Dialect(name="test", dt_seconds=1.0, default=reading)
    flat, _ = flatten(raw, dialect)
    return infer_shapes(flat)[0], dialect


def ruled(flat: FlatGraph, dialect: Dialect) -> Legalized:
    return legalize(flat, dialect, AUDIO3, family_rules(flat, AUDIO3))


def chain(*kinds: RawNode, recurrent: bool = False) -> RawGraph:
    """in -> w0 -> n0 -> w1 -> n1 ... -> out; recurrent: the last neuron feeds itself."""
    nodes, edges, last = {"in": port("Input", 3)}, [], "in"
    for k, node in enumerate(kinds):
        nodes |= {f"w{k}": affine(EYE), f"n{k}": node}
        edges += [(last, f"w{k}"), (f"w{k}", f"n{k}")]
        last = f"n{k}"
    if recurrent:
        nodes["back"] = affine(EYE)
        edges += [(last, "back"), ("back", last)]
    return graph({**nodes, "out": port("Output", 3)}, [*edges, (last, "out")])


def test_the_last_layer_is_of_output_neurons_unless_it_feeds_something() -> None:
    flat, _ = flat_of(chain(cubalif(3), cubalif(3)), CHIP)
    assert output_nodes(flat) == {"n1"}
    flat, _ = flat_of(chain(cubalif(3), cubalif(3), recurrent=True), CHIP)
    assert output_nodes(flat) == set()


def test_a_reading_that_is_the_chips_is_not_touched_but_for_outputs() -> None:
    flat, dialect = flat_of(chain(cubalif(3), cubalif(3)), CHIP)
    legal = ruled(flat, dialect)
    overrides, rows, found = legal.overrides, legal.rows, legal.asks
    assert overrides == {"n1": {"multi": 1}}
    assert [(row.feature, row.where) for row in rows] == [("spikes a step", "n1")]
    assert found == []


@pytest.mark.parametrize(
    ("reading", "changed"),
    [
        (NodeDialect(multi=31), {"reset": "subtract"}),
        (
            NodeDialect(multi=31, reset="subtract", reset_phase="next_after_decay", refractory=2),
            {"reset_phase": "same", "refractory": 0},
        ),
        (NodeDialect(multi=31, reset="subtract", refractory=2), {"refractory": 0}),
    ],
)
def test_resets_need_consent(reading: NodeDialect, changed: dict[str, object]) -> None:
    flat, dialect = flat_of(chain(leaky(3, 1.0, 4.0), leaky(3, 1.0, 4.0)), reading)
    legal = ruled(flat, dialect)
    overrides, found = legal.overrides, legal.asks
    assert overrides == {"n0": changed, "n1": {**changed, "multi": 1}}
    (error,) = found
    assert error.code == "SPK1020"
    assert "n0, n1" in error.message
    assert "--allow-approximation" in error.message
    (lost,) = [text for label, text in error.facts if label == "lost"]
    assert next(iter(changed)) in lost
    assert dialect.with_overrides(by_path=overrides).for_node("n1", "LIF").multi == 1


def test_what_costs_little_is_a_row_and_needs_no_consent() -> None:
    reading = NodeDialect(reset="subtract", multi=None, v_min=-1.0)
    flat, dialect = flat_of(chain(cubalif(3), cubalif(3)), reading)
    legal = ruled(flat, dialect)
    overrides, rows, found = legal.overrides, legal.rows, legal.asks
    assert overrides["n0"] == {"multi": 31, "v_min": None}
    assert sorted({row.feature for row in rows}) == ["floor of the membrane", "spikes a step"]
    assert all(row.status == "approximated" for row in rows)
    assert found == []


def test_a_comparison_of_the_old_membrane_is_one_step_of_delay() -> None:
    reading = NodeDialect(reset="subtract", multi=31, fire_on="old", reset_phase="same")
    flat, dialect = flat_of(chain(cubalif(3), cubalif(3)), reading)
    legal = ruled(flat, dialect)
    overrides, rows = legal.overrides, legal.rows
    assert overrides["n0"]["layer_delay"] == 1
    assert [row.status for row in rows if row.feature == "late comparison"] == ["exact"]


def test_rows_of_neurons_have_the_numbers() -> None:
    links = [("in", "h", np.ones((3, 2))), ("h", "o", np.ones((2, 3)))]
    net = network(2, {"h": cuba(3, None, 0.9, 1.0), "o": cuba(2, 0.6, 0.75, 1.0, bias=0.1)}, links, "o")
    plan = timed(net)
    rows = {(row.feature, row.where): row for row in neuron_rows(plan, quantize(plan, AUDIO3))}
    assert rows["decay of the membrane", "h"].wanted == "0.9 a step"
    assert rows["decay of the membrane", "h"].status == "approximated"
    assert rows["decay of the membrane", "o"].status == "exact"
    assert "0.1" in rows["decay of the synapse", "o"].effect
    assert rows["no synapse", "h"].status == "exact"
    assert rows["delay", "in"].done == "2 relay neurons"
    assert rows["bias onset", "o"].wanted == "from chip step 1"
    assert rows["bias onset", "o"].effect.startswith("the bias is added 1 time too often")
    assert ("bias onset", "h") not in rows


def test_a_membrane_without_leak_loses_its_threshold_in_whichever_moment() -> None:
    """So the chip's own reset is exact, and no construct is needed."""
    integrates = RawNode(kind="IF", params={"r": np.ones(3), "v_threshold": np.ones(3)})
    late = NodeDialect(multi=31, reset="subtract", reset_phase="next_after_decay")
    legal = ruled(*flat_of(chain(integrates, integrates), late))
    assert not legal.asks
    assert not legal.constructs


def test_constructs_stand_in_where_the_chips_reset_is_another() -> None:
    """A reset to a value, a later one, and one of neurons that spike once a step: not where the chip does the same."""
    for reading, made in (
        (NodeDialect(), {"n0": "overshoot-neuron", "n1": "overshoot-neuron"}),
        (
            NodeDialect(reset="subtract", reset_phase="next_after_decay"),
            {"n0": "self-synapse", "n1": "self-synapse"},
        ),
        (NodeDialect(reset="subtract"), {"n0": "self-synapse"}),
        (NodeDialect(reset="subtract", multi=None), {}),
    ):
        legal = ruled(*flat_of(chain(leaky(3, 1.0, 4.0), leaky(3, 1.0, 4.0)), reading))
        assert not legal.asks
        assert legal.constructs == made
