"""The regions of recorded SpiNNaker 1 cores, word for word: written from the network, and read back.

SPIKEC_GOLDEN_DIR names the folder of the recordings, or one above it.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from spikec.targets.spinnaker1.regions import Region, decode_core, encode_core, region_bytes
from spikec.targets.spinnaker1.synaptic_word import synapses_of

from .spinnaker_files import core_of, cores, load, network_regions, networks, recorded_regions

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
CORES = cores(FOLDER)
NETWORKS = networks(FOLDER)


def test_there_are_recordings() -> None:
    assert {load(file)["model"] for file in CORES} == {"IF_curr_exp", "IF_curr_delta"}
    assert NETWORKS


@pytest.mark.parametrize("file", CORES, ids=[f.stem for f in CORES])
def test_a_network_is_written_as_recorded(file: Path) -> None:
    case = load(file)
    written = encode_core(core_of(case))
    for region, words in recorded_regions(case).items():
        np.testing.assert_array_equal(written[region], words, region.name)


@pytest.mark.parametrize("file", CORES, ids=[f.stem for f in CORES])
def test_what_was_recorded_is_read(file: Path) -> None:
    """The recorded words, with the regions that a recording leaves out, are the network's core."""
    case = load(file)
    wanted = core_of(case, recorded=("v", "spikes"), ticks=case["steps"])
    found = decode_core(encode_core(wanted) | recorded_regions(case))
    assert (found.kind, found.key, found.shift) == (wanted.kind, wanted.key, wanted.shift)
    assert (found.recorded, found.recorded_ticks) == (wanted.recorded, wanted.recorded_ticks)
    for name, values in wanted.parameters.items():
        np.testing.assert_array_equal(found.parameters[name], values, name)
    for ours, theirs in zip(synapses_of(found), synapses_of(wanted), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    spec = case["spec"]
    assert synapses_of(found).post.size == len(spec["conns"]) + len(spec.get("rec", []))
    assert synapses_of(found).delay.min(initial=1) >= 1


@pytest.mark.parametrize("file", NETWORKS, ids=[f.stem for f in NETWORKS])
def test_cores_of_a_network_are_read_and_written(file: Path) -> None:
    """Every region that is written, of every core of the network."""
    for core in load(file)["cores"]:
        recorded = network_regions(core)
        image = decode_core(recorded)
        written = encode_core(image)
        assert [*written] == [*recorded]
        for region, words in recorded.items():
            np.testing.assert_array_equal(written[region], words, f"{core['label']} {region.name}")
        reserved = {each["num"]: each["size"] for each in core["regions"]}
        for region, size in region_bytes(image).items():
            assert size <= reserved[region], region.name
        for region in (Region.PROVENANCE, Region.INITIAL_VALUES):
            assert region_bytes(image)[region] == reserved[region], region.name
