"""The reference's own view of a file: nesting dissolved, cycles found, an order to evaluate in.

Written apart from the compiler's passes on purpose: a lost edge in either shows up when both are compared.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ..nir.path import stored_at
from ..nir.raw_graph import RawGraph, RawNode
from .edge_names import node_of, read_names

STATEFUL = frozenset({"I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"})
PORTS = frozenset({"Input", "Output"})
MAX_EDGES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class FlatRaw:
    """A graph without nesting. nodes: NIR path -> node, without the ports of subgraphs: what leads into one leads to
    all behind it, so that the nesting of a file changes nothing.

    edges: (source path, target path), duplicates kept, sorted. inputs, outputs: paths of the root's ports.
    components: strongly connected sets of paths (sorted by name), sources before targets. into: target ->
    its sources, once for every edge, sorted. cyclic: the nodes that can be reached from themselves.
    """

    nodes: Mapping[str, RawNode]
    edges: tuple[tuple[str, str], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    components: tuple[tuple[str, ...], ...]
    into: Mapping[str, tuple[str, ...]]
    cyclic: frozenset[str]


def flatten(graph: RawGraph, reads_as_spyx: Callable[[str], bool] | None = None) -> FlatRaw:
    """Dissolve subgraphs. reads_as_spyx(path of a subgraph): whether its edge input -> w_rec means
    input -> neuron (Spyx 1.0 writes recurrent layers so).

    An edge into a subgraph enters each of its Inputs, one out of it carries the sum of its Outputs. A root
    without Output gets one, `output_<node>`, for each node that leads nowhere.
    Raises DiagnosticError: SPK0280 an edge to a node that is not there, SPK0281 an edge that meets a subgraph
    without the port, SPK0286 ports that lead to each other in a ring, SPK0289 more than MAX_EDGES ways through them."""
    diagnostics: list[Diagnostic] = []
    nodes: dict[str, RawNode] = {}
    edges: list[tuple[str, str]] = []
    joints: set[str] = set()
    pending: list[tuple[str, RawGraph]] = [("", graph)]
    while pending:
        prefix, level = pending.pop()
        for name in sorted(level.nodes):
            node = level.nodes[name]
            if node.graph is None:
                nodes[prefix + name] = node
            else:
                pending.append((prefix + name + "/", node.graph))
        read = read_names(level, prefix, diagnostics)
        meant = read.edges
        joints |= {prefix + name for name in read.joints}
        if prefix and reads_as_spyx is not None and reads_as_spyx(prefix[:-1]):
            meant = _spyx_edges(level, meant)
        for source, target in meant:
            starts = _ends(level, prefix, source, "Output", diagnostics)
            stops = _ends(level, prefix, target, "Input", diagnostics)
            edges += [(start, stop) for start in starts for stop in stops]
    raise_errors(diagnostics)
    ports = joints | {path for path in nodes if "/" in path and nodes[path].kind in PORTS}
    edges = _without_ports(edges, frozenset(ports))
    nodes = {path: node for path, node in nodes.items() if path not in ports}
    outputs = [name for name in _ports(graph, "Output") if name not in joints]
    if not outputs:
        leaves = sorted({path for path in nodes if nodes[path].kind != "Input"} - {a for a, _ in edges})
        outputs = [f"output_{leaf}" for leaf in leaves]
        nodes |= {name: RawNode(kind="Output") for name in outputs}
        edges += list(zip(leaves, outputs, strict=True))
    into: dict[str, list[str]] = {path: [] for path in sorted(nodes)}
    for source, target in sorted(edges):
        into[target].append(source)
    components = _components(sorted(nodes), sorted(set(edges)))
    loops = [group for group in components if len(group) > 1 or any(path in into[path] for path in group)]
    return FlatRaw(
        nodes={path: nodes[path] for path in sorted(nodes)},
        edges=tuple(sorted(edges)),
        inputs=tuple(name for name in _ports(graph, "Input") if name not in joints),
        outputs=tuple(sorted(outputs)),
        components=components,
        into={path: tuple(into[path]) for path in into},
        cyclic=frozenset(path for group in loops for path in group),
    )


def _ports(graph: RawGraph, kind: str) -> list[str]:
    return [name for name in sorted(graph.nodes) if graph.nodes[name].kind == kind]


def _ends(level: RawGraph, prefix: str, name: str, port: str, diagnostics: list[Diagnostic]) -> list[str]:
    """The nodes that an edge's end stands for: `name` itself, or the ports of that kind inside it."""
    inner = node_of(level, name).graph
    if inner is None:
        return [prefix + name]
    joints = read_names(inner, f"{prefix}{name}/", []).joints
    ports = [
        f"{prefix}{name}/{port_name}"
        for port_name in sorted(inner.nodes)
        if inner.nodes[port_name].kind == port and port_name not in joints
    ]
    if not ports:
        message = f"an edge meets this subgraph, which has no {port} node"
        diagnostics.append(error("SPK0281", message, where=stored_at(prefix + name)))
    return ports


