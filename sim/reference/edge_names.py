"""What the edges of one graph name, where an exporter has renamed nodes without them.

Written apart from the compiler's reading on purpose: a name that either takes for another node shows up when both are
compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from ..diagnostic import Diagnostic, error
from ..nir.path import shown, stored_at
from ..nir.raw_graph import RawGraph, RawNode

ROLES = ("Output", "Input")
"""The kind of port that the source and the target of an edge leave and enter a part of a graph by."""
MOST_CHARACTERS = 256
End = tuple[str, str]
"""A name, and one of ROLES."""


@dataclass(frozen=True, kw_only=True)
class ReadNames:
    """edges: (source, target), names of nodes or, with `/`, of nodes inside them. joints: Input and Output nodes that
    only pass on what edges bring to a part of the graph."""

    edges: list[tuple[str, str]]
    joints: frozenset[str]


def node_of(level: RawGraph, name: str) -> RawNode:
    """The node of a name, or, with `/`, one inside it."""
    if name in level.nodes:  # a graph in memory may use the slash in names
        return level.nodes[name]
    first, *inner = name.split("/")
    node = level.nodes[first]
    for part in inner:
        node = node.graph.nodes[part] if node.graph is not None else node
    return node


def read_names(level: RawGraph, prefix: str, diagnostics: list[Diagnostic]) -> ReadNames:
    """The edges of one graph, whose names begin with `prefix`, by the nodes that they mean.

    A name that is no node is taken for the one node that it can mean. Else SPK0280 goes to `diagnostics`."""
    used = sorted({(name, role) for edge in level.edges for name, role in zip(edge, ROLES, strict=True)})
    wrong = [key for key in used if key[0] not in level.nodes]
    passed = [name for name, role in used if _passes_on(level, name, role)]
    if not wrong:
        return ReadNames(edges=list(level.edges), joints=frozenset(passed))
    dotted = _by_part(level, {name for name, _ in wrong})
    beside = _neighbours(level)
    fits = {key: _fitting(level, prefix, dotted, beside, *key) for key in wrong}
    lost = {name for name, role in wrong if len(fits[name, role]) != 1}
    taken = {key: fits[key][0] for key in wrong if key[0] not in lost}
    hopeless = sorted(lost - {name for name, role in wrong if fits[name, role]})
    loose = sorted(set(level.nodes) - {name for name, _ in used} - set(taken.values()))
    if len(hopeless) == len(loose) == 1 and get_close_matches(hopeless[0][:64], loose):
        # Recurrent files published with NIR's paper are so.
        taken |= {key: loose[0] for key in wrong if key[0] == hopeless[0]}
        lost -= {hopeless[0]}
    for name in sorted(lost):
        message = f"an edge names the node `{shown(name)}`, which is not there"
        diagnostics.append(error("SPK0280", message, where=stored_at(prefix)))
    known = [edge for edge in level.edges if not lost.intersection(edge)]
    joints = [end for (_, role), end in taken.items() if "/" not in end and level.nodes[end].kind == role]
    return ReadNames(
        edges=[(taken.get((a, ROLES[0]), a), taken.get((b, ROLES[1]), b)) for a, b in known],
        joints=frozenset([*joints, *passed]),
    )


def _passes_on(level: RawGraph, name: str, role: str) -> bool:
    """Whether it is an Input with an edge into it, or an Output with one out of it, of a part `x` by its name `x.y`."""
    dotted = len(name) <= MOST_CHARACTERS and "." in name[1:-1]
    return dotted and name in level.nodes and level.nodes[name].kind == role


def _by_part(level: RawGraph, wanted: set[str]) -> dict[tuple[str, bool], list[str]]:
    """(part of a name, whether it is its beginning) -> the nodes whose names have it before or behind a dot."""
    found: dict[tuple[str, bool], list[str]] = {}
    for name in sorted(level.nodes):
        pieces = name.split(".") if len(name) <= MOST_CHARACTERS else []
        for k in range(1, len(pieces)):
            for part, begins in ((".".join(pieces[:k]), True), (".".join(pieces[k:]), False)):
                if part in wanted:
                    found.setdefault((part, begins), []).append(name)
    return found


def _fitting(
    level: RawGraph,
    prefix: str,
    dotted: Mapping[tuple[str, bool], list[str]],
    beside: Mapping[End, set[str]],
    name: str,
    role: str,
) -> list[str]:
    """All nodes that a name can mean as source (`Output`) or target (`Input`) of an edge."""
    found = {*_door(level, dotted.get((name, True), []), beside, name, role), *dotted.get((name, False), [])}
    if len(name) <= MOST_CHARACTERS:
        found |= _within(level, name)
    above = prefix.rstrip("/").split("/")[-1]
    if above and name.startswith(above + ".") and name[len(above) + 1 :] in level.nodes:
        found.add(name[len(above) + 1 :])
    return sorted(found)


def _door(
    level: RawGraph, part: list[str], beside: Mapping[End, set[str]], name: str, role: str
) -> list[str]:
    """Where edges meet a part of the graph whose nodes are called `name.x`: its port, else the node called so, else
    each that no edge of the part itself leads to (or from), else any."""
    ports = [node for node in part if level.nodes[node].kind == role]
    called = [node for node in part if node == f"{name}.{role.lower()}"]
    members = set(part)
    return ports or called or [node for node in part if not beside.get((node, role), set()) & members] or part


def _neighbours(level: RawGraph) -> dict[End, set[str]]:
    """(node, `Input`) -> what leads to it; (node, `Output`) -> what it leads to."""
    found: dict[End, set[str]] = {}
    for a, b in level.edges:
        found.setdefault((b, "Input"), set()).add(a)
        found.setdefault((a, "Output"), set()).add(b)
    return found


def _within(level: RawGraph, name: str) -> set[str]:
    """Paths `sub/x` that `sub.x` or `sub/x` can mean, at any depth."""
    found: set[str] = set()
    for k, mark in enumerate(name):
        node = level.nodes.get(name[:k]) if mark in "./" else None
        if node is not None and node.graph is not None:
            rest = name[k + 1 :]
            inside = {rest} if rest in node.graph.nodes else _within(node.graph, rest)
            found |= {f"{name[:k]}/{end}" for end in inside}
    return found
