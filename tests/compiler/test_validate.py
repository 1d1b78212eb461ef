"""What a network must not mean: the findings, and the dialects under which they are no faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.front.validate import validate
from spikec.compiler.ir.network import FlatGraph, FlatNode
from spikec.sim.dialect.dialect import Dialect, NodeDialect

LIF = {"tau": np.full(3, 0.1), "r": np.ones(3), "v_leak": np.zeros(3), "v_threshold": np.ones(3)}


def network(edges: list[tuple[str, str]], **nodes: tuple[str, dict[str, Any]]) -> FlatGraph:
    members: dict[str, FlatNode] = {}
    every = {"a": ("Input", {"shape": np.array([3])}), "z": ("Output", {}), **nodes}
    for path, (kind, params) in sorted(every.items()):
        stored = {k: np.asarray(v) for k, v in params.items()}
        members[path] = FlatNode(path=path, kind=kind, params=stored)
    counts = dict.fromkeys(sorted(edges), 1)
    flat, found = infer_shapes(FlatGraph(members=members, counts=counts, inputs=("a",), outputs=("z",)))
    assert found == []
    return flat


def findings(flat: FlatGraph, **reading: Any) -> list[tuple[str, str]]:
    dialect = Dialect(name="test", dt_seconds=1e-3, default=NodeDialect(**reading)) if reading else None
    return [(d.code, d.severity) for d in validate(flat, dialect)]


def one(kind: str, params: dict[str, Any]) -> FlatGraph:
    return network([("a", "n"), ("n", "z")], n=(kind, params))


def test_a_sound_network_has_no_findings() -> None:
    assert findings(one("LIF", LIF)) == []


@pytest.mark.parametrize(
    ("tau", "reading", "expected"),
    [
        ([0.1, -0.1, 0.1], {}, [("SPK0215", "error")]),
        ([0.1, -0.1, 0.1], {"clip_decay": True}, [("SPK0215", "warning")]),
        ([0.1, 0.0, 0.1], {"clip_decay": True}, [("SPK0215", "error")]),
        ([0.1, 0.1, -0.1], {"decay": "given"}, [("SPK0215", "warning")]),
        ([0.1, 0.0, -0.1], {"decay": "given"}, [("SPK0215", "error")]),
        ([0.1, 0.0, -0.1], {"decay": "given", "gain": "one"}, [("SPK0215", "warning")]),
        ([0.1, -0.1, 0.1], {"syn_decay": "given"}, [("SPK0215", "error")]),
    ],
)
def test_time_constants(tau: list[float], reading: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert findings(one("LIF", {**LIF, "tau": tau}), **reading) == expected


def test_the_message_counts_and_shows_the_first() -> None:
    found = validate(one("LIF", {**LIF, "tau": [0.1, -0.25, -1.0]}))
    assert found[0].message.startswith("2 of 3 (first: -0.25 at [1])")
    assert found[0].where == "/node/nodes/n/tau"


@pytest.mark.parametrize(
    ("threshold", "v_reset", "reading", "bad"),
    [
        (1.0, 0.0, {}, False),
        (0.0, 0.0, {}, True),
        (-1.0, 0.0, {}, True),
        (-1.0, -2.0, {}, False),
        (-1.0, -2.0, {"reset": "subtract"}, True),
        (1.0, 2.0, {"reset": "subtract"}, False),
    ],
)
def test_thresholds(threshold: float, v_reset: float, reading: dict[str, Any], bad: bool) -> None:
    flat = one("LIF", {**LIF, "v_threshold": threshold, "v_reset": v_reset})
    assert findings(flat, **reading) == ([("SPK0216", "error")] if bad else [])


def test_delays() -> None:
    assert findings(one("Delay", {"delay": [0.0, 1.0, -1.0]})) == [("SPK0217", "error")]


@pytest.mark.parametrize(
    ("kind", "params", "bad"),
    [
        ("Linear", {"weight": np.eye(3)}, True),
        ("Delay", {"delay": [0.0, 0.0, 0.1]}, True),
        ("Delay", {"delay": np.full(3, 0.1)}, False),
        ("LIF", LIF, False),
        ("LI", {k: v for k, v in LIF.items() if k != "v_threshold"}, False),
        ("Threshold", {"threshold": np.ones(3)}, True),
    ],
)
def test_loops_must_hold_a_value_back(kind: str, params: dict[str, Any], bad: bool) -> None:
    scale = ("Scale", {"scale": np.ones(3)})
    flat = network([("a", "m"), ("m", "n"), ("n", "m"), ("n", "z")], m=scale, n=(kind, params))
    assert findings(flat) == ([("SPK0209", "error")] if bad else [])


def test_a_stateless_node_that_feeds_itself() -> None:
    flat = network([("a", "n"), ("n", "n"), ("n", "z")], n=("Scale", {"scale": np.ones(3)}))
    assert findings(flat) == [("SPK0209", "error")]


def test_dead_ends_are_warnings() -> None:
    scale = ("Scale", {"scale": np.ones(3)})
    flat = network([("a", "z"), ("a", "vain"), ("lone", "z")], vain=scale, lone=scale)
    assert findings(flat) == [("SPK0218", "warning"), ("SPK0219", "warning")]
