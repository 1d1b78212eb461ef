"""Nesting joined away: which edges remain, how often, and what is said about doubtful ones."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.front.flatten import flatten
from spikec.compiler.ir.network import FlatGraph
from spikec.sim.diagnostic import Diagnostic
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode

Edge = tuple[str, str]


def graph(nodes: dict[str, str | RawGraph], *edges: Edge) -> RawGraph:
    """Nodes by name: a kind, or the graph of a subgraph."""
    made = {
        name: RawNode(kind=kind) if isinstance(kind, str) else RawNode(kind="NIRGraph", graph=kind)
        for name, kind in nodes.items()
    }
    return RawGraph(nodes=made, edges=edges)


def counts(flat: FlatGraph) -> dict[Edge, int]:
    return {(pre, post): data["count"] for pre, post, data in flat.graph.edges(data=True)}


def codes(found: list[Diagnostic]) -> list[tuple[str, str]]:
    return [(d.code, d.severity) for d in found]


IN_OUT: dict[str, str | RawGraph] = {"in": "Input", "out": "Output"}
RECURRENT = graph(
    {"i": "Input", "lif": "LIF", "w": "Linear", "o": "Output"},
    ("i", "w"),
    ("w", "lif"),
    ("lif", "w"),
    ("lif", "o"),
)
NESTED = graph({**IN_OUT, "r": RECURRENT}, ("in", "r"), ("r", "out"))


def test_a_flat_graph_stays_and_is_sorted() -> None:
    flat, found = flatten(graph({"out": "Output", "b": "LIF", "in": "Input"}, ("b", "out"), ("in", "b")))
    assert found == []
    assert list(flat.graph.nodes) == ["b", "in", "out"]
    assert counts(flat) == {("b", "out"): 1, ("in", "b"): 1}
    assert (flat.inputs, flat.outputs) == (("in",), ("out",))


def test_subgraph_ports_vanish() -> None:
    flat, found = flatten(NESTED)
    assert found == []
    assert counts(flat) == {
        ("in", "r/w"): 1,
        ("r/w", "r/lif"): 1,
        ("r/lif", "r/w"): 1,
        ("r/lif", "out"): 1,
    }


def test_any_depth() -> None:
    inner = NESTED
    for _ in range(5):
        inner = graph({**IN_OUT, "s": inner}, ("in", "s"), ("s", "out"))
    flat, found = flatten(inner)
    assert found == []
    assert len(flat.graph) == 4
    assert ("in", "s/s/s/s/s/r/w") in counts(flat)
    assert ("s/s/s/s/s/r/lif", "out") in counts(flat)


def test_a_subgraph_of_wires_is_a_wire() -> None:
    wire = graph({"i": "Input", "o": "Output"}, ("i", "o"), ("i", "o"))
    flat, found = flatten(graph({**IN_OUT, "s": wire}, ("in", "s"), ("s", "out"), ("in", "out")))
    assert codes(found) == [("SPK0202", "note")]
    assert counts(flat) == {("in", "out"): 3}


def test_duplicate_edges_count() -> None:
    flat, found = flatten(graph({**IN_OUT, "n": "LIF"}, ("in", "n"), ("in", "n"), ("n", "out")))
    assert codes(found) == [("SPK0202", "note")]
    assert counts(flat) == {("in", "n"): 2, ("n", "out"): 1}


def test_several_ports() -> None:
    two = graph(
        {"i1": "Input", "i2": "Input", "a": "LIF", "b": "LIF", "o1": "Output", "o2": "Output"},
        ("i1", "a"),
        ("i2", "b"),
        ("a", "o1"),
        ("b", "o2"),
    )
    flat, found = flatten(graph({**IN_OUT, "s": two}, ("in", "s"), ("s", "out")))
    assert codes(found) == [("SPK0208", "warning")] * 2
    assert set(counts(flat)) == {("in", "s/a"), ("in", "s/b"), ("s/a", "out"), ("s/b", "out")}


SPYX = Dialect(name="test", dt_seconds=1e-3, default=NodeDialect(sub_edge="spyx"))


def test_spyx_takes_the_input_to_the_neuron() -> None:
    flat, found = flatten(NESTED, SPYX)
    assert codes(found) == [("SPK0204", "note")]
    assert set(counts(flat)) == {
        ("in", "r/lif"),
        ("r/w", "r/lif"),
        ("r/lif", "r/w"),
        ("r/lif", "out"),
    }


def test_spyx_leaves_other_subgraphs_alone() -> None:
    layers = graph(
        {"i": "Input", "w": "Linear", "n": "LIF", "m": "LIF", "o": "Output"},
        ("i", "w"),
        ("w", "n"),
        ("n", "m"),
        ("m", "o"),
    )
    flat, found = flatten(graph({**IN_OUT, "s": layers}, ("in", "s"), ("s", "out")), SPYX)
    assert found == []
    assert ("in", "s/w") in counts(flat)


def test_a_name_that_only_one_loose_node_can_mean_is_repaired() -> None:
    misnamed = graph(
        {"i": "Input", "lif1": "LIF", "w": "Linear", "o": "Output"},
        ("i", "lif"),
        ("lif", "w"),
        ("w", "lif"),
        ("lif", "o"),
    )
    flat, found = flatten(graph({**IN_OUT, "r": misnamed}, ("in", "r"), ("r", "out")))
    assert codes(found) == [("SPK0205", "warning")]
    assert set(counts(flat)) == {
        ("in", "r/lif1"),
        ("r/lif1", "r/w"),
        ("r/w", "r/lif1"),
        ("r/lif1", "out"),
    }


@pytest.mark.parametrize("extra", [{}, {"lif1": "LIF", "lif2": "LIF"}, {"unlike": "LIF"}])
def test_a_missing_node_is_an_error(extra: dict[str, str]) -> None:
    _, found = flatten(graph({**IN_OUT, **extra}, ("in", "lif"), ("lif", "out")))
    assert codes(found) == [("SPK0201", "error")]
    assert all(name in found[0].hint for name in extra)


def test_leaves_become_outputs_where_there_is_none() -> None:
    flat, found = flatten(graph({"in": "Input", "a": "LIF", "b": "LIF"}, ("in", "a"), ("in", "b")))
    assert codes(found) == [("SPK0206", "warning")]
    assert flat.outputs == ("output_a", "output_b")
    assert counts(flat)["a", "output_a"] == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (graph({}), "SPK0203"),
        (graph({"n": "LIF", "out": "Output"}, ("n", "out")), "SPK0220"),
        (graph({"in": "Input", "n": "LIF"}, ("in", "n"), ("n", "n")), "SPK0206"),
        (graph({**IN_OUT, "n": "LIF"}, ("in", "n"), ("n", "in"), ("n", "out")), "SPK0207"),
        (graph({**IN_OUT, "n": "LIF"}, ("in", "out"), ("out", "n"), ("n", "out")), "SPK0207"),
        (graph({**IN_OUT, "s": graph({"n": "LIF"})}, ("in", "s"), ("in", "out")), "SPK0207"),
        (
            graph(
                {**IN_OUT, "s": graph({"i": "Input", "o": "Output"}, ("i", "o"))},
                ("in", "s"),
                ("s", "s"),
                ("s", "out"),
            ),
            "SPK0209",
        ),
    ],
)
def test_errors(raw: RawGraph, code: str) -> None:
    _, found = flatten(raw)
    assert codes(found) == [(code, "error")]


def test_many_ports_and_edges_take_linear_time() -> None:
    import time

    chain: list[Edge] = [("in", "s0"), *((f"s{i}", f"s{i + 1}") for i in range(1999)), ("s1999", "out")]
    wire = graph({"i": "Input", "o": "Output"}, ("i", "o"))
    raw = graph(
        {**IN_OUT, **{f"s{i}": wire for i in range(2000)}}, *chain, *[("in", f"x{i}") for i in range(5000)]
    )
    start = time.monotonic()
    flat, found = flatten(raw)
    assert time.monotonic() - start < 10
    assert counts(flat) == {("in", "out"): 1}
    assert len(found) < 30
    assert np.all([d.severity == "error" for d in found])
