"""Layers in numpy are those of compiled code, bit for bit, or are left to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.sim.dialect.dialect import CHOICES, Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference import reference as module
from spikec.sim.reference.in_numpy import run_layer
from spikec.sim.reference.neurons import initial_state
from spikec.sim.reference.reference import reference
from spikec.sim.trace import Trace

from .compilations import compilations

KINDS = ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF")
WIDTH, STEPS, BATCH = 5, 30, 2


def random_dialect(random: np.random.Generator) -> NodeDialect:
    chosen: dict[str, Any] = {
        name: str(random.choice(CHOICES[name]))
        for name in (
            "decay",
            "syn_decay",
            "gain",
            "li_gain",
            "if_gain",
            "syn_gain",
            "syn_view",
            "fire",
            "reset",
        )
    }
    later = str(random.choice(CHOICES["reset_phase"])) if chosen["reset"] != "none" else "same"
    return NodeDialect(
        **chosen | {"decay": "exp", "syn_decay": "exp"},
        reset_phase=later,  # pyright: ignore
        fire_on="new" if later == "same" else str(random.choice(["new", "old"])),  # pyright: ignore
        multi=[1, 3, 300, None][int(random.integers(4))],
        v_min=[None, None, 0.0, -0.5][int(random.integers(4))],
        refractory=int(random.choice([0, 0, 2])) if later == "same" else 0,
    )


def layer(random: np.random.Generator, kind: str) -> RawGraph:
    names = {"r": (0.5, 2.0)}
    names |= {} if kind in ("I", "IF") else {"v_leak": (-0.1, 0.1)}
    names |= {"tau_mem" if kind.startswith("Cuba") else "tau": (2.0, 9.0)} if kind not in ("I", "IF") else {}
    names |= {"tau_syn": (2.0, 9.0), "w_in": (0.5, 2.0)} if kind.startswith("Cuba") else {}
    names |= {"v_threshold": (0.2, 1.0), "v_reset": (-0.2, 0.1)} if kind in ("IF", "LIF", "CubaLIF") else {}
    params = {name: random.uniform(*names[name], WIDTH) for name in sorted(names)}
    port = {"shape": np.array([WIDTH])}
    nodes = {
        "in": RawNode(kind="Input", params=port),
        "n": RawNode(kind=kind, params=params),
        "out": RawNode(kind="Output", params=port),
    }
    return RawGraph(nodes=nodes, edges=(("in", "n"), ("n", "out")))


def compiled(monkeypatch: pytest.MonkeyPatch, *given: Any, **options: Any) -> Trace:
    with monkeypatch.context() as patch:
        patch.setattr(module, "is_small", lambda *_: False)
        return reference(*given, **options)


@pytest.mark.parametrize("seed", range(18))
def test_layers_are_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    graph, own = layer(random, kind), random_dialect(random)
    dialect = Dialect(name="test", dt_seconds=1.0, default=own)
    x = (
        random.normal(0.3, 1.0, (STEPS, BATCH, WIDTH)) * (random.random((STEPS, BATCH, WIDTH)) < 0.7)
    ).astype(np.float32)
    kept: list[bool] = []
    monkeypatch.setattr(
        module, "run_layer", lambda *given, **how: kept.append(True) or run_layer(*given, **how)
    )
    fast = reference(graph, dialect, stimulus={"in": x}, return_all_states=True).arrays()
    wanted = compiled(monkeypatch, graph, dialect, stimulus={"in": x}, return_all_states=True).arrays()
    assert kept
    assert sorted(fast) == sorted(wanted)
    for name, values in wanted.items():
        assert fast[name].dtype == values.dtype
        assert fast[name].tobytes() == values.tobytes(), (name, own)


def coefficients() -> dict[str, np.ndarray]:
    values = {"beta": 0.5, "gain": 1.0, "leak": 0.0, "v0": 0.0, "theta": 1.0, "v_reset": 0.0}
    return {name: np.full(WIDTH, value, np.float32) for name, value in values.items()}


def in_numpy(x: np.ndarray, own: NodeDialect | None = None, **changed: float) -> bool:
    own = own or NodeDialect()
    c = coefficients() | {name: np.full(WIDTH, value, np.float32) for name, value in changed.items()}
    return run_layer("LIF", own, True, c, initial_state("LIF", own, c, x.shape[1:]), x) is not None


def test_what_might_differ_is_left_to_compiled_code() -> None:
    once = np.zeros((150, 1, WIDTH), np.float32)
    once[0] = 0.5
    assert in_numpy(once[:90])
    assert not in_numpy(once), "a membrane below 2**-100"
    for value in (1e-35, 1e35, np.inf, np.nan):
        assert not in_numpy(np.full((2, 1, WIDTH), value, np.float32))
        assert not in_numpy(once[:2], beta=value)
    assert not in_numpy(once[:2], v_reset=-0.0)
    many = NodeDialect(multi=None, reset="none")
    assert in_numpy(once[:2] * 1000, many)
    assert not in_numpy(once[:2] * 2.0**40, many), "more spikes than int32 holds"


def test_a_run_that_is_left_to_compiled_code_is_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = layer(np.random.default_rng(0), "LI")
    bare = {**graph.nodes["n"].params, "v_leak": np.zeros(WIDTH), "tau": np.full(WIDTH, 1.5)}
    graph = replace(graph, nodes={**graph.nodes, "n": RawNode(kind="LI", params=bare)})
    dialect = Dialect(name="test", dt_seconds=1.0, default=NodeDialect())
    x = np.zeros((200, 1, WIDTH), np.float32)
    x[0] = 1
    fast = reference(graph, dialect, stimulus={"in": x}).outputs["out"]
    assert (
        fast.tobytes() == compiled(monkeypatch, graph, dialect, stimulus={"in": x}).outputs["out"].tobytes()
    )
    assert fast[0].all()
    assert not fast[-1].any()


def recurrent(weight: float) -> RawGraph:
    graph = layer(np.random.default_rng(3), "LIF")
    again = RawNode(kind="Linear", params={"weight": np.full((WIDTH, WIDTH), weight)})
    return RawGraph(nodes={**graph.nodes, "w": again}, edges=(*graph.edges, ("n", "w"), ("w", "n")))


def test_cycles_that_differ_in_weights_share_compiled_code() -> None:
    dialect = Dialect(name="test", dt_seconds=1.0, default=NodeDialect())
    x = np.ones((STEPS, BATCH, WIDTH), np.float32)
    one = reference(recurrent(-0.1), dialect, stimulus={"in": x})
    with compilations() as found:
        other = reference(recurrent(-0.5), dialect, stimulus={"in": x})
    assert found == []
    assert one.layers["n"].sum() > other.layers["n"].sum() > 0


def test_a_rough_run_leaves_nothing_to_compiled_code() -> None:
    """It takes numbers far below 1 as numpy has them, and is the same where there are none."""
    own, c = NodeDialect(), coefficients()
    start = initial_state("LIF", own, c, (BATCH, WIDTH))
    tiny = np.full((STEPS, BATCH, WIDTH), 2.0**-110, np.float32)
    assert run_layer("LIF", own, False, c, start, tiny) is None
    found = run_layer("LIF", own, False, c, start, tiny, rough=True)
    assert found is not None
    assert not found[0].any()
    ordinary = np.random.default_rng(0).normal(0.3, 1.0, (STEPS, BATCH, WIDTH)).astype(np.float32)
    wanted = run_layer("LIF", own, False, c, start, ordinary)
    rough = run_layer("LIF", own, False, c, start, ordinary, rough=True)
    assert wanted is not None
    assert rough is not None
    assert wanted[0].any()
    assert np.array_equal(wanted[0], rough[0])
