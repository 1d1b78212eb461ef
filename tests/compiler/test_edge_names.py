"""Edges whose names an exporter left behind when it flattened or nested a graph: read where they mean one node, by the
compiler and by the float reference alike.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.front.edge_names import edge_names
from spikec.compiler.front.flatten import flatten
from spikec.sim.diagnostic import Diagnostic
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.edge_names import read_names
from spikec.sim.reference.graph import flatten as flatten_of_reference
from spikec.sim.reference.reference import reference

from ..effort import EXAMPLES
from .graphs import affine, graph, leaky, port

EULER = Dialect(name="test", dt_seconds=1.0, default=NodeDialect())
RNG = np.random.default_rng(3)
PARTS = {
    "input": port("Input", 4),
    "fc1": affine(RNG.integers(0, 3, (3, 4)) / 2),
    "fc2": affine(RNG.integers(0, 3, (2, 3)) / 2),
    "lif2": leaky(2, 0.25, 5.0),
    "output": port("Output", 2),
}
LAYER = {
    "input": port("Input", 3),
    "lif": leaky(3, 0.25, 5.0),
    "w_rec": affine(np.eye(3) / 2),
    "output": port("Output", 3),
}
WITHIN = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
ALONG = [("input", "fc1"), ("fc1", "lif1"), ("lif1", "fc2"), ("fc2", "lif2"), ("lif2", "output")]
NESTED = graph({**PARTS, "lif1": RawNode(kind="NIRGraph", graph=graph(LAYER, WITHIN))}, ALONG)


def flattened(*left_out: str, along: list[tuple[str, str]] = ALONG) -> RawGraph:
    """The layer's nodes as `lif1.x` among the others, and edges that still name `lif1`."""
    members = {f"lif1.{name}": node for name, node in LAYER.items() if name not in left_out}
    edges = [(f"lif1.{a}", f"lif1.{b}") for a, b in WITHIN if not {a, b} & {*left_out}]
    return graph({**PARTS, **members}, [*along, *edges])


def named_in(along: list[tuple[str, str]]) -> RawGraph:
    return graph(dict(NESTED.nodes), along)


READ = {
    "flattened": flattened(),
    "ports that are called so": graph(
        {
            **{k: v for k, v in flattened().nodes.items() if "put" not in k or "." not in k},
            "lif1.input": affine(np.eye(3)),
            "lif1.output": affine(np.eye(3)),
        },
        flattened().edges,
    ),
    "a path with dots": named_in(
        [("input", "fc1"), ("fc1", "lif1.input"), ("lif1.output", "fc2"), *ALONG[3:]]
    ),
    "a path with slashes": named_in(
        [("input", "fc1"), ("fc1", "lif1/input"), ("lif1/output", "fc2"), *ALONG[3:]]
    ),
    "every end by its own name": flattened(
        along=[("input", "fc1"), ("fc1", "lif1.input"), ("lif1.output", "fc2"), *ALONG[3:]]
    ),
    "only one end left": flattened(along=[*ALONG[:2], ("lif1.output", "fc2"), *ALONG[3:]]),
}


def spikes(raw: RawGraph) -> np.ndarray:
    drive = np.random.default_rng(0).integers(0, 2, (12, 2, 4)).astype(np.uint8)
    return reference(raw, EULER, stimulus={"input": drive}).outputs["output"]


@pytest.mark.parametrize("name", READ)
def test_it_is_the_nested_graph(name: str) -> None:
    flat, found = flatten(READ[name])
    assert {d.code for d in found} == {"SPK0205"}
    assert {d.severity for d in found} == {"warning"}
    assert (flat.inputs, flat.outputs) == (("input",), ("output",))
    assert spikes(NESTED).any()
    np.testing.assert_array_equal(spikes(READ[name]), spikes(NESTED))
    nested, _ = flatten(NESTED)
    if "called" not in name:
        edges = {(a.replace("/", "."), b.replace("/", ".")) for a, b in flat.graph.edges}
        assert edges == {(a.replace("/", "."), b.replace("/", ".")) for a, b in nested.graph.edges}


