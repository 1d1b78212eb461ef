"""Recorded SpiNNaker 1 cores, written anew and booted in the vendor's binary: the same spikes and states.

SPIKEC_SPINNAKER_PYTHON names a Python that has unicorn and the vendor's binaries, SPIKEC_GOLDEN_DIR the folder of the
recordings, or one above it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spikec.targets.spinnaker1.regions import decode_core

from ..effort import thinned
from ..oracles.spinnaker1.client import needs_binaries, run_binaries
from .spinnaker_files import core_of, cores, load, network_regions, networks

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
CORES = cores(FOLDER)
NETWORKS = networks(FOLDER)


OWN_KEY = 1 << 20
"""For cores that send to nobody."""


@needs_binaries
@pytest.mark.parametrize("file", thinned(CORES, 3), ids=lambda file: file.stem)
def test_a_written_core_runs_as_recorded(file: Path, tmp_path: Path) -> None:
    case = load(file)
    ticks = case["steps"]
    core = core_of(case, ("v", "gsyn_exc", "gsyn_inh"), ticks)
    key = OWN_KEY if core.key is None else core.key
    sources = case["pop_table"]
    keys = [(tick, sources[0]["key"] | pre << 4 | tick & 15) for tick, pre in case["spikes_in"]]
    deliver = [(each["key"], each["mask"], [0]) for each in sources]
    (ran,) = run_binaries(tmp_path, [replace(core, key=key)], deliver, keys, ticks)
    for name in ("v", "gsyn_exc", "gsyn_inh"):
        np.testing.assert_array_equal(ran.recorded[name], np.array(case[name]), name)
    assert ran.sent == [(tick, key | neuron << 4 | tick & 15) for tick, neuron in case["spikes"]]


@needs_binaries
@pytest.mark.parametrize("file", NETWORKS, ids=lambda file: file.stem)
def test_cores_of_a_network_send_as_recorded(file: Path, tmp_path: Path) -> None:
    case = load(file)
    decoded = [decode_core(network_regions(core)) for core in case["cores"]]
    images = [replace(image, recorded_ticks=case["T"]) for image in decoded]
    takers: dict[tuple[int, int], list[int]] = {}
    for number, image in enumerate(images):
        for entry in zip(image.table.key.tolist(), image.table.mask.tolist(), strict=True):
            takers.setdefault(entry, []).append(number)
    deliver = [(key, mask, cores) for (key, mask), cores in takers.items()]
    first = case["keys"]["in"][0]
    keys = [(tick, first | pre << 4 | tick & 15) for tick, pre in case["spikes_in"]]
    ran = run_binaries(tmp_path, images, deliver, keys, case["T"])
    for core, found in zip(case["cores"], ran, strict=True):
        assert found.sent == [tuple(each) for each in case["spikes_out"][core["label"]]], core["label"]
