"""Fuses Threshold nodes with the neuron before them: LI/I + Threshold is a neuron without reset; others are dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...sim.diagnostic import Diagnostic, note
from ...sim.nir.path import stored_at
from ..ir.network import FlatGraph

INTEGRATORS = frozenset({"I", "LI", "CubaLI"})
EMITS_SPIKES = frozenset({"IF", "LIF", "CubaLIF"})


def fuse_threshold(flat: FlatGraph) -> tuple[FlatGraph, list[Diagnostic]]:
    """Fuse the Threshold nodes of a graph.

    A fused integrator carries the parameters `threshold` and `threshold_path`; edges leave from it."""
    members, counts = dict(flat.members), dict(flat.counts)
    diagnostics: list[Diagnostic] = []
    for path in flat.members:
        node, sources = members[path], [pre for pre, post in counts if post == path]
        if node.kind != "Threshold" or len(sources) != 1 or counts[sources[0], path] != 1:
            continue
        source = members[sources[0]]
        theta = np.asarray(node.params["threshold"], dtype=np.float64)
        if source.kind in EMITS_SPIKES and bool(((theta >= 0) & (theta < 1)).all()):
            diagnostics.append(
                note("SPK1001", "this Threshold sees spikes: it changes nothing", where=stored_at(path))
            )
        elif source.kind in INTEGRATORS and sum(pre == sources[0] for pre, _ in counts) == 1:
            fused = {**source.params, "threshold": theta, "threshold_path": path}
            members[sources[0]] = replace(source, params=fused)
        else:
            continue
        del members[path]
        counts = _bypassed(counts, sources[0], path)
    return replace(flat, members=members, counts=counts), diagnostics


def _bypassed(counts: Mapping[tuple[str, str], int], source: str, path: str) -> dict[tuple[str, str], int]:
    """The edges without those of `path`: what it led to, its source leads to."""
    found = {edge: count for edge, count in counts.items() if path not in edge}
    for (pre, post), count in counts.items():
        if pre == path and post != path:
            found[source, post] = found.get((source, post), 0) + count
    return dict(sorted(found.items()))
