"""Loihi 1 words: content -> words -> content over all formats, and sizes by the public formula."""

from __future__ import annotations

import dataclasses
import itertools
import re
from importlib import resources

import numpy as np
import pytest
from spikec.targets import load
from spikec.targets.layout import WordType
from spikec.targets.loihi1 import emit, words
from spikec.targets.loihi1.content import FORMAT_REGISTERS, CoreContent, InputRoutes, OutputReads, grid_shift
from spikec.targets.synapse_chunks import chunked_bits

from .loihi1_contents import DENSE, NO_ROUTES, SPARSE, core_of, form, synapses_of, two_cores

TARGET = load("loihi1")
WEIGHT_BITS = (1, 2, 3, 4, 5, 6, 8)


def synapse_rows(core: CoreContent) -> list[tuple[int, ...]]:
    registers = [
        tuple(int(core.formats[n][k]) for n in FORMAT_REGISTERS) for k in range(core.formats["wgtExp"].size)
    ]
    return sorted((*synapse[:4], *registers[synapse[4]]) for synapse in synapses_of(core))


def slot_rows(core: CoreContent) -> list[tuple[int, ...]]:
    columns = (core.slot_compartment, core.slot_chip, core.slot_core, core.slot_axon)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def round_trip(core: CoreContent) -> int:
    """Checks that `core` survives; returns the bits of its synaptic memory."""
    configuration = emit.encode([core], 0, NO_ROUTES)
    (again,) = emit.decode(configuration).cores
    for name, values in core.registers.items():
        assert np.array_equal(again.registers[name], values), name
    assert again.core_registers == core.core_registers
    assert synapse_rows(again) == synapse_rows(core)
    assert slot_rows(again) == slot_rows(core)
    assert emit.encode([again], 0, NO_ROUTES).digest() == configuration.digest()
    return int(configuration.images["0/0/synapseMem"].size) * 64


@pytest.mark.parametrize("sign", [1, 2, 3])
@pytest.mark.parametrize("weight_bits", WEIGHT_BITS)
@pytest.mark.parametrize("compression", [SPARSE, DENSE])
def test_round_trip_of_every_format(weight_bits: int, sign: int, compression: int) -> None:
    rng = np.random.default_rng([weight_bits, sign, compression])
    for delay_bits, exponent in zip(range(7), (-7, -6, -1, 0, 1, 6, 7), strict=True):
        index = 9 if compression == SPARSE else 0
        fmt = form(weight_bits, sign, delay_bits, compression, index, exponent)
        sizes = rng.integers(1, 200, 20)
        axons = [(0, np.sort(rng.choice(300, size, replace=False))) for size in sizes]
        bits = round_trip(core_of(300, [fmt], axons, seed=delay_bits, slots=40))
        firsts = [min(int(where[0]), 255) for _, where in axons]
        spans = [
            int(where[-1]) - first + 1 if compression == DENSE else where.size
            for first, (_, where) in zip(firsts, axons, strict=True)
        ]
        each = weight_bits + delay_bits + index
        assert bits == sum(chunked_bits(span, each, TARGET.synapse) for span in spans)


@pytest.mark.parametrize("n", [1, 2, 62, 63, 64, 65, 127, 128, 129, 192, 1024])
@pytest.mark.parametrize(("compression", "index"), [(DENSE, 0), (SPARSE, 10), (SPARSE, 12)])
def test_chunk_borders(n: int, compression: int, index: int) -> None:
    for weight_bits, delay_bits in itertools.product((1, 3, 8), (0, 1, 6)):
        fmt = form(weight_bits, 2, delay_bits, compression, index)
        start = min(255, 1024 - n)
        bits = round_trip(core_of(1024, [fmt], [(0, np.arange(start, start + n)), (0, np.arange(n))], seed=n))
        assert bits == 2 * chunked_bits(n, weight_bits + delay_bits + index, TARGET.synapse)


