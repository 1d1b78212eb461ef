"""u, v and spikes of recorded networks of Lava's fixed-point processes, and all states of its sigma-delta neurons, bit
for bit on every engine. SPIKEC_GOLDEN_DIR names the folder of the recordings, or one above it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.engines.choice import SumEngine
from spikec.sim.engines.synapse_list import simulate
from spikec.targets.chip import Latency
from spikec.targets.loihi2 import neuron
from spikec.targets.loihi2.machine import machine
from spikec.targets.loihi2.sigma_delta import SigmaDelta

from ..effort import THOROUGH
from .loihi2_files import (
    content,
    layer,
    layer_files,
    layer_output,
    lif_files,
    sigma_delta,
    sigma_delta_files,
)

GIVEN = os.environ.get("SPIKEC_GOLDEN_DIR")
FOLDER = Path(GIVEN) if GIVEN else Path(__file__).parent
LIF, SIGMA_DELTA, LAYERS = lif_files(FOLDER), sigma_delta_files(FOLDER), layer_files(FOLDER)
LATENCY = Latency(input_to_neuron=0, neuron_to_neuron=1, neuron_to_output=0)
ENGINES: tuple[SumEngine, ...] = ("numpy", "events", "jax")
COMPILED_BY_DAY = 1
"""Recordings of a kind that JAX runs, which compiles every shape anew; all where SPIKEC_EXAMPLES is set."""
LARGEST = 500_000
"""Bytes of a recording that is run by day; all are where SPIKEC_EXAMPLES is set."""


def by_day(files: list[Path]) -> list[tuple[Path, SumEngine]]:
    few = [file for file in files if THOROUGH or GIVEN or file.stat().st_size <= LARGEST]
    compiled = few if THOROUGH or GIVEN else few[-COMPILED_BY_DAY:]
    return [(file, engine) for file in few for engine in ENGINES if engine != "jax" or file in compiled]


def named(of: object) -> str:
    return of.stem if isinstance(of, Path) else str(of)


def test_there_are_recordings() -> None:
    assert LIF
    assert SIGMA_DELTA


@pytest.mark.parametrize(("file", "engine"), by_day(LIF), ids=named)
def test_lif(file: Path, engine: SumEngine) -> None:
    recorded = np.load(file, allow_pickle=False)
    graph = content(recorded)
    events = recorded["in_spikes"][:, None, :]
    run = simulate(machine(graph), neuron, LATENCY, events, states=True, engine=engine)
    first = 0
    for process in graph.neurons:
        own = slice(first, first + process.size)
        np.testing.assert_array_equal(run.spikes[:, 0, own], recorded[f"out_{process.name}_s"])
        for state in ("u", "v"):
            np.testing.assert_array_equal(
                run.states[state][:, 0, own], recorded[f"out_{process.name}_{state}"]
            )
        first += process.size


@pytest.mark.parametrize(("file", "engine"), by_day(SIGMA_DELTA), ids=named)
def test_sigma_delta(file: Path, engine: SumEngine) -> None:
    recorded = np.load(file, allow_pickle=False)
    made, events = sigma_delta(recorded)
    arithmetic = SigmaDelta(corrected="Corrected" in str(recorded["model"]))
    run = simulate(made, arithmetic, LATENCY, events, states=True, engine=engine)
    np.testing.assert_array_equal(run.states["payload"][:, 0], recorded["s_out"])
    for state in ("sigma", "act", "residue"):
        if state in recorded:
            np.testing.assert_array_equal(run.states[state][:, 0], recorded[state])


@pytest.mark.parametrize(("file", "engine"), by_day(LAYERS), ids=named)
def test_layer(file: Path, engine: SumEngine) -> None:
    """Of a network whose recording its publisher holds against the chip; membranes where nothing spiked."""
    recorded = np.load(file, allow_pickle=False)
    graph, events = layer(recorded)
    run = simulate(machine(graph), neuron, LATENCY, events, states=True, engine=engine)
    fired = layer_output(recorded, "out_s")
    np.testing.assert_array_equal(run.spikes[:, 0], fired)
    np.testing.assert_array_equal(run.states["u"][:, 0], layer_output(recorded, "out_u"))
    below = fired == 0
    np.testing.assert_array_equal(run.states["v"][:, 0][below], layer_output(recorded, "out_v")[below])
