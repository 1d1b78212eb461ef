"""Finds the nodes that the edges of a graph name, also where an exporter flattened or nested a part of it and left
the names of its edges as they were.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...sim.diagnostic import Diagnostic, error, warning
from ...sim.nir.path import shown, stored_at
from ...sim.nir.raw_graph import RawGraph, RawNode

Edge = tuple[str, str]
End = tuple[str, str]
"""A name in an edge, and the kind of port that an edge meets there: `Input` at its target, `Output` at its source."""
PORT_KINDS = frozenset({"Input", "Output"})
NAMED_AT_MOST = 20
LONGEST_NAME = 256
"""Characters of a name that is looked for inside others."""


@dataclass(frozen=True, kw_only=True)
class EdgeNames:
    """edges: each end the name of a node, or the path of one inside a subgraph (`lif1/lif`). wires: Input and Output
    nodes of this graph that are ports of a part which an exporter flattened into it, not of the graph."""

    edges: tuple[Edge, ...]
    wires: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()


def node_at(raw: RawGraph, end: str) -> RawNode:
    """The node that an end of `EdgeNames.edges` names."""
    if end in raw.nodes:  # of graphs in memory, names may hold a slash
        return raw.nodes[end]
    head, _, rest = end.partition("/")
    inner = raw.nodes[head].graph
    return raw.nodes[head] if inner is None else node_at(inner, rest)


def edge_names(raw: RawGraph, path: str) -> EdgeNames:
    """Find the nodes that the edges of one graph mean. path: of the graph, "" for the root.

    Names that are no node are read where there is one meaning, each with the warning SPK0205; the others are errors
    (SPK0201), and their edges are left out."""
    named = {name for edge in raw.edges for name in edge}
    missing = sorted(named - set(raw.nodes))
    joints = _joints(raw)
    told = [_joined(name, raw, path) for name in sorted(joints)]
    if not missing:
        return EdgeNames(edges=raw.edges, wires=joints, diagnostics=tuple(told))
    index = _index(raw, missing)
    roles = _roles(raw, missing)
    found = {
        (name, kind): _meanings(raw, path, index, name, kind) for name in missing for kind in roles[name]
    }
    unclear = {
        name: sorted({node for kind in roles[name] for node in found[name, kind]})
        for name in missing
        if any(len(found[name, kind]) != 1 for kind in roles[name])
    }
    meant = {end: nodes[0] for end, nodes in found.items() if end[0] not in unclear}
    diagnostics = told + [_read_as(name, meant, path) for name in missing if name not in unclear]
    unknown = [name for name, nodes in unclear.items() if not nodes]
    spare = sorted(set(raw.nodes) - named - set(meant.values()))
    if len(unknown) == len(spare) == 1 and difflib.get_close_matches(unknown[0][:64], spare):
        meant |= {(unknown[0], kind): spare[0] for kind in roles[unknown[0]]}
        diagnostics.append(_nearest(unknown[0], spare[0], path))
        del unclear[unknown[0]]
    wires = {node for (_, kind), node in meant.items() if node in raw.nodes and raw.nodes[node].kind == kind}
    return EdgeNames(
        edges=tuple(
            (meant.get((pre, "Output"), pre), meant.get((post, "Input"), post))
            for pre, post in raw.edges
            if pre not in unclear and post not in unclear
        ),
        wires=joints | wires,
        diagnostics=(*diagnostics, *_errors(raw, path, spare, unclear)),
    )


def _joints(raw: RawGraph) -> frozenset[str]:
    """Nodes `x.y` of kind Input that an edge enters, or of kind Output that one leaves: no ports of the graph."""
    into, out_of = {post for _, post in raw.edges}, {pre for pre, _ in raw.edges}
    used = (("Input", into), ("Output", out_of))
    return frozenset(
        name
        for kind, ends in used
        for name in ends & set(raw.nodes)
        if raw.nodes[name].kind == kind and _cuts(name, ".")
    )


def _joined(name: str, raw: RawGraph, path: str) -> Diagnostic:
    kind = raw.nodes[name].kind
    done = "an edge enters it" if kind == "Input" else "an edge leaves it"
    part = shown(name.rpartition(".")[0])
    message = f"`{shown(name)}` is no {kind} of this graph, since {done}: it is read as the {kind} of its part `{part}`"
    return warning("SPK0205", message, where=stored_at(path, "edges"))


def _roles(raw: RawGraph, missing: Sequence[str]) -> dict[str, list[str]]:
    """Missing name -> the kinds of port that edges meet there, sorted."""
    into, out_of = {post for _, post in raw.edges}, {pre for pre, _ in raw.edges}
    return {
        name: [kind for kind, used in (("Input", into), ("Output", out_of)) if name in used]
        for name in missing
    }


@dataclass(frozen=True, kw_only=True)
class _Index:
    """Nodes by what their names begin with before a dot, and end with behind one, for names that are no node; and the
    edges between nodes."""

    members: Mapping[str, list[str]]
    endings: Mapping[str, list[str]]
    before: Mapping[str, set[str]]
    after: Mapping[str, set[str]]


def _index(raw: RawGraph, missing: Sequence[str]) -> _Index:
    asked = set(missing)
    members: dict[str, list[str]] = defaultdict(list)
    endings: dict[str, list[str]] = defaultdict(list)
    for name in sorted(raw.nodes):
        for k in _cuts(name, "."):
            if name[:k] in asked:
                members[name[:k]].append(name)
            if name[k + 1 :] in asked:
                endings[name[k + 1 :]].append(name)
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    for pre, post in raw.edges:
        before[post].add(pre)
        after[pre].add(post)
    return _Index(members=members, endings=endings, before=before, after=after)


def _cuts(name: str, marks: str) -> list[int]:
    """Where a name can be cut in two, both of them not empty; nowhere in one that nobody would write."""
    return [k for k in range(1, len(name) - 1) if name[k] in marks] if len(name) <= LONGEST_NAME else []


def _meanings(raw: RawGraph, path: str, index: _Index, name: str, kind: str) -> list[str]:
    """What a name that is no node can mean, as the end of an edge into it (`Input`) or out of it (`Output`)."""
    own = f"{path.rpartition('/')[2]}."
    inner = name.removeprefix(own)
    found = [*_of_flattened(raw, index, name, kind), *_inside(raw, name), *index.endings.get(name, ())]
    if path and name.startswith(own) and inner in raw.nodes:
        found.append(inner)
    return sorted(set(found))


def _of_flattened(raw: RawGraph, index: _Index, name: str, kind: str) -> list[str]:
    """Of nodes `name.x`, which an exporter made of a subgraph `name`: its ports of that kind; the one called so;
    those that no other of them feeds (that feed no other); or any."""
    members = index.members.get(name, [])
    ports = [member for member in members if raw.nodes[member].kind == kind]
    called = [member for member in members if member == f"{name}.{kind.lower()}"]
    others, inside = (index.before if kind == "Input" else index.after), set(members)
    doors = [member for member in members if not others.get(member, set()) & inside]
    return ports or called or doors or members


def _inside(raw: RawGraph, name: str) -> list[str]:
    """The path of node `x` in subgraph `sub` for a name `sub.x` or `sub/x`."""
    found: list[str] = []
    for k in _cuts(name, "./"):
        node, rest = raw.nodes.get(name[:k]), name[k + 1 :]
        if node is not None and node.graph is not None:
            ends = [rest] if rest in node.graph.nodes else _inside(node.graph, rest)
            found += [f"{name[:k]}/{end}" for end in ends]
    return found


def _read_as(name: str, meant: Mapping[End, str], path: str) -> Diagnostic:
    into, out_of = meant.get((name, "Input")), meant.get((name, "Output"))
    if into == out_of or into is None or out_of is None:
        text = f"its edges are read as edges of `{shown(into or out_of or '')}`"
    else:
        text = f"edges into it are read as edges into `{shown(into)}`, those out of it as out of `{shown(out_of)}`"
    reason = (
        "an exporter that flattens or nests a graph leaves such names, and this one can mean nothing else"
    )
    message = f"`{shown(name)}` is not a node: {text}"
    return warning("SPK0205", message, where=stored_at(path, "edges"), reason=reason)


def _nearest(name: str, spare: str, path: str) -> Diagnostic:
    """The subgraph files published with NIR's paper name an edge end `lif` where the node is `lif1`. When one
    node of the graph has no edge at all and its name is near, no other reading makes a network."""
    message = f"`{shown(name)}` is not a node: its edges are read as edges of `{shown(spare)}`"
    reason = "it is the only node without an edge, and its name is near"
    return warning("SPK0205", message, where=stored_at(path, "edges"), reason=reason)


def _errors(
    raw: RawGraph, path: str, spare: Sequence[str], unclear: Mapping[str, Sequence[str]]
) -> list[Diagnostic]:
    """One error for each name that is no node. unclear: with the nodes that it can mean."""
    first = {name: edge for edge in reversed(raw.edges) for name in edge}
    diagnostics: list[Diagnostic] = []
    for name, ends in list(sorted(unclear.items()))[:NAMED_AT_MOST]:
        near = difflib.get_close_matches(name[:64], raw.nodes, n=3) or spare[:3]
        pre, post = (shown(end) for end in first[name])
        found = error(
            "SPK0201",
            f"edge {pre} -> {post} names `{shown(name)}`, which is not a node",
            where=stored_at(path, "edges"),
            hint=f"did you mean {', '.join(f'`{shown(n)}`' for n in near)}?" if near else "",
        )
        if ends:
            seen = ", ".join(f"`{shown(end)}` ({node_at(raw, end).kind})" for end in ends[:NAMED_AT_MOST])
            found = replace(
                found, facts=(("seen", f"it can mean {seen}"),), hint="name the one that is meant"
            )
        diagnostics.append(found)
    if len(unclear) > NAMED_AT_MOST:
        message = f"{len(unclear) - NAMED_AT_MOST} more names in the edges are not nodes"
        diagnostics.append(error("SPK0201", message, where=stored_at(path, "edges")))
    return diagnostics
