"""No node of a file can be taken for neurons that the compiler adds: the names of these are its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.ir.made_names import is_made, place_of, served_by
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus
from spikec.targets import names

from .constructs.nets import drawn, neurons
from .graphs import affine, graph, port


def a_skip() -> RawGraph:
    """Biases in both layers, an input that passes one by, two Outputs."""
    random = np.random.default_rng(3)
    nodes = {
        "in": port("Input", 3),
        "w1": affine(random.normal(0.3, 0.5, (5, 3)), np.full(5, 0.1)),
        "n1": neurons("LIF", 5, random),
        "w2": affine(random.normal(0.1, 0.5, (4, 5)), np.full(4, 0.1)),
        "w3": affine(random.normal(0.1, 0.5, (4, 3))),
        "n2": neurons("LIF", 4, random),
        "out": port("Output", 4),
        "side": port("Output", 5),
    }
    edges = [("in", "w1"), ("w1", "n1"), ("n1", "w2"), ("w2", "n2"), ("in", "w3"), ("w3", "n2"), ("n2", "out"),
             ("n1", "side")]  # fmt: skip
    return graph(nodes, edges)


def named(target: str, raw: RawGraph, **reading: Any) -> set[str]:
    """What the compiler adds to a network, by name."""
    dialect = Dialect(name="drawn", dt_seconds=1.0, default=replace(NodeDialect(gain="one"), **reading))
    options = Options(target=target, reading=dialect, allow_approximation=True)
    shape = tuple(np.asarray(raw.nodes["in"].params["shape"]).tolist())
    spikes = (np.random.default_rng(1).random((12, 2, *shape)) < 0.4).astype(np.uint8)
    chip = resolve_target(options)
    stimulus = Stimulus(inputs={"in": spikes}, labels=None, source={})
    network = prepare(read_front(raw, options, chip), options, chip, stimulus).quantized.network
    return {p.name for p in (*network.populations, *network.inputs)} - raw.nodes.keys()


@pytest.mark.parametrize("target", names())
def test_what_is_added_has_names_that_no_node_can_have(target: str) -> None:
    found: set[str] = set()
    for raw, reading in (
        (a_skip(), {"reset": "subtract"}),
        (drawn(2).raw, {"v_min": 0.0, "reset": "subtract"}),
    ):
        try:
            found |= named(target, raw, **reading)
        except DiagnosticError:
            continue  # the chip does not have it
    assert [name for name in sorted(found) if not is_made(name)] == []
    assert {served_by(name) for name in found} <= {"", *a_skip().nodes}


@pytest.mark.parametrize(
    "name", ["bias:clock", "copy:n2", "relay@1:in", "relay:n1>n2", "bias@0", "level@2:n1"]
)
def test_a_node_of_such_a_name_is_refused(name: str) -> None:
    raw = a_skip()
    nodes = {name if old == "n1" else old: node for old, node in raw.nodes.items()}
    edges = [(name if a == "n1" else a, name if b == "n1" else b) for a, b in raw.edges]
    with pytest.raises(DiagnosticError) as caught:
        compile_graph(graph(nodes, edges), Options(target="xylo_audio3", dialect="nir.euler", dt_seconds=1.0))
    assert ("SPK0116", f"/node/nodes/{name}") in {(d.code, d.where) for d in caught.value.diagnostics}


@pytest.mark.parametrize(
    "name", ["bias", "relay", "biases:0", "sub/bias:clock", "lif", "layer:0", "fc1.bias@0"]
)
def test_other_names_are_nobodys(name: str) -> None:
    assert not is_made(name)
    assert served_by(name) == name


def test_a_finding_of_what_is_added_is_at_what_it_serves() -> None:
    assert place_of("level@2:rnn5/lif") == "/node/nodes/rnn5/nodes/lif"
    assert place_of("relay@1:bias:clock") == "/node"
    assert place_of("lif") == "/node/nodes/lif"
