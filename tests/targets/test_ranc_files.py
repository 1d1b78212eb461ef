"""RANC grids on disk: the same bytes again, damaged or hostile files refused, and another reader of the images."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from spikec.targets.layout import DecodeError
from spikec.targets.machines.crossbar_grid import GridCore, GridMachine
from spikec.targets.ranc.files import FILE, decode, encode
from spikec.targets.ranc.images import axon_image, neuron_image, neuron_rows
from spikec.targets.ranc.model import RancChip
from spikec.targets.ranc.simulator import CONFIGURATION, NETWORK, decode_simulator, encode_simulator
from spikec.targets.ranc.vectors import expected_text, packet_text, packets
from spikec.targets.ranc.words import values_of

from ..shipped import GRIDS as NAMES, revision
from ..sim import grid_networks as networks
from .icarus import simulate


def made(seed: int, name: str = "ranc") -> tuple[GridMachine, RancChip]:
    chip = revision(name)
    small = msgspec.structs.replace(chip.core, neurons=40)
    rng = np.random.default_rng(seed)
    return networks.grid(rng, msgspec.structs.replace(chip, core=small), extreme=seed % 2 == 1), chip


def simulator_files(machine: GridMachine, chip: RancChip) -> tuple[bytes, bytes]:
    files = encode_simulator(machine, chip)
    return files[NETWORK], files[CONFIGURATION]


def assert_equal(a: GridMachine, b: GridMachine, *, inputs: bool = True) -> None:
    assert (a.columns, a.rows, a.output, a.n_outputs) == (b.columns, b.rows, b.output, b.n_outputs)
    if inputs:
        assert a.n_inputs == b.n_inputs
        np.testing.assert_array_equal(a.inputs, b.inputs, strict=True)
    for one, other in zip(a.cores, b.cores, strict=True):
        for field in fields(GridCore):
            first, second = getattr(one, field.name), getattr(other, field.name)
            if not isinstance(first, dict):
                first, second = {"": first}, {"": second}
            assert sorted(first) == sorted(second)
            for key in first:
                np.testing.assert_array_equal(first[key], second[key], f"{field.name} {key}", strict=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_round_trip(seed: int, name: str) -> None:
    machine, chip = made(seed, name)
    files = encode(machine, chip)
    found = decode(files, chip)
    assert_equal(machine, found)
    assert encode(found, chip) == files
    simulated, sent = decode_simulator(*simulator_files(machine, chip))
    assert_equal(machine, simulated, inputs=False)
    assert sent == ()


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_neuron_never_spike(name: str) -> None:
    """No axon reaches them, nothing leaks, and thresholds are the ends of their register."""
    machine, chip = made(2, name)
    core = machine.cores[0]
    idle = neuron_rows(core, chip)[core.n_neurons :]
    assert len(idle) == chip.core.neurons - core.n_neurons > 0
    assert not idle[:, : core.axon_type.size].any()
    end = 1 << (chip.bits.threshold - 1)
    wanted = {"positive_threshold": end - 1, "negative_threshold": -end, "delay": chip.max_delay}
    for field, values in values_of(chip.row(), idle[:, core.axon_type.size :]).items():
        assert set(values.tolist()) == {wanted.get(field, 0)}, field


def test_packets_are_in_the_network_of_the_simulator() -> None:
    machine, chip = made(6)
    events = (np.random.default_rng(0).random((9, machine.n_inputs)) < 0.5).astype(np.uint8)
    sent = packets(machine, events)
    files = encode_simulator(machine, chip, sent)
    _, found = decode_simulator(files[NETWORK], files[CONFIGURATION])
    for ours, theirs in zip(sent, found, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    lines = packet_text(sent, chip).decode().splitlines()
    assert len(lines) == sum(len(tick) for tick in sent)
    assert {len(line.split()[1]) for line in lines} == {30}
    assert expected_text(np.array([[0, 3], [2, 1]])) == b"0 3\n2 1\n"


BENCH = """`timescale 1ns / 1ps
module testbench;
  reg [{high}:0] memory [0:{last}];
  integer k;
  initial begin
    $readmemb("{file}", memory);
    for (k = 0; k <= {last}; k = k + 1) $display("%b", memory[k]);
  end
endmodule
"""


def test_verilog_reads_the_images_as_they_are_meant(tmp_path: Path) -> None:
    machine, chip = made(1)
    images = encode(machine, chip)
    core = machine.cores[-1]
    number = core.x + core.y * machine.columns
    wanted = {
        neuron_image(number): ["".join(map(str, row)) for row in neuron_rows(core, chip).tolist()],
        axon_image(number): [f"{kind:02b}" for kind in core.axon_type.tolist()],
    }
    for name, rows in wanted.items():
        bench = BENCH.format(high=len(rows[0]) - 1, last=len(rows) - 1, file=name)
        told = simulate(tmp_path, {**images, "bench.v": bench.encode()}, ["bench.v"])
        assert told.stdout.split() == rows


def with_document(change: Callable[[dict[str, Any]], object]) -> dict[str, bytes]:
    machine, chip = made(1)
    files = encode(machine, chip)
    document = json.loads(files[FILE])
    change(document)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return {**files, FILE: f"{text}\n".encode()}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(format="spikec-ranc/2"), "format"),
        (lambda d: d.update(target="loihi1"), "is for 'loihi1', not"),
        (lambda d: d.update(target="truenorth"), "is for 'truenorth', not"),
        (lambda d: d.update(more=1), "more"),
        (lambda d: d.update(grid=[0, 1]), "grid"),
        (lambda d: d.update(grid=[1000, 1000]), "999 cores"),
        (lambda d: d.update(grid=[9, 9]), "missing"),
        (lambda d: d.update(output=[90, 0]), "outside the grid"),
        (lambda d: d.update(outputs=0), "outputs"),
        (lambda d: d.update(outputs=257), "outputs"),
        (lambda d: d["inputs"].append([[0, 0, 0, 15]]), "delay"),
        (lambda d: d["inputs"].append([[0, 0, 256, 0]]), "axon"),
        (lambda d: d["inputs"].append([[60, 60, 0, 0]]), "core of the grid"),
        (lambda d: d["inputs"].append([d["output"] + [0, 0]]), "core of the grid"),
        (lambda d: d["inputs"].append([[0, 0, 0]]), "inputs"),
    ],
)
def test_other_documents_are_refused(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode(with_document(change), revision("ranc"))


def test_an_unchanged_document_is_read() -> None:
    decode(with_document(lambda d: d), revision("ranc"))


@pytest.mark.parametrize("text", [b"", b"\xff", b"[" * 100000, b"null"])
def test_other_bytes_are_refused(text: bytes) -> None:
    machine, chip = made(1)
    for name in (FILE, neuron_image(0), axon_image(0)):
        files = encode(machine, chip)
        assert name in files
        with pytest.raises(DecodeError):
            decode({**files, name: text}, chip)
    for pair in ((text, b"{}"), (simulator_files(machine, chip)[0], text)):
        with pytest.raises(DecodeError):
            decode_simulator(*pair)


def test_every_flipped_bit_of_an_image_is_another_machine_or_refused() -> None:
    machine, chip = made(6)
    files = encode(machine, chip)
    core = machine.cores[0]
    name = neuron_image(core.x + core.y * machine.columns)
    width = len(files[name].splitlines()[0])
    for bit in range(width):
        text = bytearray(files[name])
        text[bit] ^= 1
        try:
            kept = {n: t for n, t in files.items() if n.endswith((".mem", FILE))}
            found = decode(kept | {name: bytes(text)}, chip)
        except DecodeError:
            continue
        with pytest.raises(AssertionError):
            assert_equal(machine, found)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["cores"][0]["connections"].append([0] * 256), "another size"),
        (lambda d: d["cores"][0]["connections"][0].__setitem__(0, 2), "neither 0 nor 1"),
        (lambda d: d["cores"][0]["axons"].pop(), "another size"),
        (lambda d: d["output_bus"].update(num_outputs=-1), "num_outputs"),
        (lambda d: d.pop("packets"), "packets"),
        (lambda d: d["cores"][0].update(axons=[4] * 256), "type"),
        (lambda d: d["cores"].pop(), "cores"),
        (lambda d: d.update(more=1), "more"),
        (
            lambda d: d["packets"].append([{"destination_core": [0, 0], "destination_axon": 1}]),
            "destination_tick",
        ),
        (lambda d: d["cores"].reverse(), "cores"),
    ],
)
def test_other_networks_of_the_simulator_are_refused(
    change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    network, settings = simulator_files(*made(6))
    document = json.loads(network)
    change(document)
    with pytest.raises(DecodeError, match=reason):
        decode_simulator(json.dumps(document, separators=(",", ":")).encode(), settings)


def test_the_network_of_the_simulator_is_read_only_as_it_is_written() -> None:
    network, settings = simulator_files(*made(6))
    with pytest.raises(DecodeError, match="laid out otherwise"):
        decode_simulator(network + b" ", settings)
    with pytest.raises(DecodeError, match="laid out otherwise"):
        decode_simulator(network, settings.replace(b'"neuron_reset_type":0', b'"neuron_reset_type":1'))
