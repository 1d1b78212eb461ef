"""Writes a reading as the options that give it: a preset's name, a time step, and what differs from the preset."""

from __future__ import annotations

from dataclasses import asdict

from ...sim.dialect.dialect import FIELDS, Dialect, names, preset
from ...sim.dialect.families import KINDS, family_of
from ...sim.nir.raw_graph import RawGraph

LITERAL = "nir.euler"
OF_OTHERS = frozenset({"flatten"})
"""Fields that count for nodes that are no neurons."""


def reading_options(dialect: Dialect, graph: RawGraph) -> tuple[str, dict[str, object]]:
    """A preset and the options that make it the reading of every node of a graph: fields that all neurons share by
    their name, others as `<NIR path>.<field>`.

    The preset is the one that the reading began as; the literal equations for one that is none's, and where a field to
    be told has the name of an option that the preset's framework means otherwise."""
    first = dialect.name.split(" ")[0]
    begun = first if first in names() else LITERAL
    options = _options(dialect, graph, begun)
    family = family_of(begun)
    if family is not None and {key.rpartition(".")[2] for key in options} & set(family.options):
        return LITERAL, _options(dialect, graph, LITERAL)
    return begun, options


def _options(dialect: Dialect, graph: RawGraph, name: str) -> dict[str, object]:
    base = preset(name, dt_seconds=dialect.dt_seconds, graph=graph)
    kinds = {path: node.kind for path, node in graph.walk() if node.graph is None}
    differs: dict[str, dict[str, object]] = {}
    for path, kind in sorted(kinds.items()):
        wanted, given = asdict(dialect.for_node(path, kind)), asdict(base.for_node(path, kind))
        counts = FIELDS if kind in KINDS else OF_OTHERS
        differs[path] = {key: wanted[key] for key in sorted(counts) if wanted[key] != given[key]}
    neurons = [differs[path] for path, kind in kinds.items() if kind in KINDS]
    shared = {
        key: value
        for key, value in (neurons[0] if neurons else {}).items()
        if key not in OF_OTHERS and all(key in mine and mine[key] == value for mine in neurons)
    }
    options = dict(shared)
    if dialect.default.sub_edge != base.default.sub_edge:
        options["sub_edge"] = dialect.default.sub_edge
    for path, fields in differs.items():
        options |= {f"{path}.{key}": value for key, value in fields.items() if key not in shared}
    return {key: options[key] for key in sorted(options)}
