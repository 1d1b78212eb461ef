"""Machines of event cores on disk: the same bytes again, and damaged or hostile files refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from spikec.sim.engines.crossbar_events import simulate_events
from spikec.targets.images import read_memh, words_of
from spikec.targets.layout import DecodeError
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.odin import spi as event_spi
from spikec.targets.odin.arithmetics import modules_of
from spikec.targets.odin.empty_core import empty_core
from spikec.targets.odin.files import FILE, active_rows, decode, encode, spi_list, synapse_image
from spikec.targets.odin.limits import violations

from ..shipped import EVENT_CHIPS as NAMES, revision
from .event_machines import machine

KINDS = [(name, chips, closed) for name in NAMES for chips, closed in ((1, False), (1, True), (3, False))]


@pytest.mark.parametrize(("name", "chips", "closed"), KINDS)
def test_round_trip(name: str, chips: int, closed: bool) -> None:
    made, chip = machine(name, 7, chips=chips, closed=closed, learning=False), revision(name)
    assert violations(made, chip) == ()
    files = encode(made, chip)
    found = decode(files, chip)
    assert encode(found, chip) == files
    for a, b in zip(made.cores, found.cores, strict=True):
        for part in ("params", "initial"):
            mine, other = getattr(a, part), getattr(b, part)
            assert sorted(mine) == sorted(other)
            for each in mine:
                np.testing.assert_array_equal(mine[each], other[each], each)
        for field in ("last_neuron", "closed_loop", "queue", "report_rows", "learning"):
            assert getattr(a, field) == getattr(b, field)
        np.testing.assert_array_equal(a.inhibitory, b.inhibitory)
    for field in fields(made.routes):
        np.testing.assert_array_equal(
            np.sort(getattr(made.routes, field.name)), np.sort(getattr(found.routes, field.name))
        )


@pytest.mark.parametrize(("name", "chips", "closed"), KINDS)
def test_what_is_read_back_runs_the_same(name: str, chips: int, closed: bool) -> None:
    """Weights that are left out are those that no spike reaches."""
    made, chip = machine(name, 8, chips=chips, closed=closed, learning=False), revision(name)
    found = decode(encode(made, chip), chip)
    events = (np.random.default_rng(1).random((6, 2, 20)) < 0.3).astype(np.uint8)
    a, b = (simulate_events(each, modules_of(chip).neuron, events, states=True) for each in (made, found))
    assert a.spikes.any()
    np.testing.assert_array_equal(a.spikes, b.spikes)
    np.testing.assert_array_equal(a.states["v"], b.states["v"])


def test_rows_that_a_spike_can_come_on() -> None:
    made = machine("tinyodin", 1, closed=True)
    spiking = np.flatnonzero(made.cores[0].params["disable"][:25] == 0)
    assert active_rows(made, 0).tolist() == [*spiking.tolist(), *range(200, 220)]
    assert active_rows(machine("tinyodin", 1), 0).tolist() == list(range(200, 220))
    assert active_rows(machine("odin", 1), 0).size == 256  # synapses that learn can all change


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_writes_is_safe(name: str) -> None:
    """The loop is open and the network stopped until all is written; a word's bytes ascend."""
    chip = revision(name)
    files = encode(machine(name, 4, closed=True, learning=False), chip)
    found = event_spi.read_text(files[spi_list(0)], "list")
    address, data = found[:, 0], found[:, 1]
    registers, memory = len(modules_of(chip).words.REGISTERS), 256 * modules_of(chip).words.NEURON_BYTES
    assert address[:registers].tolist() == list(range(registers))
    assert data[:2].tolist() == [1, 1]
    assert found[-2:].tolist() == [[1, 0], [0, 0]]
    neurons = address[registers : registers + memory].reshape(256, -1)
    assert (neurons >> 16 == 0b01_01).all()
    assert (np.diff(neurons >> 8 & 255, axis=1) == 1).all()
    assert (neurons & 255 == np.arange(256)[:, None]).all()
    assert (address[registers + memory : -2] >> 16 == 0b01_10).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_independent_loader_gets_the_images(name: str) -> None:
    """Every write taken by hand, into memories that held something else."""
    chip = revision(name)
    files = encode(machine(name, 4, learning=False), chip)
    words = {
        1: [[0xAA] * modules_of(chip).words.NEURON_BYTES for _ in range(256)],
        2: [[0] * 4 for _ in range(8192)],
    }
    for line in files[spi_list(0)].decode().splitlines():
        if not line.startswith("//"):
            address, data = (int(part, 16) for part in line.split())
            command, low = address >> 16 & 3, address & 0xFFFF
            if command == 1:
                words[1][low & 255][low >> 8] = data
            if command == 2:
                words[2][low & 8191][low >> 13] = data
    assert bytes(b for word in words[1] for b in word) == files["chip00_neurons.bin"]
    assert bytes(b for word in words[2] for b in word) == files["chip00_synapses.bin"]
    image = read_memh(files[synapse_image(0)], (8192, 4), "image")
    assert words_of(image).astype("<u4").tobytes() == files["chip00_synapses.bin"]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_core_never_spikes(name: str) -> None:
    chip = revision(name)
    quiet = empty_core(chip, last_neuron=40, closed_loop=False)
    made = replace(machine(name, 2), cores=(quiet,))
    assert violations(made, chip) == ()
    events = np.full((5, 1, 20), 3, dtype=np.uint8)
    assert not simulate_events(made, modules_of(chip).neuron, events).spikes.any()
    decode(encode(made, chip), chip)


