"""Layers to cores against every possible choice, and simulated before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.speck.assign_layers import Conflict, Piece, assign_layers
from spikec.compiler.backends.speck.place_layers import check_pieces, place_layers
from spikec.sim.engines.convolution import simulate_layers
from spikec.targets.machines.convolution import ConvolutionCore, ConvolutionMachine, Destination
from spikec.targets.speck import neuron
from spikec.targets.speck.configuration import SpeckConfiguration, machine
from spikec.targets.speck.limits import violations
from spikec.targets.speck.memory import entries_of, most_channels

from ..shipped import revision
from ..sim import speck_networks as networks

SPECK = revision("speck2f")
Room = Mapping[int, tuple[int, ...]]


def layer(
    number: int, channels: tuple[int, int] = (1, 1), size: int = 4, kernel: int = 1, *to: int
) -> ConvolutionCore:
    """channels: (in, out)."""
    return ConvolutionCore(
        core=number,
        input_shape=(channels[0], size, size),
        kernel=np.ones((channels[1], channels[0], kernel, kernel), dtype=np.int8),
        bias=np.zeros(channels[1], dtype=np.int64),
        initial_v=np.zeros((channels[1], size - kernel + 1, size - kernel + 1), dtype=np.int64),
        threshold=1,
        low_threshold=-32768,
        reset_to_zero=False,
        stride=(1, 1),
        padding=(0, 0),
        destinations=tuple(Destination(core=n) for n in to),
    )


def every_choice(layers: Sequence[ConvolutionCore], room: Room, destinations: int) -> list[tuple[int, ...]]:
    """For each core the index of its layer, or len(layers) for none; those that keep every rule."""
    cores = len(next(iter(room.values())))
    numbers = [layer.core for layer in layers]
    found: list[tuple[int, ...]] = []
    for choice in product(range(len(layers) + 1), repeat=cores):
        count = {number: choice.count(k) for k, number in enumerate(numbers)}
        right = True
        for k, one in enumerate(layers):
            mine = [room[one.core][core] for core in range(cores) if choice[core] == k]
            outside = [d for d in one.destinations if d.core not in numbers]
            sent = len(outside) + sum(count[d.core] for d in one.destinations if d.core in numbers)
            right &= bool(mine) and min(mine, default=0) > 0 and sum(mine) >= len(one.kernel) >= len(mine)
            right &= sent <= destinations and not (outside and len(mine) > 1)
        if right:
            found.append(choice)
    return found


def best(layers: Sequence[ConvolutionCore], choices: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Fewest cores; then layer by layer the fewest, and of these the set whose highest core is lowest, and so on."""

    def order(choice: tuple[int, ...]) -> tuple[object, ...]:
        sets = [[core for core, k in enumerate(choice) if k == place] for place in range(len(layers))]
        return sum(map(len, sets)), *((len(s), sorted(s, reverse=True)) for s in sets)

    return min(choices, key=order)


def tiny(random: np.random.Generator) -> tuple[list[ConvolutionCore], Room, int]:
    """Up to 4 layers on up to 5 cores that hold a few channels of each; forward destinations, some outside."""
    cores, count = int(random.integers(1, 6)), int(random.integers(1, 5))
    numbers = random.permutation(8)[:count].tolist()
    layers: list[ConvolutionCore] = []
    for k, number in enumerate(numbers):
        to = [n for n in numbers[k + 1 :] if random.random() < 0.6] + [99] * int(random.random() < 0.15)
        layers.append(layer(number, (1, int(random.integers(1, 6))), 1, 1, *to))
    room = {
        n: tuple(min(len(one.kernel), int(most)) for most in random.integers(0, 5, cores))
        for n, one in zip(numbers, layers, strict=True)
    }
    return layers, room, int(random.integers(1, 4))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_the_best_of_all_choices(seed: int) -> None:
    layers, room, destinations = tiny(np.random.default_rng(seed))
    choices = every_choice(layers, room, destinations)
    found = assign_layers(layers, room, destinations)
    if isinstance(found, Conflict):
        assert choices == []
        check_conflict(found, layers, room, destinations)
        return
    assert check_pieces(layers, found, room, destinations) == []
    chosen = {piece.core: [one.core for one in layers].index(piece.layer) for piece in found}
    cores = len(next(iter(room.values())))
    assert tuple(chosen.get(core, len(layers)) for core in range(cores)) == best(layers, choices)


