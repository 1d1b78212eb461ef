"""u, v and spikes of recorded Loihi networks, bit for bit: as one unlimited machine, and placed and emitted.

The vectors come from the public emulators of the chip. SPIKEC_GOLDEN_DIR names their
folder, or one above it.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.backends.loihi.partition import partition
from spikec.compiler.backends.loihi.route import route
from spikec.compiler.backends.loihi.unplaced import expand
from spikec.compiler.backends.shared.unplaced import placed_symbols
from spikec.sim.engines.choice import SumEngine
from spikec.sim.engines.synapse_list import simulate
from spikec.targets import load
from spikec.targets.configuration import Symbols
from spikec.targets.loihi1 import emit, neuron
from spikec.targets.machines.synapse_list import Machine

from ..effort import THOROUGH
from .loihi_files import files, network

LARGEST_PLACED = 500_000
"""Bytes of a recording that is placed by day; all are where SPIKEC_EXAMPLES is set."""
FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
FILES = files(FOLDER)
PLACED = [file for file in FILES if THOROUGH or file.stat().st_size <= LARGEST_PLACED]
TARGET = load("loihi1")
ENGINES: tuple[SumEngine, ...] = ("numpy", "events", "jax") if THOROUGH else ("numpy", "events")
"""By day JAX, which compiles every shape anew, is left to tests/sim/test_engine_choice.py."""


def test_there_are_recordings() -> None:
    assert FILES


def check(file: Path, machine: Machine, found: Symbols) -> None:
    recorded = np.load(file, allow_pickle=False)
    events = recorded["in_spikes"][:, None, :]
    for engine in ENGINES:
        run = simulate(machine, neuron, TARGET.latency, events, states=True, engine=engine)
        for p in found.populations:
            index, name = p.machine_index, f"{p.name} by {engine}"
            np.testing.assert_array_equal(
                run.spikes[:, 0, index], recorded[f"out_{p.name}_s"], f"{name}: spikes"
            )
            for state in ("u", "v"):
                values = run.states[state][:, 0, index]
                np.testing.assert_array_equal(values, recorded[f"out_{p.name}_{state}"], f"{name}: {state}")


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_unlimited(file: Path) -> None:
    machine, found = expand(network(np.load(file, allow_pickle=False)), TARGET)
    check(file, machine, found)


@pytest.mark.parametrize("file", PLACED, ids=[f.stem for f in PLACED])
def test_placed(file: Path) -> None:
    """Partitioned, routed, packed into words, unpacked from files: still the recorded bits."""
    quantized = network(np.load(file, allow_pickle=False))
    placement = partition(quantized, TARGET, max_deterministic_seconds=0.2)
    cores, routes = route(quantized, placement, TARGET)
    words = emit.read_files(emit.bundle_files(emit.encode(cores, quantized.inputs[0].size, routes)), TARGET)
    check(file, emit.machine(emit.decode(words)), placed_symbols(quantized, placement))