def damaged(change: Callable[[dict[str, bytes]], object]) -> dict[str, bytes]:
    files = encode(machine("tinyodin", 5), revision("tinyodin"))
    change(files)
    return files


def document(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        tree = json.loads(files[FILE])
        change(tree)
        files[FILE] = f"{json.dumps(tree, sort_keys=True, separators=(',', ':'))}\n".encode()

    return apply


def spi(change: Callable[[np.ndarray], object]) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        found = event_spi.read_text(files[spi_list(0)], "list")
        made = change(found)
        files[spi_list(0)] = event_spi.text(found if made is None else np.asarray(made))

    return apply


def flipped(name: str, at: int) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        data = bytearray(files[name])
        data[at] ^= 1
        files[name] = bytes(data)

    return apply


LIST = spi_list(0)
DAMAGES: list[tuple[Callable[[dict[str, bytes]], object], str]] = [
    (lambda f: f.pop(FILE), "missing"),
    (lambda f: f.pop(LIST), "missing"),
    (lambda f: f.update({FILE: b"{"}), "not a spikec-events/1"),
    (lambda f: f.update({FILE: b"[" * 100000}), "not a spikec-events/1"),
    (document(lambda d: d.update(target="loihi1")), "is for 'loihi1', not"),
    (document(lambda d: d.update(format="spikec-events/2")), "not a"),
    (document(lambda d: d.update(more=1)), "not a"),
    (document(lambda d: d.update(protocol="hasty")), "not a"),
    (document(lambda d: d.update(leaks=-1)), "not a"),
    (document(lambda d: d.update(leaks=5000)), "leak events"),
    (document(lambda d: d["inputs"][0].append([1, 0, 0])), "chip of route"),
    (document(lambda d: d["inputs"][0].append([0, 256, 0])), "not a"),
    (document(lambda d: d["inputs"][0].append([0, 3, 0])), "not what|another|made|laid out"),
    (document(lambda d: d["neurons"][0].update({"300": []})), "no neuron"),
    (document(lambda d: d["neurons"][0].update({"3": []})), "laid out"),
    (document(lambda d: d["neurons"][0].update({"-3": [[0, 0, 0]]})), "no neuron"),
    (document(lambda d: d["neurons"][0].update({"3": [[0, 201, 0]]})), "had its turn"),
    (document(lambda d: d["neurons"].append({})), "chips"),
    (document(lambda d: (d["neurons"].clear(), d["row_order"].clear())), "0 chips"),
    (document(lambda d: d["row_order"][0].pop()), "order of rows"),
    (document(lambda d: d["row_order"][0].__setitem__(0, d["row_order"][0][1])), "order of rows"),
    (lambda f: f.update({FILE: f[FILE] + b" "}), "laid out"),
    (lambda f: f.update({LIST: f[LIST] + b"00000\n"}), "five hexadecimal digits"),
    (lambda f: f.update({LIST: f[LIST].replace(b"00000 00001", b"00000 0000G", 1)}), "five hexadecimal"),
    (lambda f: f.update({LIST: f[LIST] + b"00007 00000\n"}), "no register"),
    (lambda f: f.update({LIST: f[LIST] + b"54000 00000\n"}), "no byte of a memory"),
    (lambda f: f.update({LIST: f[LIST] + b"50000 00100\n"}), "no byte of a memory"),
    (lambda f: f.update({LIST: f[LIST] + b"90000 00000\n"}), "no byte of a memory"),
    (lambda f: f.update({LIST: b""}), "laid out|made"),
    (spi(lambda w: w[::-1]), "laid out"),
    (spi(lambda w: w[:-1]), "laid out|register"),
    (spi(lambda w: w.__setitem__((3, 1), 256)), "does not hold"),
    (spi(lambda w: w.__setitem__((2, 1), 2)), "does not hold"),
    (flipped("chip00_neurons.bin", 9), "laid out"),
    (flipped("chip00_synapses.bin", 6400 * 4 // 4), "laid out"),
    (flipped("chip00_neurons.mem", 30), "laid out"),
    (flipped("chip00_synapses.mem", 100), "laid out"),
]


@pytest.mark.parametrize("number", range(len(DAMAGES)))
def test_damaged_files(number: int) -> None:
    change, words = DAMAGES[number]
    with pytest.raises(DecodeError, match=words):
        decode(damaged(change), revision("tinyodin"))


def test_images_need_not_be_there() -> None:
    chip = revision("tinyodin")
    files = encode(machine("tinyodin", 5), chip)
    kept = {name: files[name] for name in (FILE, LIST)}
    assert encode(decode(kept, chip), chip) == files


@pytest.mark.parametrize("bit", [0, 44, 64, 90])
def test_odin_words_with_bits_that_are_not_modelled(bit: int) -> None:
    """lif_sel has to be 1, and the rest of what Izhikevich neurons use 0."""
    files = encode(machine("odin", 5, learning=False), revision("odin"))
    found = event_spi.read_text(files[LIST], LIST)
    place = np.flatnonzero(found[:, 0] == (event_spi.WRITE | event_spi.NEURONS | bit // 8 << 8 | 5))[0]
    found[place, 1] ^= 1 << bit % 8
    files[LIST] = event_spi.text(found)
    with pytest.raises(DecodeError, match=r"reserved bits|Izhikevich"):
        decode(files, revision("odin"))


def wider(made: EventMachine, **changes: object) -> EventMachine:
    return replace(made, cores=(replace(made.cores[0], **changes), *made.cores[1:]))


@pytest.mark.parametrize("name", NAMES)
def test_limits_with_numbers(name: str) -> None:
    chip, made = revision(name), machine(name, 5)
    core = made.cores[0]
    leak = core.params["leak"].copy()
    leak[9] = 200
    found = violations(wider(made, params={**core.params, "leak": leak}), chip)
    assert [(v.what, v.place, v.found, v.low, v.high) for v in found] == [
        ("leak", "chip 0 neuron 9", 200, 0, 127)
    ]
    weights = core.weights.copy()
    weights[2, 3] = -9
    [worst] = violations(wider(made, weights=weights), chip)
    assert (worst.what, worst.place, worst.found) == ("weight", "chip 0 synapse 515", -9)
    assert [v.what for v in violations(wider(made, queue=5), chip)] == ["queue"]
    assert [v.what for v in violations(wider(made, last_neuron=256), chip)] == ["last neuron"]
    assert [v.what for v in violations(wider(made, params={**core.params, "more": leak}), chip)] == [
        "unknown parameters"
    ]
    late = replace(made.routes, delay=np.full_like(made.routes.delay, 2000))
    assert [v.what for v in violations(replace(made, routes=late), chip)] == ["delay"]
    bursts = replace(wider(made, closed_loop=True), protocol="burst")
    assert [v.what for v in violations(bursts, chip)] == ["closed loops that are sent bursts"]


def test_limits_of_tinyodin_alone() -> None:
    chip, made = revision("tinyodin"), machine("tinyodin", 5)
    core = made.cores[0]
    signs, unmapped = core.inhibitory.copy(), core.mapped.copy()
    signs[4], unmapped[0, 1] = True, False
    assert [v.what for v in violations(wider(made, inhibitory=signs), chip)] == ["row sign"]
    assert [v.what for v in violations(wider(made, mapped=unmapped), chip)] == ["mapping bit"]
    switches = replace(core.learning, single_learn=True)
    assert [v.what for v in violations(wider(made, learning=switches), chip)] == ["learning switches"]


def test_arrays_that_belong_to_no_machine() -> None:
    chip, made = revision("tinyodin"), machine("tinyodin", 5)
    core = made.cores[0]
    for wrong in (
        replace(made, row_order=()),
        replace(made, routes=replace(made.routes, row=made.routes.row[1:])),
        wider(made, mapped=core.mapped[1:]),
        wider(made, initial={"v": core.initial["v"][1:]}),
    ):
        with pytest.raises(ValueError, match=r"shape|missing"):
            violations(wrong, chip)
