"""A network that excites itself without end compiles in bounded time, and a warning says how much was cut off."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.sim.stimulus import Stimulus

from ...shipped import EVENT_CHIPS
from ..graphs import affine, graph, integrate_and_fire, port


@pytest.mark.parametrize("name", EVENT_CHIPS)
def test_spikes_that_double_in_every_step(name: str) -> None:
    """Each of two neurons hears both, and fires at every event: 2 ** t spikes in step t."""
    nodes = {
        "input": port("Input", 1),
        "w": affine(np.array([[2.0], [2.0]])),
        "n": integrate_and_fire(2, 1.0),
        "back": affine(np.full((2, 2), 2.0)),
        "output": port("Output", 2),
    }
    raw = graph(nodes, [("input", "w"), ("w", "n"), ("n", "back"), ("back", "n"), ("n", "output")])
    events = np.zeros((40, 1, 1), dtype=np.uint8)
    events[0] = 1
    compiled = compile_graph(
        raw,
        Options(target=name, dialect="nir.euler", dt_seconds=1.0),
        stimulus=Stimulus(inputs={"input": events}, labels=None, source={"kind": "made"}),
    )
    assert compiled.placement_identical
    said = [d.message for d in compiled.diagnostics if d.code == "SPK4213"]
    assert any(text.startswith("spikes of a loop without rest: ") for text in said)
