"""Fuses Threshold nodes with the neuron before them: LI/I + Threshold is a neuron without reset; others are dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...sim.diagnostic import Diagnostic, note
from ...sim.nir.path import stored_at
from ..ir.network import FlatGraph

if TYPE_CHECKING:
    import networkx as nx

INTEGRATORS = frozenset({"I", "LI", "CubaLI"})
EMITS_SPIKES = frozenset({"IF", "LIF", "CubaLIF"})


def fuse_threshold(flat: FlatGraph) -> tuple[FlatGraph, list[Diagnostic]]:
    """Fuse the Threshold nodes of a graph.

    A fused integrator carries the parameters `threshold` and `threshold_path`; edges leave from it."""
    graph = flat.graph.copy()
    diagnostics: list[Diagnostic] = []
    for path in list(graph.nodes):
        node = graph.nodes[path]["node"]
        sources = list(graph.predecessors(path))
        if node.kind != "Threshold" or len(sources) != 1 or graph.edges[sources[0], path]["count"] != 1:
            continue
        source = graph.nodes[sources[0]]["node"]
        theta = np.asarray(node.params["threshold"], dtype=np.float64)
        if source.kind in EMITS_SPIKES and bool(((theta >= 0) & (theta < 1)).all()):
            _bypass(graph, sources[0], path)
            diagnostics.append(
                note("SPK1001", "this Threshold sees spikes: it changes nothing", where=stored_at(path))
            )
        elif source.kind in INTEGRATORS and graph.out_degree(sources[0]) == 1:
            fused = {**source.params, "threshold": theta, "threshold_path": path}
            graph.nodes[sources[0]]["node"] = replace(source, params=fused)
            _bypass(graph, sources[0], path)
    return replace(flat, graph=graph), diagnostics


def _bypass(graph: nx.DiGraph, source: str, path: str) -> None:
    for target in sorted(graph.successors(path)):
        count = graph.edges[path, target]["count"]
        before = graph.edges[source, target]["count"] if graph.has_edge(source, target) else 0
        graph.add_edge(source, target, count=count + before)
    graph.remove_node(path)
