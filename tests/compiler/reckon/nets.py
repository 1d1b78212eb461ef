"""Small networks for one recurrent core, compiled, and what their words say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from spikec.compiler.compiled import Compiled
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawNode
from spikec.sim.stimulus import Stimulus
from spikec.targets.reckon.configuration import ReckonConfiguration
from spikec.targets.reckon.files import decode

from ...shipped import revision
from ..graphs import graph

CHIP = revision("reckon")


def node(kind: str, size: int, **values: float | np.ndarray) -> RawNode:
    return RawNode(
        kind=kind, params={key: np.broadcast_to(np.float64(v), size).copy() for key, v in values.items()}
    )


def lif(size: int, beta: float | np.ndarray, theta: float | np.ndarray = 1.0) -> RawNode:
    """Keeps beta of its membrane a step of 1 s; what arrives counts as it is."""
    tau = 1.0 / (1.0 - np.asarray(beta))
    return node("LIF", size, tau=tau, r=tau, v_leak=0.0, v_threshold=theta, v_reset=0.0)


def li(size: int, beta: float | np.ndarray) -> RawNode:
    tau = 1.0 / (1.0 - np.asarray(beta))
    return node("LI", size, tau=tau, r=tau, v_leak=0.0)


def reading(**fields: object) -> Dialect:
    values = {"reset": "v_reset", "fire": ">", "multi": 1, "gain": "r*dt/tau", "if_gain": "r*dt", **fields}
    return Dialect(name="ours", dt_seconds=1.0, default=NodeDialect(**values))


def compile_net(
    nodes: Mapping[str, RawNode],
    edges: list[tuple[str, str]],
    inputs: int,
    *,
    steps: int = 30,
    rate: float = 0.4,
    dialect: Dialect | None = None,
    consent: bool = False,
    calibrate: bool = False,
) -> Compiled:
    events = (np.random.default_rng(0).random((steps, 3, inputs)) < rate).astype(np.float32)
    options = Options(
        target="reckon", reading=dialect or reading(), allow_approximation=consent, calibrate=calibrate
    )
    stimulus = Stimulus(inputs={"input": events}, labels=None, source={"kind": "drawn"})
    return compile_graph(graph(dict(nodes), edges), options, stimulus=stimulus)


def core_of(compiled: Compiled) -> ReckonConfiguration:
    return decode(compiled.files, CHIP)
