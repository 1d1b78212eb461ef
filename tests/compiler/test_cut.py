"""An input that is no spike train: its first spiking population runs on the host, the rest is proven on the chip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.compiler.pipeline import compile_graph
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus

from .graphs import affine, graph, grid_weights, integrate_and_fire, port
from .test_proof import OPTIONS, spikes


def two_layers() -> RawGraph:
    random = np.random.default_rng(11)
    nodes = {
        "input": port("Input", 10),
        "output": port("Output", 8),
        "w1": affine(grid_weights(random, (12, 10))),
        "a": integrate_and_fire(12, 200),
        "w2": affine(grid_weights(random, (8, 12))),
        "b": integrate_and_fire(8, 300),
    }
    return graph(nodes, [("input", "w1"), ("w1", "a"), ("a", "w2"), ("w2", "b"), ("b", "output")])


def analog() -> Stimulus:
    values = np.random.default_rng(12).random((30, 2, 10)).astype(np.float32)
    return Stimulus(inputs={"input": values}, labels=None, source={"kind": "test"})


def test_analog_input_moves_the_first_population_to_the_host() -> None:
    report = compile_graph(two_layers(), OPTIONS, stimulus=analog()).report
    assert report["network"]["host"] == ["a"]
    assert [p["name"] for p in report["network"]["populations"]] == ["b"]
    assert report["verdicts"]["placement"]["identical"]
    assert report["verdicts"]["placement"]["dynamic"]["spikes"] > 0
    assert report["verdicts"]["fidelity"]["output_f1"] == 1.0


def test_the_host_can_be_refused_and_forced() -> None:
    with pytest.raises(DiagnosticError, match="SPK1010"):
        compile_graph(two_layers(), replace(OPTIONS, allow_host=False), stimulus=analog())
    forced = replace(OPTIONS, host_prefix=("a",))
    report = compile_graph(two_layers(), forced, stimulus=spikes(13, 30, 2, 10)).report
    assert report["network"]["host"] == ["a"]
    assert report["verdicts"]["fidelity"]["output_f1"] == 1.0
    with pytest.raises(DiagnosticError, match="SPK1007"):
        compile_graph(two_layers(), replace(OPTIONS, host_prefix=("b",)), stimulus=spikes(13, 30, 2, 10))
    with pytest.raises(DiagnosticError, match="SPK1009"):
        compile_graph(two_layers(), replace(OPTIONS, host_prefix=("nobody",)), stimulus=spikes(13, 30, 2, 10))
