"""Flattens a nested file into one graph of primitives."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...sim.diagnostic import Diagnostic, error, note, warning
from ...sim.nir.path import shown, stored_at
from ...sim.nir.raw_graph import RawGraph, RawNode
from ..ir.network import STATEFUL_KINDS, FlatGraph, FlatNode
from .edge_names import PORT_KINDS, edge_names, node_at

if TYPE_CHECKING:
    from ...sim.dialect.dialect import Dialect


@dataclass(kw_only=True)
class _Flat:
    """Primitives, ports of subgraphs (to be joined away) and edges with their counts, all by path."""

    dialect: Dialect | None
    nodes: dict[str, FlatNode] = field(default_factory=dict)
    ports: set[str] = field(default_factory=set)
    edges: Counter[tuple[str, str]] = field(default_factory=Counter)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def flatten(raw: RawGraph, dialect: Dialect | None = None) -> tuple[FlatGraph, list[Diagnostic]]:
    """Flatten a graph. `raw` without its nesting, parameters as stored, shapes not yet known.

    dialect: consulted for `sub_edge` only. Findings: SPK0201-0209 and SPK0220; the graph is complete when none of
    them is an error."""
    flat = _Flat(dialect=dialect)
    _add_members(raw, "", flat)
    _join_ports(flat)
    outputs = _outputs(flat)
    inputs = tuple(sorted(path for path, node in flat.nodes.items() if node.kind == "Input"))
    if not flat.nodes:
        flat.diagnostics.append(error("SPK0203", "the graph has no nodes", where="/node"))
    elif not inputs:
        flat.diagnostics.append(
            error("SPK0220", "the graph has no Input node", where="/node", hint="add a nir.Input")
        )
    graph = FlatGraph(
        members={path: flat.nodes[path] for path in sorted(flat.nodes)},
        counts={edge: n for edge, n in sorted(flat.edges.items()) if flat.nodes.keys() >= set(edge)},
        inputs=inputs,
        outputs=outputs,
    )
    _check_root_ports(graph, flat)
    return graph, flat.diagnostics


def _add_members(raw: RawGraph, path: str, flat: _Flat) -> None:
    """Add the nodes and edges of the graph at `path` ("" is the root) and of those inside it."""
    prefix = path + "/" if path else ""
    names = edge_names(raw, path)
    flat.diagnostics += names.diagnostics
    for name in sorted(raw.nodes):
        node = raw.nodes[name]
        if node.graph is not None:
            _add_members(node.graph, prefix + name, flat)
        elif (path and node.kind in PORT_KINDS) or name in names.wires:
            flat.ports.add(prefix + name)
        else:
            flat.nodes[prefix + name] = FlatNode(path=prefix + name, kind=node.kind, params=node.params)
    edges = _read_edges(list(names.edges), raw, path, flat)
    for (pre, post), count in sorted(Counter(edges).items()):
        if count > 1:
            message = (
                f"edge {shown(pre)} -> {shown(post)} is listed {count} times: its input counts {count} times"
            )
            flat.diagnostics.append(note("SPK0202", message, where=stored_at(path, "edges")))
        for source in _ends(node_at(raw, pre), prefix + pre, "Output", flat):
            for target in _ends(node_at(raw, post), prefix + post, "Input", flat):
                flat.edges[source, target] += count


def _read_edges(edges: list[tuple[str, str]], raw: RawGraph, path: str, flat: _Flat) -> list[tuple[str, str]]:
    """`edges` as the dialect reads them: Spyx writes the input of a recurrent subgraph to `w_rec`, where its
    own importer and runtime take it to the neuron."""
    if flat.dialect is None or not path or flat.dialect.for_node(path, "NIRGraph").sub_edge != "spyx":
        return edges
    parts = _recurrent_parts(raw.nodes)
    if parts is None or (parts["Input"], parts["weights"]) not in edges:
        return edges
    source, weights, neuron = parts["Input"], parts["weights"], parts["neuron"]
    message = f"edge {shown(source)} -> {shown(weights)} is read as {shown(source)} -> {shown(neuron)}"
    flat.diagnostics.append(
        note("SPK0204", message, where=stored_at(path, "edges"), reason="dialect option sub_edge")
    )
    return [(source, neuron) if edge == (source, weights) else edge for edge in edges]


def _recurrent_parts(nodes: Mapping[str, RawNode]) -> dict[str, str] | None:
    """Names by role when the nodes are one Input, one Output, one neuron and one weight matrix."""
    roles: dict[str, str] = {}
    for name, node in nodes.items():
        role = "neuron" if node.kind in STATEFUL_KINDS else node.kind
        roles["weights" if role in {"Linear", "Affine"} else role] = name
    complete = set(roles) == {"Input", "Output", "neuron", "weights"} and len(nodes) == 4
    return roles if complete else None


def _ends(node: RawNode, path: str, port: str, flat: _Flat) -> list[str]:
    """The primitives or ports that an edge's end at `path` stands for."""
    if node.graph is None:
        return [path]
    wires = edge_names(node.graph, path).wires
    inner = {name: member for name, member in sorted(node.graph.nodes.items()) if name not in wires}
    ports = [f"{path}/{name}" for name, member in inner.items() if member.kind == port]
    if not ports:
        what = "enters" if port == "Input" else "leaves"
        message = f"an edge {what} this subgraph, which has no {port} node"
        flat.diagnostics.append(
            error("SPK0207", message, where=stored_at(path), hint=f"add a nir.{port} to it")
        )
    if len(ports) > 1:
        names = ", ".join(shown(name.rsplit("/", 1)[-1]) for name in ports)
        what = "enters all of them" if port == "Input" else "carries the sum of them"
        message = f"an edge of this subgraph does not say which {port} it means ({names}): it {what}"
        flat.diagnostics.append(warning("SPK0208", message, where=stored_at(path)))
    return ports