@pytest.mark.parametrize(
    ("compression", "index", "n", "bits"),
    [
        *((DENSE, 0, n, bits) for n, bits in ((1, 64), (10, 128), (20, 192), (64, 576), (65, 640))),
        *((DENSE, 0, n, bits) for n, bits in ((100, 896), (256, 2304), (1024, 9216))),
        *((SPARSE, 9, n, bits) for n, bits in ((1, 64), (10, 192), (100, 1792), (256, 4608))),
        *((SPARSE, 10, n, bits) for n, bits in ((64, 1216), (1024, 19456))),
        *((SPARSE, 11, n, bits) for n, bits in ((64, 1280), (256, 5120))),
    ],
)
def test_memory_is_what_nengo_loihi_counts(compression: int, index: int, n: int, bits: int) -> None:
    """Check values: SynapseConfig.bits_per_axon of nengo-loihi 1.1.0, 8 bit weights, no delay."""
    fmt = form(8, 1, 0, compression, index)
    assert round_trip(core_of(1024, [fmt], [(0, np.arange(n))])) == bits


def test_several_formats_and_two_delays_between_one_pair() -> None:
    formats = [form(8, 1, 3, SPARSE, 6), form(4, 2, 0, DENSE), form(8, 1, 3, SPARSE, 6), form(5, 3, 6, DENSE)]
    rng = np.random.default_rng(5)
    axons = [(i % 4, np.sort(rng.choice(40, 7, replace=False))) for i in range(12)]
    core = core_of(40, formats, axons, slots=9)
    round_trip(core)
    configuration = emit.encode([core], 0, NO_ROUTES)
    assert configuration.images["0/0/synapseFmt"].size == 1 + 3
    twice = dataclasses.replace(core, synapse_offset=bump(core.synapse_offset, 1, core.synapse_offset[0]))
    round_trip(twice)


def bump(values: np.ndarray, at: int, value: int) -> np.ndarray:
    changed = values.copy()
    changed[at] = value
    return changed


def test_mixed_one_bit_weights_are_minus_256() -> None:
    core = core_of(4, [form(1, 1)], [(0, np.arange(4))])
    assert core.synapse_mantissa.tolist() == [-256] * 4
    round_trip(core)
    with pytest.raises(ValueError, match="mantissa 256 is not one of 1 weight bits"):
        emit.encode([dataclasses.replace(core, synapse_mantissa=np.full(4, 256))], 0, NO_ROUTES)


@pytest.mark.parametrize(
    ("bits", "sign", "mantissa"),
    [
        (8, 1, 3),
        (8, 1, 256),
        (8, 1, -258),
        (8, 1, 0),
        (8, 2, 256),
        (8, 2, -1),
        (8, 3, -256),
        (8, 3, 1),
        (6, 2, 2),
    ],
)
def test_weights_off_the_grid_are_refused(bits: int, sign: int, mantissa: int) -> None:
    core = core_of(4, [form(bits, sign)], [(0, np.arange(4))])
    wrong = dataclasses.replace(core, synapse_mantissa=bump(core.synapse_mantissa, 2, mantissa))
    with pytest.raises(ValueError, match=f"core 0/0: mantissa {mantissa} "):
        emit.encode([wrong], 0, NO_ROUTES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"synapse_delay": np.full(4, 4)}, "delay"),
        ({"synapse_delay": np.full(4, -1)}, "delay"),
        ({"synapse_offset": np.full(4, 4)}, "synapse offset"),
        ({"synapse_offset": np.full(4, 1)}, "two synapses"),
        ({"axon_base": np.array([1])}, "synapse compartment"),
        ({"axon_base": np.array([256])}, "axon base"),
        ({"synapse_row": np.full(4, 1)}, "synapse row"),
        ({"row_format": np.array([0, 0]), "axon_row": np.array([0, 1])}, "input axon 1 has no synapse"),
        ({"row_format": np.array([0, 0])}, "has no axon"),
        ({"row_format": np.array([1])}, "row format"),
        ({"core_registers": {"negVmLimit": 24, "posVmLimit": 7}}, "negVmLimit"),
        ({"core_registers": {"negVmLimit": 23, "posVmLimit": 8}}, "posVmLimit"),
    ],
)
def test_content_that_no_word_holds_is_refused(change: dict[str, object], message: str) -> None:
    core = core_of(4, [form(8, 1, 2)], [(0, np.arange(4))])
    with pytest.raises(ValueError, match=message):
        emit.encode([dataclasses.replace(core, **change)], 0, NO_ROUTES)