def check_conflict(found: Conflict, layers: list[ConvolutionCore], room: Room, destinations: int) -> None:
    """No choice for these layers, one for any of them left out, and the reason is the reason."""
    assert every_choice(*among(layers, found.layers, room), destinations) == []
    for left_out in found.layers:
        rest = [number for number in found.layers if number != left_out]
        assert not rest or every_choice(*among(layers, rest, room), destinations)
    boundless = every_choice(*among(layers, found.layers, room), 99)
    assert bool(boundless) == (found.reason == "destinations")
    if found.reason == "channels":
        (number,) = found.layers
        assert sum(room[number]) < len(next(one for one in layers if one.core == number).kernel)


def among(
    layers: list[ConvolutionCore], kept: Sequence[int], room: Room
) -> tuple[list[ConvolutionCore], Room]:
    numbers = {one.core for one in layers}
    found = [
        replace(
            one, destinations=tuple(d for d in one.destinations if d.core in kept or d.core not in numbers)
        )
        for one in layers
        if one.core in kept
    ]
    return found, {number: room[number] for number in kept}


def test_no_layers() -> None:
    assert assign_layers([], {}, 2) == ()


def speck_room(layers: Sequence[ConvolutionCore]) -> Room:
    return {one.core: most_channels(one, SPECK) for one in layers}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 1100), st.integers(1, 300), st.integers(1, 16), st.integers(1, 64), st.booleans())
def test_most_channels_meet_the_entries(f: int, c: int, kernel: int, size: int, biased: bool) -> None:
    one = layer(0, (c, f), size + kernel - 1, kernel)
    one = replace(one, bias=one.bias + biased)
    there = SPECK.cores
    for core, most in enumerate(most_channels(one, SPECK)):
        for channels, fits in ((most, True), (most + 1, False)):
            if not 0 < channels <= min(f, 1024):
                continue
            part = replace(one, kernel=one.kernel[:channels], bias=one.bias[:channels])
            used = entries_of(part)
            limits = (there.kernel_entries[core], there.neuron_entries[core], there.bias_entries[core])
            assert all(u <= limit for u, limit in zip(used, limits, strict=True)) == fits


def test_a_layer_that_needs_a_large_core_gets_it() -> None:
    """The first layer fits cores 0 to 2 only, the second 5 and 6 only."""
    layers = [layer(10, (1, 16), 64, 1, 11), layer(11, (1024, 64), 1)]
    found = assign_layers(layers, speck_room(layers), 2)
    assert found == (
        Piece(layer=10, first=0, channels=16, core=0),
        Piece(layer=11, first=0, channels=64, core=5),
    )


def test_a_layer_too_large_for_any_core_is_divided_while_destinations_last() -> None:
    """32 channels of 64 x 64 neurons are twice what core 0 holds."""
    wide = [layer(0, (1, 1), 64, 1, 1), layer(1, (1, 32), 64, 1)]
    assert assign_layers(wide, speck_room(wide), 2) == (
        Piece(layer=0, first=0, channels=1, core=0),
        Piece(layer=1, first=0, channels=16, core=1),
        Piece(layer=1, first=16, channels=16, core=2),
    )
    three = [layer(0, (1, 1), 64, 1, 1), layer(1, (1, 48), 64, 1)]
    assert assign_layers(three, speck_room(three), 2) == Conflict(layers=(0, 1), reason="destinations")
    alone = [layer(1, (1, 48), 64, 1)]
    assert isinstance(assign_layers(alone, speck_room(alone), 2), tuple), "the host sends to any number"
    four = [layer(1, (1, 100), 64, 1)]
    assert assign_layers(four, speck_room(four), 2) == Conflict(layers=(1,), reason="channels")


