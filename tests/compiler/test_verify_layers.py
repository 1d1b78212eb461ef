"""The static verdict on placed layers: nothing for what was placed, a sentence for every single change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.speck.assign_layers import Conflict, Piece, assign_layers
from spikec.compiler.backends.speck.place_layers import place_layers
from spikec.compiler.backends.speck.verify_layers import layer_differences
from spikec.targets.machines.convolution import ConvolutionCore, Destination
from spikec.targets.speck.attributes import encode
from spikec.targets.speck.configuration import SpeckConfiguration
from spikec.targets.speck.files import decode

from ..shipped import revision
from ..sim import speck_networks as networks
from .test_assign_layers import layer

LAYERS = (layer(0, (1, 2), 4, 1, 1), layer(1, (2, 3)))
PIECES = (
    Piece(layer=0, first=0, channels=2, core=3),
    Piece(layer=1, first=0, channels=2, core=0),
    Piece(layer=1, first=2, channels=1, core=5),
)
CORES = place_layers(LAYERS, PIECES)


def placed(
    chip: SpeckConfiguration, random: np.random.Generator
) -> tuple[SpeckConfiguration, tuple[Piece, ...]] | None:
    """On cores of a few channels each, through the file."""
    room = {
        core.core: tuple(min(len(core.kernel), int(n)) for n in random.integers(0, 4, 9))
        for core in chip.cores
    }
    pieces = assign_layers(chip.cores, room, 2)
    if isinstance(pieces, Conflict):
        return None
    inputs = tuple(p.core for p in pieces if p.layer in chip.input_cores)
    cores = place_layers(chip.cores, pieces)
    files = encode(replace(chip, cores=cores, input_cores=inputs, monitored=()), revision("speck2e"))
    return decode(files, revision("speck2e")), pieces


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_what_was_placed_is_there(seed: int) -> None:
    random = np.random.default_rng(seed)
    chip = networks.configuration(random, largest=6)
    found = placed(chip, random)
    if found is None:
        return
    loaded, pieces = found
    given_ = (chip.cores, chip.input_cores, pieces)
    assert layer_differences(*given_, loaded.cores, loaded.input_cores) == []
    if len(loaded.cores) > 1:
        number = loaded.cores[0].core
        rest = loaded.cores[1:]
        assert layer_differences(*given_, rest, loaded.input_cores) != []
        swapped = tuple(replace(p, core=loaded.cores[1].core if p.core == number else p.core) for p in pieces)
        assert layer_differences(*given_[:2], swapped, loaded.cores, loaded.input_cores) != []


def other(array: np.ndarray) -> np.ndarray:
    changed = array.copy()
    changed.flat[-1] += 1
    return changed


def sent(sender: ConvolutionCore, /, **changes: Any) -> ConvolutionCore:
    first, *more = sender.destinations
    return replace(sender, destinations=(replace(first, **changes), *more))


@pytest.mark.parametrize(
    ("core", "change", "said"),
    [
        (1, lambda c: replace(c, kernel=other(c.kernel)), "core 3, of layer 0: kernel differs"),
        (0, lambda c: replace(c, bias=other(c.bias)), "core 0, of layer 1: bias differs"),
        (2, lambda c: replace(c, initial_v=other(c.initial_v)), "core 5, of layer 1: initial_v differs"),
        (2, lambda c: replace(c, kernel=c.kernel[:0]), "kernel differs"),
        (0, lambda c: replace(c, threshold=2), "threshold is 2, not 1"),
        (0, lambda c: replace(c, low_threshold=0), "low_threshold is 0, not -32768"),
        (0, lambda c: replace(c, reset_to_zero=True), "reset_to_zero is True, not False"),
        (0, lambda c: replace(c, stride=(1, 2)), "stride is (1, 2), not (1, 1)"),
        (0, lambda c: replace(c, padding=(1, 0)), "padding is (1, 0), not (0, 0)"),
        (0, lambda c: replace(c, input_shape=(2, 4, 5)), "input_shape is (2, 4, 5), not (2, 4, 4)"),
        (1, lambda c: sent(c, pooling=2), "pooling 1"),
        (1, lambda c: sent(c, channel_shift=1), "joined"),
        (
            1,
            lambda c: sent(c, core=5),
            "joined 0 times, not 1: layer 0, channel 0, to layer 1, its channel 0,",
        ),
        (1, lambda c: sent(c, core=12), "joined"),
        (1, lambda c: replace(c, destinations=c.destinations[:1]), "its channel 2, through input channel 0"),
        (
            0,
            lambda c: replace(c, destinations=(Destination(core=12),)),
            "joined 1 times, not 0: layer 1, channel 0, to layer 12, its channel -1",
        ),
        (0, lambda c: replace(c, core=1), "cores [1, 3, 5] are in use, [0, 3, 5] should be"),
    ],
)
def test_every_change_is_found(
    core: int, change: Callable[[ConvolutionCore], ConvolutionCore], said: str
) -> None:
    assert layer_differences(LAYERS, (0,), PIECES, CORES, (3,)) == []
    cores = (*CORES[:core], change(CORES[core]), *CORES[core + 1 :])
    found = layer_differences(LAYERS, (0,), PIECES, cores, (3,))
    assert any(said in sentence for sentence in found), found


def test_input_that_goes_elsewhere() -> None:
    said = ["events go to cores [0], not [3]"]
    assert layer_differences(LAYERS, (0,), PIECES, CORES, (0,)) == said


def test_pieces_that_are_no_division_of_the_layers() -> None:
    gap = (PIECES[0], replace(PIECES[1], channels=1), PIECES[2])
    assert "channel 1 of layer 1 lies on 0 cores" in layer_differences(LAYERS, (0,), gap, CORES, (3,))
    strange = (*PIECES[:2], replace(PIECES[2], layer=9))
    assert layer_differences(LAYERS, (0,), strange, CORES, (3,)) == ["there is no layer 9"]
