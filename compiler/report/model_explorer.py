"""Writes the compiled network for Model Explorer: what joins what, where it is, and how well each layer agrees."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from ..ir.model_explorer import (
    Attribute,
    ColourStop,
    ExplorerGraph,
    ExplorerNode,
    GraphCollection,
    IncomingEdge,
    NodeData,
    NodeValue,
    Port,
)
from ..ir.report import Report
from ..text.render import number
from .nodes import Node, nodes_of

GRAPH = "network"
WORST, BEST = "#d6453d", "#3d9a5f"
NAMESPACES = {"input": "", "constant": "chip", "host": "host", "population": "chip", "output": ""}


def model_explorer(report: Report) -> GraphCollection:
    """A graph of inputs, populations, outputs and the nodes of the file between them, the same for the same report."""
    found = {node.name: _node(report, node) for node in nodes_of(report)}
    into: dict[str, list[str]] = {name: [] for name in found}
    for edge in report.network.edges:
        way = [edge.pre, *(path for path in edge.through if path not in (edge.pre, edge.post)), edge.post]
        for before, path in pairwise(way):
            if path not in found:
                place = "host" if edge.kind == "host" else "chip"
                found[path] = ExplorerNode(id=path, label=path, namespace=place)
            if before not in into.setdefault(path, []):
                into[path].append(before)
    nodes = tuple(
        ExplorerNode(
            id=node.id,
            label=node.label,
            namespace=node.namespace,
            attrs=node.attrs,
            incoming_edges=tuple(
                IncomingEdge(source_node_id=source, target_node_input_id=str(k))
                for k, source in enumerate(into[name])
            ),
            outputs_metadata=node.outputs_metadata,
        )
        for name, node in found.items()
    )
    graph = ExplorerGraph(id=GRAPH, nodes=nodes, group_node_attributes={"": _head(report)})
    return GraphCollection(label=str(report.options.get("name") or report.target), graphs=(graph,))


def node_data(report: Report) -> Mapping[str, NodeData]:
    """Graph -> F1 of each layer that spikes, in float against the chip; nothing where nothing ran."""
    fidelity = report.verdicts.fidelity
    layers = {} if fidelity is None else fidelity.layers
    values = {
        name: NodeValue(value=layer.f1) for name, layer in sorted(layers.items()) if layer.f1 is not None
    }
    stops = (ColourStop(stop=0.0, bg_color=WORST), ColourStop(stop=1.0, bg_color=BEST))
    return {GRAPH: NodeData(name="spike F1, float against chip", results=values, gradient=stops)}


def _head(report: Report) -> dict[str, str]:
    return {
        "target": report.target,
        "read as": f"{report.dialect.name}, dt {report.dialect.dt_seconds:g} s",
        "configuration SHA-256": report.configuration_sha256,
        "cores": f"{report.resources.cores:,}",
        "placement": "identical" if report.verdicts.placement.identical else "DIFFERENT",
    }


def _node(report: Report, node: Node) -> ExplorerNode:
    fidelity = report.verdicts.fidelity
    layer = None if fidelity is None else fidelity.layers.get(node.name)
    attrs = {"kind": node.kind, "shape": " x ".join(map(str, node.shape)) or "one"}
    if node.cores:
        attrs["cores"] = ", ".join(map(str, node.cores))
    if layer is not None:
        attrs |= {"F1": number(layer.f1), "sites equal": number(layer.agreement)}
        if layer.rate_distance is not None:
            attrs["earth mover's distance of rates"] = f"{layer.rate_distance:.3g} spikes a step"
    sent = {
        f"to {edge.post}": f"{edge.spikes:.4g} spikes a step, {edge.synapses:,} synapses"
        for edge in report.network.edges
        if edge.pre == node.name and edge.spikes is not None
    }
    return ExplorerNode(
        id=node.name,
        label=node.name,
        namespace=NAMESPACES[node.kind],
        attrs=_listed(attrs),
        outputs_metadata=(Port(id="0", attrs=_listed(sent)),) if sent else (),
    )


def _listed(attrs: Mapping[str, str]) -> tuple[Attribute, ...]:
    return tuple(Attribute(key=key, value=value) for key, value in attrs.items())
