"""Lists the axons that a quantised network needs: which neuron needs which source, on which type, after what delay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .quantized_network import QuantizedNetwork

TYPES = 4  # of a mask


@dataclass(frozen=True, kw_only=True)
class Wires:
    """The axons that neurons need. Neurons 0 .. n - 1, population after population; source s < n is neuron s, source
    n + e input element e.

    A wire is a source, a delay and a type of axon: source, delay, kind (w,) int64, sorted. A neuron needs some
    wires: neuron k those `wire[start[k] : start[k + 1]]`. On a core a wire is one axon, however many neurons need it
    there. first: population or input -> number of its first neuron or source. read: (n,) bool, an Output reads the
    neuron."""

    n: int
    n_sources: int
    first: dict[str, int]
    source: np.ndarray
    delay: np.ndarray
    kind: np.ndarray
    start: np.ndarray
    wire: np.ndarray
    read: np.ndarray

    @property
    def post(self) -> np.ndarray:
        """The neuron of each entry of `wire`, (needs,) int64."""
        return np.repeat(np.arange(self.n), np.diff(self.start))


def wires_of(network: QuantizedNetwork) -> Wires:
    """List the wires of a quantised network."""
    first: dict[str, int] = {}
    n = 0
    for p in network.populations:
        first[p.name], n = n, n + p.size
    sources = n
    for port in network.inputs:
        first[port.name], sources = sources, sources + port.size
    parts = [np.zeros((4, 0), dtype=np.int64)]
    for p in network.projections:
        for kind in range(TYPES):
            chosen = (p.code >> kind) & 1 == 1
            source, post = first[p.pre] + p.cols[chosen], first[p.post] + p.rows[chosen]
            parts.append(np.stack([source, p.delay[chosen], np.full(source.size, kind), post]))
    every = np.concatenate(parts, axis=1).astype(np.int64)
    most = int(every[1].max(initial=0)) + 1
    distinct, wire = np.unique((every[0] * most + every[1]) * TYPES + every[2], return_inverse=True)
    order = np.lexsort((wire, every[3]))
    readers = {p.name for _, p in network.exported}
    read = np.zeros(n, dtype=np.bool_)
    for p in network.populations:
        read[first[p.name] : first[p.name] + p.size] = p.name in readers
    return Wires(
        n=n,
        n_sources=sources,
        first=first,
        source=distinct // (most * TYPES),
        delay=distinct // TYPES % most,
        kind=distinct % TYPES,
        start=np.searchsorted(every[3][order], np.arange(n + 1)),
        wire=wire.reshape(-1)[order],
        read=read,
    )


def axons_of(wires: Wires, core: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List the axons of all cores: (core, wire), (a,) int64 each, sorted. core: (n,) of each neuron."""
    width = max(1, wires.source.size)
    pairs = np.unique((core[wires.post] + 1) * width + wires.wire)
    return pairs // width - 1, pairs % width


def targets_of(wires: Wires, core: np.ndarray) -> np.ndarray:
    """Count the axons and output lines that each neuron's spikes go to: (n,) int64."""
    _, wire = axons_of(wires, core)
    source = wires.source[wire]
    return np.bincount(source[source < wires.n], minlength=wires.n) + wires.read