@pytest.mark.parametrize(
    ("register", "value"),
    [("decayU", 4096), ("decayV", -1), ("refractDelay", 64), ("vth", 131072), ("bias", 4096), ("biasExp", 8)],
)
def test_registers_out_of_range_are_refused(register: str, value: int) -> None:
    core = core_of(4, [form()], [(0, np.arange(4))])
    wrong = {**core.registers, register: bump(core.registers[register], 1, value)}
    with pytest.raises(ValueError, match=register):
        emit.encode([dataclasses.replace(core, registers=wrong)], 0, NO_ROUTES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wgtBits": 7}, "wgtBits"),
        ({"wgtBits": 9}, "wgtBits"),
        ({"wgtExp": 8}, "wgtExp"),
        ({"dlyBits": 7}, "dlyBits"),
        ({"idxBits": 5}, "idxBits"),
        ({"idxBits": 0}, "index bits"),
        ({"signMode": 0}, "sign mode"),
        ({"compression": 1}, "compression"),
        ({"compression": DENSE}, "dense format with index bits"),
    ],
)
def test_formats_that_no_register_holds_are_refused(change: dict[str, int], message: str) -> None:
    core = core_of(4, [form(compression=SPARSE, index=6, weight_bits=8, sign=2)], [(0, np.arange(4))])
    wrong = {**core.formats, **{name: np.array([value]) for name, value in change.items()}}
    with pytest.raises(ValueError, match=message):
        emit.encode([dataclasses.replace(core, formats=wrong)], 0, NO_ROUTES)


def test_memory_beyond_a_core_is_refused() -> None:
    rows = [(0, np.arange(1024))]
    assert round_trip(core_of(1024, [form()], rows * 113)) <= 16384 * 64
    with pytest.raises(ValueError, match="words of synaptic memory; a core has 16384"):
        emit.encode([core_of(1024, [form()], rows * 114)], 0, NO_ROUTES)


def test_machine_joins_routes_and_synapses() -> None:
    """Against a plain loop over sources, axons and synapses."""
    cores, routes = two_cores()
    decoded = emit.decode(emit.encode(cores, 4, routes))
    machine = emit.machine(decoded)
    assert machine.core.tolist() == [0] * 5 + [1] * 3
    assert machine.slot.tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    assert machine.n_inputs == 4
    place = {(0, 0): 0, (2, 7): 1}
    edges = [
        (8 + e, place[c, k], a)
        for e, c, k, a in zip(
            *(getattr(routes, f).tolist() for f in ("element", "chip", "core", "axon")), strict=True
        )
    ]
    content = cores[0]
    names = ("slot_compartment", "slot_chip", "slot_core", "slot_axon")
    edges += [
        (s, place[c, k], a) for s, c, k, a in zip(*(getattr(content, f).tolist() for f in names), strict=True)
    ]
    expected: list[tuple[int, ...]] = []
    for source, core, axon in edges:
        for mine, compartment, weight, delay, _ in synapses_of(cores[core]):
            if mine == axon:
                expected.append((source, compartment + 5 * core, weight, delay, axon))
    columns = (
        machine.synapses.flat().source,
        machine.synapses.flat().post,
        machine.synapses.flat().weight,
        machine.synapses.flat().delay,
        machine.synapses.flat().axon,
    )
    assert sorted(zip(*(column.tolist() for column in columns), strict=True)) == sorted(expected)
    for name in ("decayU", "decayV", "vth", "bias", "biasExp", "refractDelay"):
        assert np.array_equal(machine.params[name], np.concatenate([c.registers[name] for c in cores]))
    for name in ("negVmLimit", "posVmLimit"):
        assert (
            machine.params[name].tolist()
            == [cores[0].core_registers[name]] * 5 + [cores[1].core_registers[name]] * 3
        )


def test_weights_take_the_exponent_of_their_format() -> None:
    core = core_of(
        3,
        [form(exponent=3), form(exponent=-2, compression=SPARSE, index=6)],
        [(0, np.arange(3)), (1, np.arange(3))],
    )
    core = dataclasses.replace(core, synapse_mantissa=np.array([2, -4, 254, 2, -6, 254]))
    routes = InputRoutes(
        element=np.arange(2), chip=np.zeros(2, int), core=np.zeros(2, int), axon=np.arange(2)
    )
    machine = emit.machine(emit.decode(emit.encode([core], 2, routes)))
    assert machine.synapses.flat().weight.tolist() == [16, -32, 2032, 0, -2, 63]


