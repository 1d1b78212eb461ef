"""Every word, frame and potential of recorded chips, bit for bit.

The vectors come from the vendor's functional simulator (paisim 0.1.0, paicorelib 2.0.0). SPIKEC_GOLDEN_DIR names their
folder, or one above it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.engines.buffered.run import start
from spikec.sim.engines.choice import SumEngine, whole
from spikec.targets.machines.buffered import BufferedMachine, Feed
from spikec.targets.paicore25 import neuron
from spikec.targets.paicore25.configuration import Core
from spikec.targets.paicore25.frames import ADDRESSES, Route
from spikec.targets.paicore25.loading import config_frames, read_config_frames
from spikec.targets.paicore25.machine import buffered_cores, input_bits, step_bits
from spikec.targets.paicore25.memory import completed
from spikec.targets.paicore25.routes import reached

from .paicore_files import cores, files, recording
from .paicore_run import FIELDS, INIT, SYNC, number, played

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
FILES = files(FOLDER)
NAMES = [file.stem for file in FILES]
COMPLETE = 14


def test_there_are_recordings() -> None:
    """Chips whose neurons are folded, whose weights have addresses, which send potentials, feed themselves, have
    tables, and start late."""
    found = [cores(recording(file)) for file in FILES]
    every = [core for chip in found for core in chip]
    assert any(core.records["fold"].any() for core in every)
    assert any(core.records["sparse"].any() for core in every)
    assert any(core.records["output_type"].any() for core in every)
    assert {core.registers["add_potential"] for core in every} == {0, 1}
    assert any(core.table is not None for core in every)
    assert any(len(chip) > 2 for chip in found)


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_words_are_those_that_were_loaded(file: Path) -> None:
    recorded = recording(file)
    given = cores(recorded)
    for core in given:
        made = completed(core)
        assert made.registers == core.registers
        assert np.array_equal(made.records, core.records)
    assert np.array_equal(config_frames(given), recorded["config_frames"])
    back = read_config_frames(recorded["config_frames"], "config_frames")
    assert np.array_equal(config_frames(back), recorded["config_frames"])
    for core, read in zip(given, back, strict=True):
        for name in core.records.dtype.names or ():
            if name != "vector":  # a vector without weights has no rows
                assert np.array_equal(core.records[name], read.records[name]), name


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_every_frame_and_potential_is_the_same(file: Path) -> None:
    """In each step of the chip: what cores send, in order; what the host sees; what is left in every neuron."""
    recorded = recording(file)
    outputs = recorded["output_frames"]
    seen = outputs[(outputs >> 60) != COMPLETE]
    seen_in = recorded["output_step"][(outputs >> 60) != COMPLETE]
    for number_of_step, step in enumerate(played(recorded)):
        sent = recorded["sent_frames"][recorded["sent_step"] == number_of_step]
        assert np.array_equal(step.sent, sent)
        assert np.array_equal(step.host, seen[seen_in == number_of_step])
        for k, v in step.v.items():
            assert np.array_equal(v, recorded[f"c{k}_v"][number_of_step])
        for k, out in step.out.items():
            if f"c{k}_spikes" in recorded:
                assert np.array_equal(out, recorded[f"c{k}_spikes"][number_of_step])


@pytest.mark.parametrize("engine", ["numpy", "events"])
@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_own_steps_see_the_same(file: Path, engine: SumEngine) -> None:
    """In the order of own steps, the cores of a chip have the potentials that they had one after the other."""
    recorded = recording(file)
    if {int(frame) >> 60 for frame in recorded["input_frames"]} & {INIT, SYNC}:
        pytest.skip("the recording starts anew, or runs several steps at once")
    chip = read_config_frames(recorded["config_frames"], "config_frames")
    made = buffered_cores(chip, started=bool(recorded["init"]))
    feeds, events = _fed(chip, recorded)
    machine = BufferedMachine(n_inputs=events.shape[2], cores=made, feeds=feeds)
    if file.stem == "edge_full_buffer":
        with pytest.raises(ValueError, match="waits 3 steps; the buffer holds 2"):
            start(machine, neuron, whole(events), states=True, engine=engine)
        return
    run = start(machine, neuron, whole(events), states=True, engine=engine)(events)
    for k, core in enumerate(made):
        if core.start:
            own = slice(*machine.first_neuron[k : k + 2].tolist())
            steps = int(recorded["steps"]) - core.start + 1
            for sample in range(events.shape[1]):
                v = run.states["v"][:steps, sample, own]
                assert np.array_equal(v, recorded[f"c{k}_v"][core.start - 1 :])


def _fed(chip: Sequence[Core], recorded: Mapping[str, np.ndarray]) -> tuple[tuple[Feed, ...], np.ndarray]:
    """What the host sends as events (T, 2, n) by own step: an input element for each bit address that is written."""
    by_place = {(core.x, core.y): k for k, core in enumerate(chip)}
    written: dict[tuple[int, int, int], int] = {}
    given = zip(recorded["input_frames"].tolist(), recorded["input_step"].tolist(), strict=True)
    for frame, step in given:
        route = Route(**{name: number(frame, low) for name, low in FIELDS.items()})
        slot = frame >> 17 & 127 | (frame >> 60 & 1) << 7
        for at in reached((0, 0), route):
            core = chip[by_place[at]]
            bit = (slot * 512 + (frame >> 8 & 511) + core.registers["axon_skew"]) % ADDRESSES
            own, element = bit // step_bits(core), bit % step_bits(core) // input_bits(core)
            laps = ADDRESSES // step_bits(core)
            while own < step + 1 - core.registers["tick_start"]:
                own += laps
            written[own, by_place[at], element] = frame & 255
    elements = sorted({(k, element) for _, k, element in written})
    steps = 1 + max([int(recorded["steps"]), *(own for own, _, _ in written)])
    events = np.zeros((steps, 2, len(elements)), dtype=np.uint8)
    for (own, k, element), value in written.items():
        events[own, :, elements.index((k, element))] = value
    feeds: list[Feed] = []
    for k in range(len(chip)):
        source = np.array([i for i, (core, _) in enumerate(elements) if core == k], dtype=np.int64)
        element = np.array([elements[i][1] for i in source], dtype=np.int64)
        feeds.append(Feed(core=k, source=source, element=element, step=np.zeros_like(source)))
    return tuple(feeds), events
