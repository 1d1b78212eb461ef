"""Every spike and state of recorded Xylo networks, bit for bit.

The vectors come from the vendor's simulator, xylosim 0.1.3. SPIKEC_GOLDEN_DIR names their
folder, or one above it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.engines.ordered import simulate_ordered
from spikec.sim.engines.ordered_run import OrderedRun
from spikec.targets.xylo import neuron
from spikec.targets.xylo.attributes import encode
from spikec.targets.xylo.configuration import XyloConfiguration, machine
from spikec.targets.xylo.files import decode
from spikec.targets.xylo.hibernation import hibernation
from spikec.targets.xylo.limits import violations

from ..shipped import revision
from .xylo_files import configuration, files, meta

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
FILES = files(FOLDER)


def test_there_are_recordings() -> None:
    assert {meta(np.load(file))["core_generation"] for file in FILES} == {1, 2}


RECORDED = {
    "spikes": ("spikes_hid", "spikes_out"),
    "i_syn": ("i_syn", "i_syn_out"),
    "i_syn2": ("i_syn2", ""),
    "v_mem": ("v_mem", "v_mem_out"),
}
REVISIONS = {"xylo_a2": "xylo_audio2", "xylo_a3": "xylo_audio3", "xylo_imu": "xylo_imu"}


def check(chip: XyloConfiguration, recorded: Mapping[str, np.ndarray], *, fast: bool) -> None:
    first_generation = meta(recorded)["core_generation"] == 1
    run = simulate_ordered(
        machine(chip),
        neuron,
        recorded["input"][:, None],
        states=True,
        fast=fast,
        decay_first=first_generation,
    )
    n = chip.n_hidden
    for name, values in (("spikes", run.spikes), *run.states.items()):
        hidden, output = RECORDED[name]
        np.testing.assert_array_equal(values[:, 0, :n], recorded[hidden], hidden)
        if output:
            np.testing.assert_array_equal(values[:, 0, n:], recorded[output], output)
    if not first_generation:
        np.testing.assert_array_equal(asleep(chip, recorded["input"], run), recorded["hibernation"])


def asleep(chip: XyloConfiguration, events: np.ndarray, run: OrderedRun) -> np.ndarray:
    currents = np.stack([run.states["i_syn"][:, 0], run.states["i_syn2"][:, 0]], axis=-1)
    return hibernation(chip, events, run.spikes[:, 0], currents, run.states["v_mem"][:, 0])


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "clipped"])
@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_recorded(file: Path, fast: bool) -> None:
    recorded = np.load(file, allow_pickle=False)
    check(configuration(recorded), recorded, fast=fast)


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_emitted(file: Path) -> None:
    """Written for the chip that it was recorded for, read back: still the recorded bits."""
    recorded = np.load(file, allow_pickle=False)
    name = REVISIONS.get(meta(recorded)["device"])
    if name is None:
        assert meta(recorded)["core_generation"] == 1, "no installed chip has this core"
        return
    chip = configuration(recorded)
    assert violations(chip, revision(name)) == ()
    found = decode(encode(chip, revision(name)), revision(name))
    check(found, recorded, fast=True)
