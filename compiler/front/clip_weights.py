"""Cuts off weights of a file at a size: a few large ones would set the scale of all the others on a chip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ...sim.diagnostic import Diagnostic, note
from ...sim.nir.path import shown, stored_at
from ...sim.nir.raw_graph import RawGraph, RawNode
from ..ir.fidelity_row import FidelityRow

WEIGHT = "weight"
CLIPPED = "weights"
"""The feature of its rows in the fidelity table."""


def clip_weights(raw: RawGraph, clip: Mapping[str, float], prefix: str = "") -> RawGraph:
    """The same graph with weights no larger than `clip` says; `raw` itself where it says nothing.

    clip: NIR path of a node -> size. prefix: of the paths in `raw`."""
    if not clip:
        return raw
    nodes: dict[str, RawNode] = {}
    for name, node in raw.nodes.items():
        path = prefix + name
        if node.graph is not None:
            node = replace(node, graph=clip_weights(node.graph, clip, f"{path}/"))
        elif path in clip and WEIGHT in node.params:
            weights = np.clip(np.asarray(node.params[WEIGHT]), -clip[path], clip[path])
            node = replace(node, params={**node.params, WEIGHT: weights})
        nodes[name] = node
    return replace(raw, nodes=nodes)


def clip_rows(raw: RawGraph, clip: Mapping[str, float]) -> list[FidelityRow]:
    """A row for each node whose weights are cut off."""
    return [
        FidelityRow(
            feature=CLIPPED,
            where=shown(cut.path),
            wanted=f"weights = up to {cut.largest:.4g}",
            done=f"{cut.past:,} of {cut.weights:,} cut off at {cut.limit:.4g}",
            status="approximated",
        )
        for cut in _cuts(raw, clip)
    ]


def clip_notes(raw: RawGraph, clip: Mapping[str, float]) -> list[Diagnostic]:
    """A note SPK1013 for each node whose weights are cut off."""
    message = "{:,} of {:,} weights are cut off at {:.4g}, the largest from {:.4g}"
    return [
        note(
            "SPK1013",
            message.format(cut.past, cut.weights, cut.limit, cut.largest),
            where=stored_at(cut.path, WEIGHT),
        )
        for cut in _cuts(raw, clip)
    ]


class _Cut(NamedTuple):
    """past: how many of `weights` are larger than `limit`."""

    path: str
    largest: float
    limit: float
    past: int
    weights: int


def _cuts(raw: RawGraph, clip: Mapping[str, float]) -> Iterator[_Cut]:
    for path, node in raw.walk():
        if path in clip and WEIGHT in node.params:
            sizes = np.abs(np.asarray(node.params[WEIGHT], dtype=np.float64))
            past = int((sizes > clip[path]).sum())
            yield _Cut(path, float(sizes.max(initial=0.0)), clip[path], past, sizes.size)
