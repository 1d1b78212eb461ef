"""Figures of a report on Xylo, counted again from what is loaded and from the network."""

from __future__ import annotations

import json

import nir
import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.verdicts.silence import fan_in
from spikec.sim.nir.file import from_nir
from spikec.sim.stimulus import poisson

from .quantized import population, projection, quantized

INPUTS, HIDDEN, OUTPUTS = 8, 12, 3


def graph() -> nir.NIRGraph:
    """A hidden layer with recurrence."""
    random = np.random.default_rng(4)

    def neurons(n: int) -> nir.CubaLIF:
        one = np.ones(n)
        return nir.CubaLIF(
            tau_syn=4e-3 * one,
            tau_mem=8e-3 * one,
            r=one,
            v_leak=0 * one,
            v_threshold=one,
            w_in=one,
            v_reset=0 * one,
        )

    nodes = {
        "input": nir.Input(np.array([INPUTS])),
        "w": nir.Linear(random.normal(0.3, 0.3, (HIDDEN, INPUTS))),
        "h": neurons(HIDDEN),
        "back": nir.Linear(random.normal(0, 0.1, (HIDDEN, HIDDEN))),
        "w2": nir.Linear(random.normal(0.2, 0.3, (OUTPUTS, HIDDEN))),
        "o": neurons(OUTPUTS),
        "output": nir.Output(np.array([OUTPUTS])),
    }
    edges = [
        ("input", "w"),
        ("w", "h"),
        ("h", "back"),
        ("back", "h"),
        ("h", "w2"),
        ("w2", "o"),
        ("o", "output"),
    ]
    return nir.NIRGraph(nodes=nodes, edges=edges)


@pytest.mark.parametrize("target", ["xylo_audio3", "xylo_imu"])
def test_memory_is_eight_bits_a_weight(target: str) -> None:
    """The matrices of inputs and outputs are stored whole; of the recurrent one what joins two neurons."""
    options = Options(target=target, dialect="nir.euler", dt_seconds=1e-3, allow_approximation=True)
    stimulus = poisson({"input": (INPUTS,)}, 0.2, 10, batch=1, seed=0)
    compiled = compile_graph(from_nir(graph())[0], options, stimulus=stimulus)
    loaded = json.loads(compiled.files["xylo.json"])["configuration"]
    first, among, last = (
        np.array([loaded[part][name] for name in ("weights", "syn2_weights") if name in loaded[part]])
        for part in ("input", "hidden", "readout")
    )
    joined = int(np.count_nonzero(among.any(axis=0)))
    assert joined > 50
    assert compiled.report.resources.memory_bits.stored == 8 * (first.size + joined + last.size)


def test_synapses_are_counted_once_whatever_their_receptors() -> None:
    random = np.random.default_rng(2)
    parts = [random.integers(-3, 4, (9, 7)) * (random.random((9, 7)) < 0.5) for _ in range(2)]
    alone = random.integers(-3, 4, (9, 4))
    network = quantized(
        [population("h", 9, random)],
        7,
        [projection("in", "h", parts[0], 0), projection("in", "h", parts[1], 0, receptor=1)],
    )
    wanted = ((parts[0] != 0) | (parts[1] != 0)).sum(axis=1)
    np.testing.assert_array_equal(fan_in(network, "h"), wanted)
    assert (wanted < np.count_nonzero(parts[0], axis=1) + np.count_nonzero(parts[1], axis=1)).any()
    one = quantized([population("h", 9, random)], 4, [projection("in", "h", alone, 0)])
    np.testing.assert_array_equal(fan_in(one, "h"), np.count_nonzero(alone, axis=1))
