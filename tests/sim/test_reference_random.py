"""Random graphs against an interpreter that knows only the rule: each value by recursion on node and step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference

from ..effort import EXAMPLES

STEPS, WIDTH = 7, 2
KINDS = ("IF", "LI", "Affine", "Delay", "Threshold")
DIALECT = Dialect(
    name="test", dt_seconds=1.0, default=NodeDialect(decay="given", if_gain="one", li_gain="one", fire=">=")
)


def make(kind: str, seed: int) -> RawNode:
    """Parameters in quarters, so that every sum is exact in any order."""
    generator = np.random.default_rng(seed)
    params: dict[str, np.ndarray] = {}
    if kind == "IF":
        params = {"r": np.ones(WIDTH), "v_threshold": generator.integers(1, 6, WIDTH) / 2}
    elif kind == "LI":
        params = {"tau": np.full(WIDTH, 0.5), "r": np.ones(WIDTH), "v_leak": np.zeros(WIDTH)}
    elif kind == "Affine":
        params = {
            "weight": generator.integers(-2, 4, (WIDTH, WIDTH)) / 2,
            "bias": generator.integers(0, 2, WIDTH),
        }
    elif kind == "Delay":
        params = {"delay": generator.integers(0, 4, WIDTH)}
    elif kind == "Threshold":
        params = {"threshold": generator.integers(1, 4, WIDTH) / 2}
    return RawNode(kind=kind, params={name: np.asarray(params[name]) for name in sorted(params)})


@st.composite
def graphs(draw: st.DrawFn) -> RawGraph:
    count = draw(st.integers(1, 6))
    names = [f"n{k}" for k in range(count)]
    nodes = {name: make(draw(st.sampled_from(KINDS)), draw(st.integers(0, 99))) for name in names}
    port = {"shape": np.array([WIDTH])}
    pairs = [(a, b) for a in ("in", *names) for b in names]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=10))
    # Every node hears the input, so that none is left without a value.
    edges += [("in", name) for name in names] + [(name, "out") for name in names]
    nodes |= {"in": RawNode(kind="Input", params=port), "out": RawNode(kind="Output", params=port)}
    return RawGraph(nodes=dict(sorted(nodes.items())), edges=tuple(edges))


class Interpreter:
    def __init__(self, graph: RawGraph, x: np.ndarray) -> None:
        self.graph, self.x = graph, x
        self.known: dict[tuple[str, int], np.ndarray] = {}
        self.membrane: dict[tuple[str, int], np.ndarray] = {}

    def reaches(self, start: str, goal: str) -> bool:
        seen, todo = [start], [start]
        while todo:
            here = todo.pop()
            if here == goal:
                return True
            for a, b in self.graph.edges:
                if a == here and b not in seen:
                    seen.append(b)
                    todo.append(b)
        return False

    def has_empty_loop(self) -> bool:
        """Whether a loop passes only nodes that send on at once what arrives. A Delay sends on at once if
        any of its elements does."""
        at_once = {
            name
            for name, node in self.graph.nodes.items()
            if node.kind in ("Affine", "Threshold")
            or (node.kind == "Delay" and (np.asarray(node.params["delay"]) == 0).any())
        }
        ahead = {name: {b for a, b in self.graph.edges if a == name and b in at_once} for name in at_once}
        for _ in at_once:
            ahead = {name: ahead[name].union(*(ahead[b] for b in ahead[name])) for name in ahead}
        return any(name in ahead[name] for name in ahead)

    def arrives(self, path: str, step: int) -> np.ndarray:
        total = np.zeros(WIDTH)
        for source, target in self.graph.edges:
            if target != path:
                continue
            feedback = self.graph.nodes[source].kind in ("IF", "LI") and self.reaches(path, source)
            total = total + self.value(source, step - 1 if feedback else step)
        return total

    def value(self, path: str, step: int) -> np.ndarray:
        if step < 0:
            return np.zeros(WIDTH)
        key = (path, step)
        if key not in self.known:
            self.known[key] = self.compute(path, step)
        return self.known[key]

    def compute(self, path: str, step: int) -> np.ndarray:
        node = self.graph.nodes[path]
        p = node.params
        if node.kind == "Input":
            return self.x[step]
        if node.kind == "Delay":
            lags = np.asarray(p["delay"])
            return np.array([
                self.arrives(path, step - int(lag))[k] if step >= lag else 0.0 for k, lag in enumerate(lags)
            ])  # fmt: skip
        if node.kind in ("IF", "LI") and step > 0:
            self.value(path, step - 1)
        x = self.arrives(path, step)
        if node.kind == "Affine":
            return np.asarray(p["weight"]) @ x + np.asarray(p["bias"])
        if node.kind == "Threshold":
            return (x >= np.asarray(p["threshold"])).astype(float)
        if node.kind == "Output":
            return x
        v = self.membrane.get((path, step - 1), np.zeros(WIDTH))
        v = (v if node.kind == "IF" else 0.5 * v) + x
        spikes = v >= np.asarray(p["v_threshold"]) if node.kind == "IF" else v
        self.membrane[path, step] = np.where(spikes, 0.0, v) if node.kind == "IF" else v
        return np.asarray(spikes, float)


@settings(max_examples=2 * EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(graphs(), st.integers(0, 9))
def test_every_graph_means_what_the_rule_says(graph: RawGraph, seed: int) -> None:
    x = (np.random.default_rng(seed).random((STEPS, WIDTH)) < 0.5).astype(float)
    stimulus = {"in": x[:, None].astype(np.float32)}
    teller = Interpreter(graph, x)
    if teller.has_empty_loop():
        with pytest.raises(DiagnosticError, match="SPK0286"):
            reference(graph, DIALECT, stimulus=stimulus)
        return
    want = np.array([teller.value("out", step) for step in range(STEPS)])
    trace = reference(graph, DIALECT, stimulus=stimulus)
    # Exact while 24 bits hold the sums; a loop that explodes needs more.
    assert np.allclose(trace.outputs["out"][:, 0], want, rtol=1e-6, atol=0)
    for path in trace.layers:
        told = [teller.value(path, step) for step in range(STEPS)]
        assert np.allclose(trace.layers[path][:, 0], told, rtol=1e-6, atol=0)
