"""Small random networks whose neurons Loihi 1 lacks, and what a compile makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import spikec
from spikec.compiler.ir.stages import Prepared
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.stimulus import Stimulus

from ..graphs import affine, graph, port

STEPS, BATCH = 30, 3


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A network of two layers, the first of them recurrent, with its reading and a stimulus."""

    raw: RawGraph
    dialect: Dialect
    stimulus: Stimulus

    def options(self, **more: Any) -> Options:
        return Options(reading=self.dialect, **more)

    def compiled(self, **more: Any) -> spikec.Compiled:
        return compile_graph(self.raw, self.options(**more), stimulus=self.stimulus)

    def prepared(self, **more: Any) -> Prepared[Any]:
        options = self.options(**more)
        target = resolve_target(options)
        return prepare(read_front(self.raw, options, target), options, target, self.stimulus)


def neurons(kind: str, size: int, random: np.random.Generator, **values: float) -> RawNode:
    """Neurons whose decays are halves and quarters, and whose thresholds no sum of weights meets."""
    kept = random.choice([0.5, 0.75], size)
    params = {"r": np.ones(size), "v_reset": np.zeros(size), "v_threshold": np.full(size, 1.03)}
    if kind == "LIF":
        params |= {"tau": 1 / (1 - kept), "v_leak": np.zeros(size)}
    if kind == "CubaLIF":
        params |= {
            "tau_mem": 1 / (1 - kept),
            "tau_syn": 1 / (1 - np.full(size, values.get("synapse", 0.5))),
            "w_in": np.ones(size),
            "v_leak": np.zeros(size),
        }
    return RawNode(kind=kind, params=params)


def drawn(seed: int, kind: str = "LIF", *, inhibition: int = 0, **reading: Any) -> Drawn:
    """Weights are multiples of 1/8, so that a scale holds them exactly. inhibition: how many steps lower they are."""
    random = np.random.default_rng(seed)
    sizes = 6, 7, 4
    nodes = {
        "in": port("Input", sizes[0]),
        "w1": affine(random.integers(-4 - inhibition, 7, (sizes[1], sizes[0])) / 8),
        "n1": neurons(kind, sizes[1], random),
        "back": affine(random.integers(-3, 4, (sizes[1], sizes[1])) / 8),
        "w2": affine(random.integers(-4, 7 + 2 * inhibition, (sizes[2], sizes[1])) / 8),
        "n2": neurons(kind, sizes[2], random),
        "out": port("Output", sizes[2]),
    }
    edges = [
        ("in", "w1"),
        ("w1", "n1"),
        ("n1", "back"),
        ("back", "n1"),
        ("n1", "w2"),
        ("w2", "n2"),
        ("n2", "out"),
    ]
    fields = {"gain": "one", "if_gain": "one", "syn_gain": "one", "reset": "subtract", **reading}
    spikes = (random.random((STEPS, BATCH, sizes[0])) < 0.35).astype(np.float32)
    return Drawn(
        raw=graph(nodes, edges),
        dialect=Dialect(name="drawn", dt_seconds=1.0, default=NodeDialect(**fields)),
        stimulus=Stimulus(inputs={"in": spikes}, labels=None, source={}),
    )
