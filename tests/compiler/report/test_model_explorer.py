"""The graph for Model Explorer: its format, and that it is the compiled network."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
from spikec.compiler.output.page import EXPLORER, EXPLORER_DATA, drawn_files
from spikec.compiler.pipeline import Compiled

from .conftest import EVIL, QUOTED

NODE = {"id", "label", "namespace", "attrs", "incomingEdges", "outputsMetadata"}
"""Fields of a node that Model Explorer reads, as its own package names them; the others are optional."""


def written(compiled: Compiled) -> tuple[Any, Any]:
    drawn = drawn_files(compiled.report)
    return json.loads(drawn[EXPLORER]), json.loads(drawn[EXPLORER_DATA])


def test_both_files_keep_to_their_schemas(compiled: Compiled) -> None:
    for name, value in zip(("model-explorer", "model-explorer-data"), written(compiled), strict=True):
        schema = json.loads((files("spikec.compiler.schemas") / f"{name}.schema.json").read_text("utf-8"))
        jsonschema.validate(value, schema)


def test_nodes_and_edges_are_those_of_the_network(compiled: Compiled) -> None:
    collection, _ = written(compiled)
    (graph,) = collection["graphs"]
    nodes = {node["id"]: node for node in graph["nodes"]}
    assert len(nodes) == len(graph["nodes"])
    assert all(set(node) == NODE for node in nodes.values())
    assert set(nodes) == {"input", "w1", EVIL, "w2", QUOTED, "output"}
    joined = {(edge["sourceNodeId"], name) for name, node in nodes.items() for edge in node["incomingEdges"]}
    assert joined == {("input", "w1"), ("w1", EVIL), (EVIL, "w2"), ("w2", QUOTED), (QUOTED, "output")}
    attrs = {a["key"]: a["value"] for a in nodes[EVIL]["attrs"]}
    assert attrs["cores"] == "0, 1"
    assert attrs["shape"] == "1100"
    assert nodes[EVIL]["namespace"] == "chip"
    assert nodes["input"]["namespace"] == ""


def test_every_value_is_of_a_node_and_is_its_f1(compiled: Compiled) -> None:
    collection, data = written(compiled)
    (graph,) = collection["graphs"]
    assert set(data) == {graph["id"]}
    results = data[graph["id"]]["results"]
    assert set(results) <= {node["id"] for node in graph["nodes"]}
    fidelity = compiled.report.verdicts.fidelity
    assert fidelity is not None
    assert {name: found["value"] for name, found in results.items()} == {
        name: layer.f1 for name, layer in fidelity.layers.items()
    }
