"""Copies of a .nir file with what a peer's reader does not take changed, each change by its own name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

V_RESET = "v_reset removed"
STEP = "r set to tau_mem / dt - 1"
"""Rockpool takes tau_mem / (1 + r) for the time step, and nothing else from r."""


def neurons(group: Any) -> Iterator[Any]:
    """Every node with a threshold in an HDF5 group of a graph, also in sub-graphs."""
    for node in group["nodes"].values():
        if "nodes" in node:
            yield from neurons(node)
        elif "v_threshold" in node:
            yield node


def edited(source: Path, target: Path, edits: tuple[str, ...], dt_seconds: float) -> Path:
    """Writes `target`; returns it."""
    target.write_bytes(source.read_bytes())
    with h5py.File(target, "r+") as file:
        for node in neurons(file["node"]):
            if V_RESET in edits and "v_reset" in node:
                del node["v_reset"]
            if STEP in edits:
                node["r"][...] = node["tau_mem"][...] / dt_seconds - 1
    return target


def says_another_step(source: Path, dt_seconds: float) -> bool:
    """Whether a time step guessed from r is another than the network's by more than a tenth."""
    with h5py.File(source, "r") as file:
        guesses = [(node["tau_mem"][...] / (1 + node["r"][...])).min() for node in neurons(file["node"])]
    return abs(min(guesses) / dt_seconds - 1) > 0.1
