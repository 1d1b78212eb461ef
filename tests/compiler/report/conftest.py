"""A small compiled network whose names are HTML, on several cores."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus

from ..graphs import affine, graph, grid_weights, integrate_and_fire, port

EVIL = "<script>alert(1)</script>"
QUOTED = "\"'><img src=x onerror=alert(2)>&"
OPTIONS = Options(dialect="nir.euler", dt_seconds=1.0, dialect_options=(("if_gain", "one"),))


def evil_network() -> RawGraph:
    random = np.random.default_rng(5)
    nodes = {
        "input": port("Input", 30),
        "output": port("Output", 6),
        "w1": affine(grid_weights(random, (1100, 30), 0.1)),
        EVIL: integrate_and_fire(1100, 300),
        "w2": affine(grid_weights(random, (6, 1100), 0.3)),
        QUOTED: integrate_and_fire(6, 2000),
    }
    edges = [("input", "w1"), ("w1", EVIL), (EVIL, "w2"), ("w2", QUOTED), (QUOTED, "output")]
    return graph(nodes, edges)


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    values = (np.random.default_rng(6).random((40, 2, 30)) < 0.2).astype(np.uint8)
    stimulus = Stimulus(inputs={"input": values}, labels=np.array([1, 2]), source={"kind": "test"})
    return compile_graph(evil_network(), OPTIONS, stimulus=stimulus)