def test_every_neuron_of_the_chip_and_one_layer_more() -> None:
    """Five layers of 16 x 64 x 64 neurons fill all nine cores."""
    full = [layer(k, (1, 16), 64) for k in range(5)]
    found = assign_layers(full, speck_room(full), 2)
    assert isinstance(found, tuple)
    assert [[p.core for p in found if p.layer == k] for k in range(5)] == [
        [0],
        [1],
        [2],
        [3, 4],
        [5, 6, 7, 8],
    ]
    more = [*full, layer(9)]
    assert assign_layers(more, speck_room(more), 2) == Conflict(layers=(0, 1, 2, 3, 4, 9), reason="cores")


@pytest.mark.parametrize("seed", range(4))
def test_divided_layers_compute_the_same(seed: int) -> None:
    """Random networks of up to 5 layers on cores of a few channels each, simulated as they are and as placed."""
    random = np.random.default_rng(seed)
    divided = 0
    for _ in range(60):
        chip = networks.configuration(random, largest=6, layers=4)
        room = {
            core.core: tuple(min(len(core.kernel), int(n)) for n in random.integers(0, 4, 9))
            for core in chip.cores
        }
        found = assign_layers(chip.cores, room, 2)
        if isinstance(found, Conflict) or len(found) == len(chip.cores):
            continue
        divided += 1
        whole = machine(chip)
        placed = placed_machine(chip, found)
        events = networks.events(random, whole.input_shape, 4)[:, None]
        first, second = (simulate_layers(m, neuron, events, states=True) for m in (whole, placed))
        for piece in found:
            own = slice(piece.first, piece.first + piece.channels)
            expected = first.spikes[piece.layer][:, :, own]
            np.testing.assert_array_equal(second.spikes[piece.core], expected)
            np.testing.assert_array_equal(second.states[piece.core], first.states[piece.layer][:, :, own])
        if divided == 4:
            return
    raise AssertionError("no network was divided")


def placed_machine(chip: SpeckConfiguration, pieces: tuple[Piece, ...]) -> ConvolutionMachine:
    cores = place_layers(chip.cores, pieces)
    inputs = tuple(sorted(p.core for p in pieces if p.layer in chip.input_cores))
    placed = replace(chip, cores=cores, input_cores=inputs, monitored=())
    assert violations(placed, SPECK) == ()
    return machine(placed)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p[:1], "end at channel 0"),
        (lambda p: [p[0], replace(p[1], core=0)], "core 0 is used 2 times"),
        (lambda p: [p[0], replace(p[1], first=1)], "gap at channel 0"),
        (lambda p: [p[0], replace(p[1], channels=2)], "end at channel 2 of 3"),
        (lambda p: [p[0], replace(p[1], core=7)], "core 7 holds 0 channels"),
        (lambda p: [*p, Piece(layer=5, first=0, channels=1, core=2)], "no layer 5"),
        (lambda p: [p[0], *(replace(p[1], first=k, channels=1, core=k + 1) for k in range(3))], "3 cores, of 2"),
    ],
)  # fmt: skip
def test_the_checker_finds_what_is_wrong(change: object, said: str) -> None:
    layers = [layer(0, (1, 1), 4, 1, 1), layer(1, (1, 3))]
    room = {0: (1,) * 5, 1: (3,) * 5}
    pieces = assign_layers(layers, room, 2)
    assert isinstance(pieces, tuple)
    assert check_pieces(layers, pieces, room, 2) == []
    assert callable(change)
    assert any(said in sentence for sentence in check_pieces(layers, change(list(pieces)), room, 2))