def test_order_of_content_does_not_matter() -> None:
    cores, routes = two_cores()
    plain = emit.encode(cores, 4, routes)
    rng = np.random.default_rng(3)
    shuffled: list[CoreContent] = []
    for core in cores:
        k, s = rng.permutation(core.synapse_row.size), rng.permutation(core.slot_axon.size)
        names = ("synapse_row", "synapse_offset", "synapse_mantissa", "synapse_delay")
        changes = {name: getattr(core, name)[k] for name in names}
        names = ("slot_compartment", "slot_chip", "slot_core", "slot_axon")
        changes |= {name: getattr(core, name)[s] for name in names}
        changes["registers"] = dict(reversed(core.registers.items()))
        shuffled.append(dataclasses.replace(core, **changes))
    again = emit.encode(shuffled[::-1], 4, routes)
    assert emit.bundle_files(again) == emit.bundle_files(plain)


def test_a_host_route_to_nowhere_is_refused() -> None:
    cores, routes = two_cores()
    for change in ({"axon": 2}, {"core": 1}, {"chip": 1}, {"element": 4}):
        wrong = dataclasses.replace(
            routes, **{name: bump(getattr(routes, name), 1, value) for name, value in change.items()}
        )
        with pytest.raises(emit.DecodeError) as caught:
            emit.decode(emit.encode(cores, 4, wrong))
        assert caught.value.image == "host/inputRoutes"


def test_no_cores() -> None:
    machine = emit.machine(emit.decode(emit.encode([], 3, NO_ROUTES)))
    assert (machine.n_neurons, machine.n_inputs, machine.synapses.flat().post.size) == (0, 3, 0)


def test_random_words_never_crash_the_decoder() -> None:
    cores, routes = two_cores()
    configuration = emit.encode(cores, 4, routes)
    rng = np.random.default_rng(21)
    refused = 0
    for _ in range(600):
        images = dict(configuration.images)
        name = sorted(images)[rng.integers(len(images))]
        size = int(rng.integers(0, 40))
        high = int(rng.choice([4, 64, 1 << 20, 1 << 45, 1 << 63]))
        images[name] = rng.integers(0, high, size, dtype=np.uint64)
        changed = dataclasses.replace(configuration, images=images)
        try:
            emit.machine(emit.decode(changed))
        except emit.DecodeError:
            refused += 1
    assert refused > 300


def test_memory_claimed_again_and_again_is_refused() -> None:
    """4096 axons that all own the whole memory would be 4 billion synapses."""
    core = core_of(1024, [form(1, 2)], [(0, np.arange(1024))] * 300)
    configuration = emit.encode([core], 0, NO_ROUTES)
    entry = {"address": np.zeros(4096, int), "chunks": np.full(4096, 4800), "base": np.zeros(4096, int)}
    images = {**configuration.images, "0/0/synapseMap": emit_pack(entry)}
    with pytest.raises(emit.DecodeError):
        emit.decode(dataclasses.replace(configuration, images=images))
    entry = {**entry, "address": np.arange(4096), "chunks": np.full(4096, 16)}
    images = {**configuration.images, "0/0/synapseMap": emit_pack(entry)}
    with pytest.raises(emit.DecodeError):
        emit.decode(dataclasses.replace(configuration, images=images))


def test_shared_rows_survive_and_are_stored_once() -> None:
    """Three axons of one kernel row, at three bases, in memory of one."""
    core = core_of(300, [form(8, 1, 0, SPARSE, 9)], [(0, np.array([3, 5, 40]))])
    shared = dataclasses.replace(core, axon_row=np.zeros(3, int), axon_base=np.array([3, 0, 255]))
    assert round_trip(shared) == round_trip(core)
    assert [s[:2] for s in synapses_of(shared)] == [
        (0, 3), (0, 5), (0, 40), (1, 0), (1, 2), (1, 37), (2, 255), (2, 257), (2, 292)
    ]  # fmt: skip
    wrong = dataclasses.replace(shared, axon_base=np.array([3, 0, 256]))
    with pytest.raises(ValueError, match="axon base"):
        emit.encode([wrong], 0, NO_ROUTES)


