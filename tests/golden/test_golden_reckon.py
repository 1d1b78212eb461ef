"""Every spike, potential, byte and clock of recorded cores, bit for bit.

The vectors come from a simulation of the public Verilog sources (ChFrenkel/ReckOn at 5e5c0be). SPIKEC_GOLDEN_DIR names
their folder, or one above it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.engines.ordered import simulate_ordered
from spikec.sim.engines.ordered_run import ACCUMULATOR_SATURATIONS
from spikec.targets.reckon import neuron
from spikec.targets.reckon.configuration import machine
from spikec.targets.reckon.output_bus import sent_bytes
from spikec.targets.reckon.spi import load_list, loaded
from spikec.targets.reckon.timing import closing_clocks, step_clocks

from ..shipped import revision
from .reckon_files import files, samples

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
FILES = files(FOLDER)
ENGINES = {"fast": {}, "clipped": {"fast": False}, "numpy": {"engine": "numpy"}}


def test_there_are_recordings() -> None:
    """Cores of both resets, such that saturate, and such that have an odd number of neurons."""
    found = [np.load(file) for file in FILES]
    assert {bool(one["zero"]) for one in found} == {False, True}
    assert any(int(one["num_rec"]) % 2 for one in found)
    assert any((one["u"] == 32767).any() for one in found)


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_recorded(file: Path, engine: str) -> None:
    recorded = np.load(file, allow_pickle=False)
    core = loaded(recorded["spi_words"], "the recorded words")
    made = machine(core)
    for number, sample in enumerate(samples(recorded)):
        start = made.start if number == 0 else None  # the end of a sample clears all
        run = simulate_ordered(
            replace(made, start=start), neuron, sample.events, states=True, **ENGINES[engine]
        )
        u, v, n = run.states["u"][:, 0], run.states["v"][:, 0], core.neurons
        np.testing.assert_array_equal(run.spikes[:, 0, :n], sample.spikes)
        np.testing.assert_array_equal(u[:, :n], sample.u)
        np.testing.assert_array_equal(u[:, n:], sample.o)
        np.testing.assert_array_equal(v[:, n:], sample.o_done)
        ends = (u == neuron.HIGH) | (u == neuron.LOW)
        assert ends.any() or not run.counters[ACCUMULATOR_SATURATIONS].any() or engine != "clipped"


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_bytes_and_clocks(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    core, model = loaded(recorded["spi_words"], "the recorded words"), revision("reckon").cycles
    for sample in samples(recorded):
        told = sent_bytes(core, sample.o_done, sample.counted)
        assert [(t, byte) for t, all_of_step in enumerate(told) for byte in all_of_step] == sample.sent
        before = np.concatenate([np.zeros_like(sample.spikes[:1]), sample.spikes[:-1]])
        clocks = step_clocks(core, model, sample.events, before[:, None])[:, 0]
        clocks = np.append(clocks, closing_clocks(core, model))
        quiet = np.array([True, *(not of_step for of_step in told)]) & (sample.clocks >= 0)
        np.testing.assert_array_equal(clocks[quiet], sample.clocks[quiet])


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_written_again(file: Path) -> None:
    """What we write for a core loads the same core; what no sweep reads is left out."""
    recorded = np.load(file, allow_pickle=False)
    core = loaded(recorded["spi_words"], "the recorded words")
    again = loaded(load_list(core)[0], "our words")
    kept = core.reached
    assert _numbers(again) == _numbers(core)
    for name in ("weights_in", "alpha", "threshold", "v", "o"):
        np.testing.assert_array_equal(getattr(again, name), getattr(core, name))
    for name in ("weights_rec", "weights_out"):
        np.testing.assert_array_equal(getattr(again, name)[:kept], getattr(core, name)[:kept])


def _numbers(core: object) -> Mapping[str, object]:
    return {name: value for name, value in vars(core).items() if not isinstance(value, np.ndarray)}
