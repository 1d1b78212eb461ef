"""A chip stores weights in the width that was asked for where it has it, and says so where it has not."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.options import Options
from spikec.compiler.output.artifacts import quantized_bytes
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.compiler.weight_width import other_width, stored_width
from spikec.sim.nir.raw_graph import RawGraph
from spikec.targets import load, names
from spikec.targets.loihi1.content import grid_shift
from spikec.targets.loihi1.emit import decode
from spikec.targets.toml_text import toml_of_record

from .graphs import affine, graph, leaky, port

READING = Options(dialect="nir.euler", dt_seconds=1.0, allow_approximation=True)


def mixed_weights() -> RawGraph:
    random = np.random.default_rng(3)
    nodes = {
        "input": port("Input", 12),
        "w": affine(random.normal(0.0, 0.3, (10, 12))),
        "n": leaky(10, 0.9, 10.0, r=10.0),
        "output": port("Output", 10),
    }
    return graph(nodes, [("input", "w"), ("w", "n"), ("n", "output")])


def options(target: str, bits: int) -> Options:
    return replace(READING, target=target, weight_bits=bits)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 8])
def test_synapse_formats_have_the_width(bits: int) -> None:
    """Every format of the emitted words, and every mantissa on the grid of its format."""
    asked = options("loihi1", bits)
    target = resolve_target(asked)
    backend = backend_of(target)
    made = compile_graph(mixed_weights(), asked)
    assert made.placement_identical
    for core in decode(backend.read_files(target, made.files)).cores:
        formats = core.formats
        used = core.row_format[core.synapse_row]
        assert set(formats["wgtBits"][used].tolist()) == {bits}
        step = 1 << grid_shift(formats["wgtBits"], formats["signMode"])[used]
        assert not (core.synapse_mantissa % step).any()


@pytest.mark.parametrize("name", names())
def test_every_chip_says_what_widths_it_has(name: str) -> None:
    """Where there are several, each makes other numbers; where there are none, all make the same."""
    chip = load(name)
    widths = backend_of(chip).weight_widths(chip)
    assert list(widths) == sorted(set(widths))
    assert len(widths) != 1
    assert all(2 <= bits <= 8 for bits in widths)


@pytest.mark.parametrize("name", ["loihi1", "ranc", "speck2f", "tinyodin"])
def test_widths_are_those_that_change_the_numbers(name: str) -> None:
    found: dict[int, bytes] = {}
    raw = mixed_weights()
    chip = load(name)
    widths = backend_of(chip).weight_widths(chip)
    for bits in range(2, 9):
        asked = options(name, bits)
        target = resolve_target(asked)
        prepared = prepare(read_front(raw, asked, target), asked, target, None)
        network = prepared.quantized.network
        found[bits] = quantized_bytes(network, {p.name: np.zeros(p.size) for p in network.populations})
    assert {found[bits] for bits in widths or (8,)} == set(found.values())
    assert len({found[bits] for bits in widths}) == len(widths)


def test_a_width_that_the_toml_does_not_list_is_not_taken() -> None:
    chip = load("loihi1")
    synapse = msgspec.structs.replace(chip.synapse, weight_bits=(1, 3, 5))
    toml = toml_of_record(msgspec.to_builtins(msgspec.structs.replace(chip, synapse=synapse)))
    asked = replace(options("loihi1", 8), target_toml=toml)
    target = resolve_target(asked)
    assert backend_of(target).weight_widths(target) == (3, 5)
    prepared = prepare(read_front(mixed_weights(), asked, target), asked, target, None)
    assert {p.format["wgtBits"] for p in prepared.quantized.network.projections} == {5}


def test_what_is_taken_instead_is_said() -> None:
    assert [stored_width((2, 4, 6), bits) for bits in (2, 3, 5, 8)] == [2, 2, 4, 6]
    assert stored_width((3, 4), 2) == 3
    assert stored_width((), 5) == 5
    (said,) = other_width((2, 4), 3, "Chip")
    assert (said.code, said.message) == ("SPK0522", "weights take 2 bits, not 3: Chip stores 2, 4")
    assert other_width((2, 4), 8, "Chip") == ()  # nobody asked
    assert other_width((), 3, "Chip") == ()


def test_a_chip_that_has_fewer_widths_says_it_in_a_compile() -> None:
    made = compile_graph(mixed_weights(), options("ranc", 6))
    assert [d.message for d in made.diagnostics if d.code == "SPK0522"] == [
        "weights take 4 bits, not 6: RANC stores 2, 3, 4"
    ]
