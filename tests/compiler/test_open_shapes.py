"""Shapes that a file leaves open follow from the nodes around, and the float reference runs what was read."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from spikec.compiler.front.flatten import flatten
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.sim.diagnostic import Diagnostic
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.file import graph_in
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.nir.write import image_of
from spikec.sim.reference.reference import reference

from .graphs import affine, graph, leaky

EULER = Dialect(name="test", dt_seconds=1.0, default=NodeDialect())
OPEN = np.array([])
WEIGHT = np.random.default_rng(1).integers(0, 3, (5, 24)) / 4


def node(kind: str, **params: Any) -> RawNode:
    return RawNode(
        kind=kind, params={k: v if isinstance(v, str) else np.asarray(v) for k, v in params.items()}
    )


def chain(**nodes: RawNode) -> RawGraph:
    """As it comes back from a file."""
    raw, _ = graph_in(image_of(graph(nodes, list(pairwise(nodes)))))
    return raw


def shapes(raw: RawGraph) -> tuple[dict[str, Any], list[Diagnostic]]:
    flat, _ = flatten(raw)
    solved, found = infer_shapes(flat)
    return {n.path: n.output_shape for n in solved.nodes()}, found


def runs(raw: RawGraph, *shape: int) -> np.ndarray:
    drive = np.random.default_rng(0).integers(0, 2, (6, 2, *shape)).astype(np.uint8)
    return reference(raw, EULER, stimulus={"i": drive}).outputs["o"]


LIF, W = leaky(5, 1.0, 5.0), affine(WEIGHT)
PLAIN = chain(i=node("Input", shape=[24]), w=W, n=LIF, o=node("Output", shape=[5]))


@pytest.mark.parametrize("empty", [OPEN, np.zeros(0, np.int64), "None"])
def test_an_open_input_and_output_take_what_is_around_them(empty: Any) -> None:
    raw = chain(i=node("Input", shape=empty), w=W, n=LIF, o=node("Output", shape=empty))
    found, notes = shapes(raw)
    assert (found["i"], found["o"]) == ((24,), (5,))
    assert [(d.code, d.severity) for d in notes] == [("SPK0222", "note")] * 2
    np.testing.assert_array_equal(runs(raw, 24), runs(PLAIN, 24))


def test_an_open_input_looks_through_nodes_of_any_shape() -> None:
    one = node("Scale", scale=2.0)
    raw = chain(i=node("Input", shape=OPEN), s=one, w=W, n=LIF, o=node("Output", shape=OPEN))
    assert shapes(raw)[0]["i"] == (24,)
    raw = chain(i=node("Input", shape=OPEN), s=one, o=node("Output", shape=[7]))
    assert shapes(raw)[0]["i"] == (7,)


def test_an_open_input_that_nothing_tells_or_several_tell_is_refused() -> None:
    raw = chain(i=node("Input", shape=OPEN), s=node("Scale", scale=2.0), o=node("Output", shape=OPEN))
    assert [d.code for d in shapes(raw)[1] if d.severity == "error"] == ["SPK0211"]
    nodes = {
        "i": node("Input", shape=OPEN),
        "w": W,
        "u": affine(WEIGHT[:, :12]),
        "n": LIF,
        "o": node("Output", shape=[5]),
    }
    edges = [("i", "w"), ("i", "u"), ("w", "n"), ("u", "n"), ("n", "o")]
    errors = [d for d in shapes(graph(nodes, edges))[1] if d.severity == "error"]
    assert [d.code for d in errors] == ["SPK0211"]
    assert "(12,)" in errors[0].message
    assert "(24,)" in errors[0].message


@pytest.mark.parametrize(
    "how",
    [
        {"start_dim": 0, "end_dim": -1},
        {"start_dim": 1, "end_dim": -1},
        {"start_dim": 1, "end_dim": 3},
        {},
        {"start_dim": 0, "end_dim": -1, "input_type": OPEN},
        {"start_dim": 1, "end_dim": -1, "input_type": "None"},
        {"start_dim": 0, "end_dim": -1, "input_type": [-1, 2, 3, 4]},
        {"start_dim": 1, "end_dim": -1, "input_type": [1, 2, 3, 4]},
        {"start_dim": 0, "end_dim": 2, "input_type": [2, 3, 4]},
    ],
)
def test_a_flatten_of_unknown_input_gives_what_the_next_node_takes(how: dict[str, Any]) -> None:
    raw = chain(
        i=node("Input", shape=[2, 3, 4]), f=node("Flatten", **how), w=W, n=LIF, o=node("Output", shape=[5])
    )
    found, notes = shapes(raw)
    assert found["f"] == (24,)
    assert not any(d.severity == "error" for d in notes)
    flat = runs(raw, 2, 3, 4)
    assert flat.any()
    np.testing.assert_array_equal(flat, _plain(2, 3, 4))


def _plain(*shape: int) -> np.ndarray:
    drive = np.random.default_rng(0).integers(0, 2, (6, 2, *shape)).astype(np.uint8)
    return reference(PLAIN, EULER, stimulus={"i": drive.reshape(6, 2, -1)}).outputs["o"]


def test_axes_are_read_as_stored_where_that_fits() -> None:
    """(2, 3, 4) with axes 1 and 2 in one is (2, 12), to each row of which the matrix is applied."""
    raw = chain(
        i=node("Input", shape=[2, 3, 4]), f=node("Flatten"), w=affine(WEIGHT[:, :12]),
        n=node("IF", r=1.0, v_threshold=1.0), o=node("Output", shape=[2, 5]),
    )  # fmt: skip
    found, notes = shapes(raw)
    assert (found["f"], found["w"]) == ((2, 12), (2, 5))
    assert [d for d in notes if d.code == "SPK0222"] == []
    assert runs(raw, 2, 3, 4).shape == (6, 2, 2, 5)


def test_a_batch_axis_before_a_flatten_is_dropped() -> None:
    raw = chain(
        i=node("Input", shape=[1, 2, 3, 4]),
        f=node("Flatten", start_dim=1, end_dim=-1, input_type=[1, 2, 3, 4]),
        w=W, n=LIF, o=node("Output", shape=[5]),
    )  # fmt: skip
    found, _ = shapes(raw)
    assert (found["i"], found["f"]) == ((2, 3, 4), (24,))
    np.testing.assert_array_equal(runs(raw, 2, 3, 4), _plain(2, 3, 4))
    np.testing.assert_array_equal(runs(raw, 1, 2, 3, 4), _plain(1, 2, 3, 4))