def test_inside_the_subgraph_by_its_whole_path() -> None:
    inside = [(f"lif1.{a}", f"lif1.{b}") for a, b in WITHIN]
    raw = graph({**PARTS, "lif1": RawNode(kind="NIRGraph", graph=graph(LAYER, inside))}, ALONG)
    np.testing.assert_array_equal(spikes(raw), spikes(NESTED))


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        (flattened("input", "output"), ("`lif1.lif` (LIF)", "`lif1.w_rec` (Linear)")),
        (
            graph(
                {**flattened().nodes, "lif1.in2": port("Input", 3)},
                [*flattened().edges, ("lif1.in2", "lif1.lif")],
            ),
            ("`lif1.input` (Input)", "`lif1.in2` (Input)"),
        ),
        (
            graph({**PARTS, "a.lif1": leaky(3, 0.25, 5.0), "b.lif1": leaky(3, 0.25, 5.0)}, ALONG),
            ("`a.lif1` (LIF)", "`b.lif1` (LIF)"),
        ),
    ],
)
def test_what_has_several_meanings_is_refused_with_all_of_them(raw: RawGraph, seen: tuple[str, ...]) -> None:
    _, found = flatten(raw)
    (first,) = [d for d in found if d.code == "SPK0201"]
    assert all(name in dict(first.facts)["seen"] for name in seen)
    refused: list[Diagnostic] = []
    read_names(raw, "", refused)
    assert [d.code for d in refused] == ["SPK0280"]


NAMES = st.sampled_from(
    ["a", "b", "a.b", "a.input", "a.output", "b.a", "a.b.c", "c", "s", "s.a", "s/b", "b.output"]
)
KINDS = st.sampled_from(["Input", "Output", "LIF", "Linear"])


@given(
    nodes=st.dictionaries(NAMES.filter(lambda n: "/" not in n), KINDS, min_size=1),
    inner=st.dictionaries(NAMES.filter(lambda n: "/" not in n), KINDS),
    edges=st.lists(st.tuples(NAMES, NAMES), max_size=8),
)
@settings(max_examples=20 * EXAMPLES, deadline=None)
def test_both_readers_mean_the_same(
    nodes: dict[str, str], inner: dict[str, str], edges: list[tuple[str, str]]
) -> None:
    members = {name: RawNode(kind=kind) for name, kind in nodes.items()}
    members["s"] = RawNode(
        kind="NIRGraph", graph=RawGraph(nodes={n: RawNode(kind=k) for n, k in inner.items()}, edges=())
    )
    raw = RawGraph(nodes=members, edges=tuple(edges))
    refused: list[Diagnostic] = []
    theirs, ours = read_names(raw, "", refused), edge_names(raw, "")
    assert sorted(theirs.edges) == sorted(ours.edges)
    assert theirs.joints == ours.wires
    assert len(refused) == sum(d.severity == "error" for d in ours.diagnostics)
    assert {name for edge in ours.edges for name in edge if "/" not in name} <= set(members)


def test_many_names_take_linear_time() -> None:
    """Parts of two nodes each, all named by what they were."""
    import time

    count = 10_000
    ends = [(f"p{k}.{end}", kind) for k in range(count) for end, kind in (("input", "Input"), ("n", "LIF"))]
    nodes = {name: RawNode(kind=kind) for name, kind in ends}
    edges = [(f"p{k}", f"p{k + 1}") for k in range(count - 1)]
    edges += [(f"p{k}.input", f"p{k}.n") for k in range(count)]
    start = time.monotonic()
    raw = RawGraph(nodes=nodes, edges=tuple(edges))
    assert len(edge_names(raw, "").edges) == 2 * count - 1
    flatten_of_reference(raw)
    assert time.monotonic() - start < 10