def emit_pack(entry: dict[str, np.ndarray]) -> np.ndarray:
    parts = ((entry["address"], 0), (entry["chunks"], 14), (entry["base"], 28))
    total = sum((values.astype(np.uint64) << np.uint64(shift) for values, shift in parts), np.uint64(0))
    return np.asarray(total)


def test_grid_of_mantissas() -> None:
    bits, sign = np.array([8, 8, 8, 1, 4]), np.array([1, 2, 3, 1, 2])
    assert grid_shift(bits, sign).tolist() == [1, 0, 0, 8, 4]


def test_words_lie_as_the_readme_says() -> None:
    """Every bit of a small core, by hand."""
    fmt = form(weight_bits=4, sign=2, delay_bits=1, compression=SPARSE, index=6, exponent=-3)
    core = CoreContent(
        chip=0,
        core=3,
        registers={
            "decayU": np.array([4095, 7, 4095]),
            "decayV": np.array([1, 2, 1]),
            "refractDelay": np.array([3, 1, 3]),
            "vth": np.array([99, 98, 98]),
            "bias": np.array([-1, 5, 0]),
            "biasExp": np.array([7, 0, 1]),
        },
        core_registers={"negVmLimit": 23, "posVmLimit": 6},
        formats={name: np.array([fmt[name]]) for name in FORMAT_REGISTERS},
        row_format=np.array([0]),
        axon_row=np.array([0]),
        axon_base=np.array([0]),
        synapse_row=np.array([0, 0]),
        synapse_offset=np.array([0, 2]),
        synapse_mantissa=np.array([3 << 4, 15 << 4]),
        synapse_delay=np.array([1, 0]),
        slot_compartment=np.array([1]),
        slot_chip=np.array([0]),
        slot_core=np.array([3]),
        slot_axon=np.array([0]),
    )
    routes = InputRoutes(element=np.array([4]), chip=np.array([0]), core=np.array([3]), axon=np.array([0]))
    reads = OutputReads(
        chip=np.array([0, 0]), core=np.array([3, 3]), compartment=np.array([2, 1]), membrane=np.array([1, 0])
    )
    images = emit.encode([core], 6, routes, output_reads=reads).images
    assert {name: image.tolist() for name, image in images.items()} == {
        "0/3/cxProfileCfg": [7 | 2 << 12 | 1 << 24, 4095 | 1 << 12 | 3 << 24],
        "0/3/vthProfileCfg": [98, 99],
        "0/3/cxCfg": [0x1FFF | 7 << 13 | 1 << 16 | 1 << 21, 5, 1 << 13 | 1 << 16],
        "0/3/dendriteSharedCfg": [6 | 23 << 3],
        "0/3/synapseFmt": [0, 13 | 4 << 4 | 1 << 7 | 1 << 12 | 1 << 17 | 63 << 19 | 2 << 25],
        "0/3/synapseMap": [0 | 1 << 14],
        "0/3/synapseMem": [1 | 1 << 4 | (0 | 3 << 6 | 1 << 10) << 10 | (2 | 15 << 6) << 21],
        "0/3/axonMap": [0, 1 << 13, 1],
        "0/3/axonCfg": [3 << 14],
        "host/inputCount": [6],
        "host/inputRoutes": [4 | 3 << 45],
        "host/outputReads": [3 << 14 | 2 << 21 | 1 << 34, 3 << 14 | 1 << 21],
    }


@pytest.mark.parametrize("layout", [*words.CORE_IMAGES, *words.HOST_IMAGES], ids=lambda layout: layout.name)
def test_the_readme_lists_every_field(layout: WordType) -> None:
    text = (resources.files("spikec.targets") / "loihi1" / "README.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.split("`")[1:2] == [name_in_readme(layout)])
    if layout is not words.SYNAPSE_WORD:
        fields = re.sub(r" \([^)]*\)", "", row.split("|")[3]).strip()
        assert fields == ", ".join(f"{f.name} {f.bits}{' signed' * f.signed}" for f in layout.fields)


def name_in_readme(layout: WordType) -> str:
    return f"host/{layout.name}" if layout in words.HOST_IMAGES else layout.name
