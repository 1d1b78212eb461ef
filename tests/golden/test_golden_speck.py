"""Every spike and state of recorded Speck networks, bit for bit.

The vectors come from the discretised layers of Sinabs 3.1.0, which the vendor's tools simulate the chip with.
SPIKEC_GOLDEN_DIR names the folder that holds them, at any depth.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.backends.speck.assign_layers import Conflict, assign_layers
from spikec.compiler.backends.speck.place_layers import check_pieces, place_layers
from spikec.sim.engines.convolution import ConvolutionRun, simulate_layers
from spikec.targets.speck import neuron
from spikec.targets.speck.attributes import attributes, encode
from spikec.targets.speck.configuration import SpeckConfiguration, machine
from spikec.targets.speck.files import decode
from spikec.targets.speck.limits import violations
from spikec.targets.speck.memory import most_channels

from ..shipped import revision
from .speck_files import configuration, core_numbers, files, sums_leave_16_bits

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
FILES = files(FOLDER)
ATTRIBUTES = sorted(FOLDER.rglob("*.sinabs_attrs.json"))


def test_there_are_recordings() -> None:
    assert FILES
    assert ATTRIBUTES


def check(
    chip: SpeckConfiguration,
    recorded: Mapping[str, np.ndarray],
    *,
    saturate: bool = False,
    numbers: Sequence[int] = (),
) -> ConvolutionRun:
    """numbers: the cores of layer 0, 1, .., if not those of the recording."""
    layers = machine(chip, saturate=saturate)
    run = simulate_layers(layers, neuron, recorded["input"][:, None], states=True)
    for k, number in enumerate(numbers or core_numbers(recorded)):
        np.testing.assert_array_equal(run.spikes[number][:, 0], recorded[f"l{k}_spikes"], f"layer {k} spikes")
        np.testing.assert_array_equal(run.states[number][:, 0], recorded[f"l{k}_v_mem"], f"layer {k} v")
    return run


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_recorded(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    chip = configuration(recorded)
    run = check(chip, recorded)
    beyond = any(values.any() for values in run.beyond_16_bits.values())
    assert beyond == sums_leave_16_bits(recorded)
    if not beyond:
        check(chip, recorded, saturate=True)


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_emitted(file: Path) -> None:
    """Written, read back: still the recorded bits."""
    recorded = np.load(file, allow_pickle=False)
    found = decode(encode(configuration(recorded), revision("speck2f")), revision("speck2f"))
    check(found, recorded)


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_on_cores_of_our_own_choice(file: Path) -> None:
    """No more cores than layers; still the recorded bits."""
    recorded = np.load(file, allow_pickle=False)
    chip, target = configuration(recorded), revision("speck2f")
    room = {core.core: most_channels(core, target) for core in chip.cores}
    pieces = assign_layers(chip.cores, room, target.cores.destinations)
    assert not isinstance(pieces, Conflict)
    assert check_pieces(chip.cores, pieces, room, target.cores.destinations) == []
    core_of = {piece.layer: piece.core for piece in pieces}
    assert len(pieces) == len(core_of) == len(chip.cores)
    numbers = [core_of[number] for number in core_numbers(recorded)]
    placed = replace(
        chip,
        cores=place_layers(chip.cores, pieces),
        input_cores=(numbers[0],),
        monitored=(numbers[-1],),
    )
    assert violations(placed, target) == ()
    check(placed, recorded, numbers=numbers)


@pytest.mark.parametrize("file", ATTRIBUTES, ids=[f.name.split(".")[0] for f in ATTRIBUTES])
def test_attributes_are_those_of_the_vendors_tools(file: Path) -> None:
    """Recorded after the run, so that the initial states are what the run left."""
    recorded = np.load(file.with_name(file.name.replace(".sinabs_attrs.json", ".npz")), allow_pickle=False)
    theirs = json.loads(file.read_text())["configuration"]
    ours = attributes(replace(configuration(recorded), monitored=()), revision("speck2f"))
    assert len(ours["cnn_layers"]) == len(theirs["cnn_layers"])
    numbers = core_numbers(recorded)
    for core, (mine, other) in enumerate(zip(ours["cnn_layers"], theirs["cnn_layers"], strict=True)):
        if core in numbers:
            left = np.array(other.pop("neurons_initial_value")).transpose(0, 2, 1)
            np.testing.assert_array_equal(left, recorded[f"l{numbers.index(core)}_v_mem"][-1])
            assert not np.array(mine.pop("neurons_initial_value")).any()
            assert mine == other
        else:
            assert mine == {}
    assert ours["dvs_layer"].items() <= theirs["dvs_layer"].items()
