"""Every output, state, lost spike and learnt weight of recorded tinyODIN and ODIN networks, in order, bit for bit.

The vectors come from simulating the chips' own Verilog sources (ChFrenkel/tinyODIN, ChFrenkel/ODIN), programmed through
SPI. SPIKEC_GOLDEN_DIR names the folder that holds them, at any depth.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.engines.crossbar_events import DROPPED_SPIKES, Replay, replay
from spikec.targets.machines.crossbar_events import EventCore
from spikec.targets.odin import neuron as odin_neuron, words as odin_words
from spikec.targets.odin.files import decode, encode
from spikec.targets.odin.limits import violations
from spikec.targets.odin.tinyodin import neuron as tinyodin_neuron, words as tinyodin_words

from ..effort import thinned
from ..shipped import revision
from .event_files import machine, odin_core, odin_files, operations, tinyodin_core, tinyodin_files, words64

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
TINYODIN, ODIN = tinyodin_files(FOLDER), odin_files(FOLDER)
SOME_TINYODIN, SOME_ODIN = thinned(TINYODIN, 3), thinned(ODIN, 3)
"""What is also taken through words and files."""
MOST_TAKEN = 1 << 20


def test_there_are_recordings() -> None:
    assert TINYODIN
    assert ODIN


def check(core: EventCore, recorded: Mapping[str, np.ndarray], *, odin: bool) -> Replay:
    told, ends = operations(recorded, odin=odin)
    module = odin_neuron if odin else tinyodin_neuron
    run = replay(core, module, told, ends, most_taken=MOST_TAKEN)
    np.testing.assert_array_equal(run.address, recorded["out_addr"], "outputs in order")
    np.testing.assert_array_equal(run.operation, recorded["out_ev"], "the event that each belongs to")
    np.testing.assert_array_equal(run.states["v"], recorded["v_after_step"], "states after each step")
    assert run.counters[DROPPED_SPIKES].sum() == recorded["dropped_spikes"]
    assert run.work.cut_waits == 0
    return run


def after(core: EventCore, run: Replay) -> EventCore:
    return replace(core, initial={name: run.final[name].astype(np.int64) for name in core.initial})


@pytest.mark.parametrize("file", TINYODIN, ids=[f.stem for f in TINYODIN])
def test_tinyodin(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    core = tinyodin_core(recorded)
    run = check(core, recorded, odin=False)
    words = tinyodin_words.neuron_words(after(core, run))
    np.testing.assert_array_equal(words, recorded["final_neuron_words"])
    if recorded["ev_wait"].all():
        assert run.work.max_queue == recorded["max_fifo"]
    else:  # how far a burst gets ahead of the core depends on the speed of the host; here it is at its fastest
        assert run.work.max_queue >= recorded["max_fifo"]


@pytest.mark.parametrize("file", SOME_TINYODIN, ids=[f.stem for f in SOME_TINYODIN])
def test_tinyodin_words(file: Path) -> None:
    """The words of the logical arrays are those that were loaded; what they mean runs like the recording."""
    recorded = np.load(file, allow_pickle=False)
    core = tinyodin_core(recorded)
    words = tinyodin_words
    np.testing.assert_array_equal(words.neuron_words(core), recorded["neuron_words"])
    np.testing.assert_array_equal(words.synapses(core), recorded["synapse_words"])
    found = words.core(
        recorded["neuron_words"],
        recorded["synapse_words"],
        words.registers(core),
        revision("tinyodin").capacity,
    )
    check(found, recorded, odin=False)


@pytest.mark.parametrize("file", ODIN, ids=[f.stem for f in ODIN])
def test_odin(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    core = odin_core(recorded)
    run = check(core, recorded, odin=True)
    np.testing.assert_array_equal(run.states["calcium"], recorded["calcium_after_step"])
    words = odin_words.neuron_words(after(core, run))
    np.testing.assert_array_equal(words, words64(recorded["final_neuron_words"]))
    learnt = odin_words.synapses(replace(core, weights=run.weights)).reshape(256, -1)
    rows = recorded["synapse_rows_programmed"]  # the others are left out of the recording
    np.testing.assert_array_equal(learnt[rows], recorded["final_synapse_words"].reshape(256, -1)[rows])


@pytest.mark.parametrize("file", SOME_ODIN, ids=[f.stem for f in SOME_ODIN])
def test_odin_words(file: Path) -> None:
    """The words of the logical arrays are those that were loaded; what they mean runs like the recording."""
    recorded = np.load(file, allow_pickle=False)
    core = odin_core(recorded)
    words, neurons = odin_words, words64(recorded["neuron_words"])
    np.testing.assert_array_equal(words.neuron_words(core), neurons)
    np.testing.assert_array_equal(words.synapses(core), recorded["synapse_words"])
    check(
        words.core(neurons, recorded["synapse_words"], words.registers(core), revision("odin").capacity),
        recorded,
        odin=True,
    )


@pytest.mark.parametrize("file", [*SOME_TINYODIN, *SOME_ODIN], ids=lambda file: file.stem)
def test_emitted(file: Path) -> None:
    """Written as files, read back from what goes over SPI: still the recorded bits."""
    recorded = np.load(file, allow_pickle=False)
    odin = file in ODIN
    core = odin_core(recorded) if odin else tinyodin_core(recorded)
    chip = revision("odin" if odin else "tinyodin")
    loaded = machine(core, recorded["synapse_rows_programmed"])
    assert violations(loaded, chip) == ()
    found = decode(encode(loaded, chip), chip)
    check(found.cores[0], recorded, odin=odin)
