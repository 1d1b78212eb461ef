"""Turns dialect options as a user writes them into options for everywhere and options for single nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..diagnostic import Diagnostic, error
from ..near_names import hint_of

if TYPE_CHECKING:
    from ..nir.raw_graph import RawGraph

SPIKING = frozenset({"IF", "LIF", "CubaLIF", "Threshold"})


def split_options(
    options: Mapping[str, object],
) -> tuple[dict[str, object], dict[str, dict[str, object]]]:
    """Split options into those for everywhere and, by NIR path, those written as `<NIR path>.<key>` (keys have no
    dot)."""
    everywhere: dict[str, object] = {}
    single: dict[str, dict[str, object]] = {}
    for written in sorted(options):
        path, dot, key = written.rpartition(".")
        if dot:
            single.setdefault(path, {})[key] = options[written]
        else:
            everywhere[key] = options[written]
    return everywhere, single


def per_node_options(
    everywhere: Mapping[str, object], single: Mapping[str, Mapping[str, object]], graph: RawGraph | None
) -> tuple[list[Diagnostic], dict[str, dict[str, object]]]:
    """Options by NIR path: lists dealt out to the spiking layers in graph order, then `single` on top.

    Returns the faults (SPK0305) and the options by path."""
    lists = {key: value for key, value in everywhere.items() if isinstance(value, list | tuple)}
    dealt: dict[str, dict[str, object]] = {}
    if not lists and not single:
        return [], dealt
    if graph is None:
        which = ", ".join([*sorted(lists), *sorted(single)])
        return [error("SPK0305", f"options for single nodes need the graph: {which}")], dealt
    diagnostics: list[Diagnostic] = []
    layers = spiking_layers(graph) if lists else ()
    for key, values in sorted(lists.items()):
        if len(values) != len(layers):
            message = f"option `{key}` lists {len(values)} values for {len(layers)} spiking layers"
            diagnostics.append(
                error("SPK0305", message, hint="spiking layers in order: " + ", ".join(layers))
            )
            continue
        for path, value in zip(layers, values, strict=True):
            dealt.setdefault(path, {})[key] = value
    known = [path for path, node in graph.walk() if node.graph is None]
    for path in sorted(single):
        if path not in known:
            hint = hint_of(path, known, "nodes")
            diagnostics.append(
                error("SPK0305", f"an option names the node `{path}`, which is not there", hint=hint)
            )
        dealt[path] = {**dealt.get(path, {}), **single[path]}
    return diagnostics, dealt


def spiking_layers(graph: RawGraph) -> tuple[str, ...]:
    """List the NIR paths of the spiking nodes, sources before targets, equals by name."""
    from ..reference.graph import flatten

    flat = flatten(graph)
    return tuple(path for members in flat.components for path in members if flat.nodes[path].kind in SPIKING)
