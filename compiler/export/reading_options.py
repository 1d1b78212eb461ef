"""Writes a reading as the options that give it: a preset's name, a time step, and what differs from the preset."""

from __future__ import annotations

from dataclasses import asdict

from ...sim.dialect.dialect import FIELDS, Dialect, names, preset
from ...sim.dialect.families import KINDS
from ...sim.nir.raw_graph import RawGraph


def preset_of(dialect: Dialect) -> str:
    """The preset that a reading began as; the literal equations for one that is none's."""
    first = dialect.name.split(" ")[0]
    return first if first in names() else "nir.euler"


def reading_options(dialect: Dialect, graph: RawGraph) -> dict[str, object]:
    """The options that make the preset the reading of every node of a graph: fields that all neurons share by their
    name, others as `<NIR path>.<field>`."""
    base = preset(preset_of(dialect), dt_seconds=dialect.dt_seconds, graph=graph)
    kinds = {path: node.kind for path, node in graph.walk() if node.graph is None}
    differs: dict[str, dict[str, object]] = {}
    for path, kind in sorted(kinds.items()):
        wanted, given = asdict(dialect.for_node(path, kind)), asdict(base.for_node(path, kind))
        differs[path] = {name: wanted[name] for name in FIELDS if wanted[name] != given[name]}
    neurons = [path for path, kind in kinds.items() if kind in KINDS]
    shared = {
        name: differs[neurons[0]][name]
        for name in FIELDS
        if neurons
        and name in differs[neurons[0]]
        and all(name in differs[p] and differs[p][name] == differs[neurons[0]][name] for p in neurons)
        and all(name in differs[p] or p in neurons or name not in _OF_OTHERS for p in differs)
    }
    options = dict(shared)
    for path, fields in differs.items():
        counts = fields if path in neurons else {k: v for k, v in fields.items() if k in _OF_OTHERS}
        options |= {f"{path}.{k}": v for k, v in counts.items() if k not in shared}
    return {key: options[key] for key in sorted(options)}


_OF_OTHERS = frozenset({"flatten"})
"""Fields that count for nodes that are no neurons."""