def _join_ports(flat: _Flat) -> None:
    """Replace each port by edges from all that enters it to all that it enters, counts multiplied."""
    into: dict[str, Counter[str]] = defaultdict(Counter)
    out: dict[str, Counter[str]] = defaultdict(Counter)
    for (pre, post), count in flat.edges.items():
        out[pre][post] = into[post][pre] = count
    for port in sorted(flat.ports):
        sources, targets = into.pop(port, Counter()), out.pop(port, Counter())
        if port in sources:
            message = "is a loop of subgraph ports, which holds no neuron: its value is not defined"
            flat.diagnostics.append(error("SPK0209", message, where=stored_at(port)))
        for pre, count in sources.items():
            out[pre].pop(port, None)
            for post in targets:
                out[pre][post] += count * targets[post]
                into[post][pre] = out[pre][post]
        for post in targets:
            into[post].pop(port, None)
    flat.edges = Counter({(pre, post): n for pre, ends in out.items() for post, n in ends.items()})


def _outputs(flat: _Flat) -> tuple[str, ...]:
    """Output nodes of the root; where it has none, one `output_<node>` for each node that leads nowhere."""
    outputs = [path for path, node in flat.nodes.items() if node.kind == "Output"]
    if outputs or not flat.nodes:
        return tuple(sorted(outputs))
    sources = {pre for pre, _ in flat.edges}
    leaves = [path for path in sorted(flat.nodes) if path not in sources and flat.nodes[path].kind != "Input"]
    if not leaves:
        message = "the graph has no Output node, and every node leads to another: nothing would come out"
        flat.diagnostics.append(error("SPK0206", message, where="/node", hint="add a nir.Output"))
        return ()
    for leaf in leaves:
        name = f"output_{leaf}"
        flat.nodes[name] = FlatNode(path=name, kind="Output", params={})
        flat.edges[leaf, name] += 1
        outputs.append(name)
    message = (
        f"the graph has no Output node: {', '.join(map(shown, leaves))} lead nowhere and are its outputs"
    )
    flat.diagnostics.append(
        warning("SPK0206", message, where="/node", hint="add a nir.Output after the node you mean")
    )
    return tuple(sorted(outputs))


def _check_root_ports(graph: FlatGraph, flat: _Flat) -> None:
    for path in graph.inputs:
        if graph.before[path]:
            names = ", ".join(shown(pre) for pre in graph.before[path])
            flat.diagnostics.append(
                error("SPK0207", f"an Input node is fed by {names}", where=stored_at(path))
            )
    for path, node in sorted(flat.nodes.items()):
        if node.kind == "Output" and graph.after[path]:
            names = ", ".join(shown(post) for post in graph.after[path])
            flat.diagnostics.append(error("SPK0207", f"an Output node feeds {names}", where=stored_at(path)))
