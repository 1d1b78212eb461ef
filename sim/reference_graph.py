"""The reference's own view of a file: nesting dissolved, cycles found, an order to evaluate in.

Written apart from the compiler's passes on purpose: a lost edge in either shows up when both are compared.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .diagnostic import Diagnostic, error, raise_errors
from .rawgraph import RawGraph, RawNode

STATEFUL = frozenset({"I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"})
PORTS = frozenset({"Input", "Output"})


@dataclass(frozen=True, kw_only=True)
class FlatRaw:
    """A graph without nesting. nodes: NIR path -> node, the ports of subgraphs among them as identities.

    edges: (source path, target path), duplicates kept, sorted. inputs, outputs: paths of the root's ports.
    components: strongly connected sets of paths (sorted by name), sources before targets.
    """

    nodes: Mapping[str, RawNode]
    edges: tuple[tuple[str, str], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    components: tuple[tuple[str, ...], ...]

    def sources(self, path: str) -> tuple[str, ...]:
        """Where the edges into `path` come from, once for every edge."""
        return tuple(source for source, target in self.edges if target == path)

    def on_cycle(self, path: str) -> bool:
        """Whether `path` can be reached from itself."""
        members = next(members for members in self.components if path in members)
        return len(members) > 1 or (path, path) in self.edges


def flatten(graph: RawGraph, reads_as_spyx: Callable[[str], bool] | None = None) -> FlatRaw:
    """Dissolve subgraphs. reads_as_spyx(path of a subgraph): whether its edge input -> w_rec means
    input -> neuron (Spyx 1.0 writes recurrent layers so).

    Raises DiagnosticError: SPK0280 an edge to a node that is not there, SPK0281 an edge that meets a subgraph
    whose port is missing or not unique."""
    found: list[Diagnostic] = []
    nodes: dict[str, RawNode] = {}
    edges: list[tuple[str, str]] = []
    pending: list[tuple[str, RawGraph]] = [("", graph)]
    while pending:
        prefix, level = pending.pop()
        for name in sorted(level.nodes):
            node = level.nodes[name]
            if node.graph is None:
                nodes[prefix + name] = node
            else:
                pending.append((prefix + name + "/", node.graph))
        spyx = bool(prefix) and reads_as_spyx is not None and reads_as_spyx(prefix[:-1])
        for source, target in _spyx_edges(level) if spyx else level.edges:
            start = _port(level, prefix, source, "Output", found)
            stop = _port(level, prefix, target, "Input", found)
            if start is not None and stop is not None:
                edges.append((start, stop))
    raise_errors(found)
    return FlatRaw(
        nodes={path: nodes[path] for path in sorted(nodes)},
        edges=tuple(sorted(edges)),
        inputs=tuple(name for name in sorted(graph.nodes) if graph.nodes[name].kind == "Input"),
        outputs=tuple(name for name in sorted(graph.nodes) if graph.nodes[name].kind == "Output"),
        components=_components(sorted(nodes), sorted(set(edges))),
    )


def _port(level: RawGraph, prefix: str, name: str, port: str, found: list[Diagnostic]) -> str | None:
    """The node where an edge really ends: `name` itself, or the only port of that kind inside it."""
    while True:
        node = level.nodes.get(name)
        if node is None:
            message = f"an edge names the node `{name}`, which is not there"
            hint = "nodes: " + ", ".join(sorted(level.nodes))
            found.append(error("SPK0280", message, where=prefix.rstrip("/"), hint=hint))
            return None
        if node.graph is None:
            return prefix + name
        ports = [inner for inner in sorted(node.graph.nodes) if node.graph.nodes[inner].kind == port]
        if len(ports) != 1:
            message = f"an edge meets the subgraph `{name}`, which has {len(ports)} {port} nodes; 1 is needed"
            found.append(error("SPK0281", message, where=prefix + name))
            return None
        level, prefix, name = node.graph, prefix + name + "/", ports[0]


def _spyx_edges(level: RawGraph) -> tuple[tuple[str, str], ...]:
    """Edges with Input -> w_rec replaced by Input -> neuron, in a graph of just that shape."""
    edges = set(level.edges)
    swapped: dict[tuple[str, str], tuple[str, str]] = {}
    for source, target in sorted(edges):
        if level.nodes[source].kind != "Input" or level.nodes[target].kind not in ("Linear", "Affine"):
            continue
        loops = [n for a, n in sorted(edges) if a == target and (n, target) in edges]
        neurons = [n for n in loops if level.nodes[n].kind in STATEFUL and (source, n) not in edges]
        if len(neurons) == 1:
            swapped[source, target] = (source, neurons[0])
    return tuple(swapped.get(edge, edge) for edge in level.edges)


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
    links = sorted({(label[a], label[b]) for a, b in edges if label[a] != label[b]})
    waiting = {root: sum(1 for _, b in links if b == root) for root in groups}
    ready = [(groups[root][0], root) for root in groups if waiting[root] == 0]
    heapq.heapify(ready)
    order: list[tuple[str, ...]] = []
    while ready:
        _, root = heapq.heappop(ready)
        order.append(tuple(groups[root]))
        for _, other in (link for link in links if link[0] == root):
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