def _without_ports(edges: list[tuple[str, str]], ports: frozenset[str]) -> list[tuple[str, str]]:
    """Edges from all that lead into a port to all that it leads to, as often as there are ways."""
    into: dict[str, list[str]] = {}
    for source, target in edges:
        into.setdefault(target, []).append(source)
    known: dict[str, Counter[str]] = {}

    def sources(path: str, behind: tuple[str, ...]) -> Counter[str]:
        if path in behind:
            message = "this port of a subgraph leads back to itself, and no neuron is on the way"
            raise DiagnosticError((error("SPK0286", message, where=stored_at(path)),))
        if path not in known:
            found: Counter[str] = Counter()
            for source in into.get(path, []):
                found.update(sources(source, (*behind, path)) if source in ports else [source])
            known[path] = found
        return known[path]

    ways = {path: sources(path, ()) for path in sorted(into) if path not in ports}
    total = sum(found.total() for found in ways.values())
    if total > MAX_EDGES:
        message = (
            f"there are {total:,} ways through the ports of subgraphs; at most {MAX_EDGES:,} are followed"
        )
        raise DiagnosticError(
            (error("SPK0289", message, hint="let a subgraph have one Input and one Output"),)
        )
    return [(source, path) for path, found in ways.items() for source in found.elements()]


def _spyx_edges(level: RawGraph, written: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Edges with Input -> w_rec replaced by Input -> neuron, in a recurrent layer as Spyx writes it."""
    edges = sorted(edge for edge in set(written) if edge[0] in level.nodes and edge[1] in level.nodes)
    swapped: dict[tuple[str, str], tuple[str, str]] = {}
    for source, target in edges:
        if level.nodes[source].kind != "Input" or level.nodes[target].kind not in ("Linear", "Affine"):
            continue
        loops = [n for a, n in edges if a == target and (n, target) in edges]
        neurons = [n for n in loops if level.nodes[n].kind in STATEFUL and (source, n) not in edges]
        if len(neurons) == 1:
            swapped[source, target] = (source, neurons[0])
    return [swapped.get(edge, edge) for edge in written]


def _components(names: list[str], edges: list[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Strongly connected components in topological order, equals by first name (Kosaraju, then Kahn)."""
    after: dict[str, list[str]] = {name: [] for name in names}
    before: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        after[source].append(target)
        before[target].append(source)
    label: dict[str, str] = {}
    for root in reversed(_postorder(names, after)):
        members = [root] if root not in label else []
        while members:
            name = members.pop()
            if name not in label:
                label[name] = root
                members += [n for n in before[name] if n not in label]
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(label[name], []).append(name)
    links: dict[str, list[str]] = {root: [] for root in groups}
    waiting = dict.fromkeys(groups, 0)
    for source, target in sorted({(label[a], label[b]) for a, b in edges if label[a] != label[b]}):
        links[source].append(target)
        waiting[target] += 1
    ready = [(groups[root][0], root) for root in groups if waiting[root] == 0]
    heapq.heapify(ready)
    order: list[tuple[str, ...]] = []
    while ready:
        _, root = heapq.heappop(ready)
        order.append(tuple(groups[root]))
        for other in links[root]:
            waiting[other] -= 1
            if waiting[other] == 0:
                heapq.heappush(ready, (groups[other][0], other))
    return tuple(order)


def _postorder(names: list[str], after: Mapping[str, list[str]]) -> list[str]:
    done: list[str] = []
    seen: dict[str, bool] = {}
    for root in names:
        stack = [(root, 0)] if root not in seen else []
        seen[root] = True
        while stack:
            name, position = stack.pop()
            if position == len(after[name]):
                done.append(name)
                continue
            stack.append((name, position + 1))
            following = after[name][position]
            if following not in seen:
                seen[following] = True
                stack.append((following, 0))
    return done
