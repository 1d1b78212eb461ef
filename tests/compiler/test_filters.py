"""Membranes that filter what they pass on to neurons: what is said of folding them is true of the float network."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from spikec.compiler.front.connect import connect
from spikec.compiler.front.flatten import flatten
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.timed.filters import as_a_synapse
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference

from .graphs import affine, graph, leaky, port

EULER = Dialect(name="test", dt_seconds=1.0, default=NodeDialect())
W, U = np.array([[1.0, 0.5], [0.25, 2.0], [1.0, 1.0]]), np.array([[1.0, 0.5, 2.0], [0.5, 1.0, 1.0]])


def li(*tau: float) -> RawNode:
    values = np.array(tau)
    return RawNode(
        kind="LI", params={"tau": values, "r": np.ones_like(values), "v_leak": np.zeros_like(values)}
    )


def said(nodes: dict[str, RawNode], *more: tuple[str, str]) -> str:
    edges = [("input", "w"), ("w", "f"), ("f", "u"), ("u", "n"), ("n", "output"), *more]
    flat, _ = flatten(graph(nodes, edges))
    return as_a_synapse(connect(infer_shapes(flat)[0], EULER), "f")


def nodes(filter: RawNode, neuron: RawNode | None = None) -> dict[str, RawNode]:
    return {
        "input": port("Input", 2), "w": affine(W), "f": filter, "u": affine(U), "n": neuron or leaky(2, 1.0, 5.0),
        "output": port("Output", 2),
    }  # fmt: skip


def cuba(tau_syn: float) -> RawNode:
    values = {
        "tau_syn": tau_syn,
        "tau_mem": 5.0,
        "r": 1.0,
        "w_in": 1.0,
        "v_leak": 0.0,
        "v_reset": 0.0,
        "v_threshold": 1.0,
    }
    return RawNode(kind="CubaLIF", params={name: np.full(2, value) for name, value in values.items()})


def test_a_filter_of_one_tau_is_the_synapse() -> None:
    assert said(nodes(li(4.0, 4.0, 4.0))) == (
        "fold `f` into the synapse of `n`: a CubaLIF there with tau_syn as the tau of `f` filters what arrives"
    )
    drive = np.random.default_rng(0).integers(0, 2, (40, 3, 2)).astype(np.uint8)

    def spikes(parts: dict[str, RawNode], *names: str) -> np.ndarray:
        raw: RawGraph = graph(parts, list(pairwise(names)))
        return reference(raw, EULER, stimulus={"input": drive}).outputs["output"]

    before = spikes(nodes(li(4.0, 4.0, 4.0)), "input", "w", "f", "u", "n", "output")
    without = {name: node for name, node in nodes(li(4.0), cuba(4.0)).items() if name != "f"}
    assert before.any()
    np.testing.assert_array_equal(spikes(without, "input", "w", "u", "n", "output"), before)


@pytest.mark.parametrize(
    ("parts", "more", "words"),
    [
        (nodes(li(4.0, 5.0, 4.0)), (), "has to have one tau, and keeps 0.75 to 0.8 of itself a step"),
        (nodes(li(4.0, 4.0, 4.0)), (("input", "n"),), "`input` would pass that synapse too"),
        (nodes(li(4.0, 4.0, 4.0), cuba(3.0)), (), "`n` has a synapse already"),
    ],
)
def test_what_is_in_the_way_is_said(
    parts: dict[str, RawNode], more: tuple[tuple[str, str], ...], words: str
) -> None:
    assert words in said(parts, *more)


def test_a_membrane_behind_a_membrane_is_not_folded() -> None:
    assert said({**nodes(li(4.0, 4.0, 4.0)), "n": li(3.0, 3.0)}) == ""
