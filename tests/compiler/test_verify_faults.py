"""Seeded faults: no wrong word of a configuration passes the static half of the placement verdict."""

from __future__ import annotations

import dataclasses
import itertools
import re

import numpy as np
import pytest
from spikec.compiler.backends.loihi.route import route
from spikec.compiler.backends.loihi.verify_words import static_verdict
from spikec.compiler.backends.shared.unplaced import placed_symbols
from spikec.compiler.ir.placement import Certificate, Placement, Slice
from spikec.compiler.ir.quantized import (
    QuantizedInput,
    QuantizedNetwork,
    QuantizedPopulation,
    ScaledProjection,
)
from spikec.compiler.ir.stages import StaticVerdict
from spikec.targets import load
from spikec.targets.configuration import Configuration, StateScale, Symbols
from spikec.targets.loihi1 import emit, words
from spikec.targets.loihi1.content import grid_shift
from spikec.targets.machines.synapse_rows import as_rows

from ..effort import thinned

TARGET = load("loihi1")
EXCITATORY = {"wgtExp": 0, "wgtBits": 4, "signMode": 2, "dlyBits": 0}
MIXED = {"wgtExp": 2, "wgtBits": 8, "signMode": 1, "dlyBits": 3}
INHIBITORY = {"wgtExp": -1, "wgtBits": 6, "signMode": 3, "dlyBits": 2}


def population(name: str, shape: tuple[int, ...], seed: int, vmin: int = 23) -> QuantizedPopulation:
    rng = np.random.default_rng(seed)
    n = int(np.prod(shape))
    return QuantizedPopulation(
        name=name,
        shape=shape,
        params={
            "decayU": rng.choice([4095, 1023, 409], n),
            "decayV": rng.choice([0, 204], n),
            "vth": rng.choice([640, 641, 1280], n),
            "bias": rng.integers(-4095, 4096, n),
            "biasExp": rng.integers(0, 8, n),
            "refractDelay": rng.choice([1, 3], n),
        },
        core_params={"negVmLimit": vmin, "posVmLimit": 7},
        scales={"v": StateScale(units=640.0, offset=0.0)},
        lag_steps=0,
    )


def projection(
    pre: str, post: str, sizes: tuple[int, int], form: dict[str, int], density: float, seed: int
) -> ScaledProjection:
    rng = np.random.default_rng(seed)
    cols, rows = np.nonzero(rng.random(sizes) < density)
    shift = 8 - form["wgtBits"] + (form["signMode"] == 1)
    top = (1 << (form["wgtBits"] - (form["signMode"] == 1))) - 1
    mantissa = rng.integers(1, top + 1, cols.size) << shift
    if form["signMode"] == 1:
        mantissa *= rng.choice([-1, 1], cols.size)
    return ScaledProjection(
        pre=pre,
        post=post,
        synapses=as_rows(
            cols,
            rows,
            -mantissa if form["signMode"] == 3 else mantissa,
            rng.integers(0, 1 << form["dlyBits"], cols.size),
        ),
        format=form,
    )


def small_network() -> QuantizedNetwork:
    hidden, inhibition, readout = "/node/nodes/hidden", "/node/nodes/inh", "/node/nodes/out"
    port, bias = "/node/nodes/input", "/node/nodes/out bias"
    return QuantizedNetwork(
        target="loihi1",
        populations=(
            population(hidden, (2, 5), 1),
            population(inhibition, (4,), 2),
            population(readout, (3,), 3, vmin=0),
        ),
        inputs=(
            QuantizedInput(name=port, shape=(2, 3)),
            QuantizedInput(name=bias, shape=(1,), constant=True, onset_step=2),
        ),
        projections=(
            projection(hidden, hidden, (10, 10), MIXED, 0.3, 4),
            projection(hidden, inhibition, (10, 4), EXCITATORY, 0.5, 5),
            projection(hidden, readout, (10, 3), MIXED, 1.0, 6),
            projection(inhibition, hidden, (4, 10), INHIBITORY, 0.8, 7),
            projection(port, hidden, (6, 10), MIXED, 0.9, 8),
            projection(bias, readout, (1, 3), MIXED, 1.0, 9),
        ),
        outputs={"/node/nodes/output": readout},
        max_lag_steps=0,
    )


def small_placement() -> Placement:
    hidden, inhibition, readout = "/node/nodes/hidden", "/node/nodes/inh", "/node/nodes/out"
    return Placement(
        slices=(
            Slice(population=inhibition, first=0, size=4, core=0, slot=0),
            Slice(population=hidden, first=6, size=4, core=0, slot=4),
            Slice(population=hidden, first=0, size=6, core=1, slot=0),
            Slice(population=readout, first=0, size=3, core=2, slot=0),
        ),
        cores=3,
        used=({}, {}, {}),
        available={},
        certificate=Certificate(objective="cores", value=3, bound=3, status="OPTIMAL", family="by hand"),
    )


NETWORK, PLACEMENT = small_network(), small_placement()
CORES, ROUTES = route(NETWORK, PLACEMENT, TARGET)
SYMBOLS = placed_symbols(NETWORK, PLACEMENT)
CONFIGURATION = emit.encode(CORES, 7, ROUTES)
IMAGES = sorted(name for name, words in CONFIGURATION.images.items() if words.size)


def verdict(configuration: Configuration, debug: Symbols = SYMBOLS) -> StaticVerdict:
    return static_verdict(NETWORK, TARGET, configuration, debug)


def with_words(image: str, changed: np.ndarray) -> Configuration:
    return Configuration(target="loihi1", images={**CONFIGURATION.images, image: changed})


def is_named(image: str, found: StaticVerdict) -> bool:
    """Some finding names the image's core; where spikes are sent, a lost or stray synapse will do."""
    chip, core, name = f"{image}/".split("/")[:3]
    place = r"host/" if chip == "host" else rf"chip {chip} core {core}\b|^{chip}/{core}/"
    pattern = rf"{place}|synapse /node" if chip == "host" or name.startswith("axon") else place
    return found.n_findings > 0 and any(re.search(pattern, text) for text in found.findings)


def test_the_untouched_configuration_is_identical() -> None:
    assert verdict(CONFIGURATION) == StaticVerdict(identical=True, findings=(), n_findings=0)


@pytest.mark.parametrize("image", IMAGES)
def test_every_flipped_bit_is_found(image: str) -> None:
    """Every seventh by day, so that all 64 places of a word have their turn."""
    original = CONFIGURATION.images[image]
    for index, bit in thinned(itertools.product(range(original.size), range(64)), 17):
        changed = original.copy()
        changed[index] ^= np.uint64(1) << np.uint64(bit)
        found = verdict(with_words(image, changed))
        assert not found.identical, (index, bit)
        assert is_named(image, found), (index, bit, found.findings)


def word_types() -> list[tuple[str, str]]:
    layouts = {layout.name: layout for layout in (*words.CORE_IMAGES, *words.HOST_IMAGES)}
    return [(image, field.name) for image in IMAGES for field in layouts[image.split("/")[-1]].fields]


@pytest.mark.parametrize(("image", "field"), thinned(word_types(), 2))
def test_a_wrong_field_is_found(image: str, field: str) -> None:
    rng = np.random.default_rng([ord(c) for c in image + field])
    layouts = {layout.name: layout for layout in (*words.CORE_IMAGES, *words.HOST_IMAGES)}
    layout = layouts[image.split("/")[-1]]
    place = [f.name for f in layout.fields].index(field)
    for _ in range(8):
        changed = CONFIGURATION.images[image].copy()
        row = rng.integers(changed.size)
        difference = int(rng.integers(1, 1 << layout.fields[place].bits))
        changed[row] ^= np.uint64(difference << layout.offsets()[place])
        found = verdict(with_words(image, changed))
        assert is_named(image, found), (row, difference, found.findings)


@pytest.mark.parametrize("image", IMAGES)
def test_dropped_doubled_and_swapped_words_are_found(image: str) -> None:
    original = CONFIGURATION.images[image]
    for row in thinned(range(original.size), 3):
        for changed in (np.delete(original, row), np.insert(original, row, original[row])):
            found = verdict(with_words(image, changed))
            assert is_named(image, found), (row, found.findings)
    for first, second in itertools.combinations(range(min(original.size, 12)), 2):
        changed = original.copy()
        changed[[first, second]] = original[[second, first]]
        if not np.array_equal(changed, original):
            assert is_named(image, verdict(with_words(image, changed))), (first, second)


@pytest.mark.parametrize("image", sorted(CONFIGURATION.images))
def test_a_missing_image_is_found(image: str) -> None:
    images = {name: words for name, words in CONFIGURATION.images.items() if name != image}
    found = verdict(Configuration(target="loihi1", images=images))
    assert not found.identical
    assert image in found.findings[0]


@pytest.mark.parametrize(
    "name", ["0/3/cxCfg", "0/0/learning", "x/0/cxCfg", "0/00/cxCfg", "host/", "", "0/-1/cxCfg"]
)
def test_an_unknown_image_is_found(name: str) -> None:
    found = verdict(with_words(name, CONFIGURATION.images["0/0/cxCfg"]))
    assert not found.identical


@pytest.mark.parametrize("kind", [np.int64, np.float64, object])
def test_an_image_of_other_numbers_is_found(kind: type) -> None:
    changed = CONFIGURATION.images["0/0/cxCfg"].astype(kind)
    assert is_named("0/0/cxCfg", verdict(with_words("0/0/cxCfg", changed)))


def encoded_with(core: int, **changes: object) -> StaticVerdict:
    cores = list(CORES)
    cores[core] = dataclasses.replace(cores[core], **changes)
    return verdict(emit.encode(cores, 7, ROUTES))


def bumped(values: np.ndarray, at: int, value: int) -> np.ndarray:
    changed = values.copy()
    changed[at] = value
    return changed


@pytest.mark.parametrize("register", ["decayU", "decayV", "refractDelay", "vth", "bias", "biasExp"])
@pytest.mark.parametrize(
    ("core", "compartment", "neuron"),
    [(0, 0, "/node/nodes/inh[0]"), (0, 7, "/node/nodes/hidden[1, 4]"), (2, 2, "/node/nodes/out[2]")],
)
def test_a_wrong_register_names_its_neuron(register: str, core: int, compartment: int, neuron: str) -> None:
    values = CORES[core].registers[register]
    wrong = int(values[compartment]) ^ 1
    found = encoded_with(
        core, registers={**CORES[core].registers, register: bumped(values, compartment, wrong)}
    )
    expected = (
        f"chip 0 core {core} compartment {compartment}: {neuron}: {register} "
        f"expected {values[compartment]}, found {wrong}"
    )
    assert found == StaticVerdict(identical=False, findings=(expected,), n_findings=1)


@pytest.mark.parametrize("register", ["negVmLimit", "posVmLimit"])
def test_a_wrong_core_register_names_every_neuron_of_the_core(register: str) -> None:
    found = encoded_with(2, core_registers={**CORES[2].core_registers, register: 5})
    assert found.n_findings == 3
    for i, text in enumerate(found.findings):
        assert text.startswith(f"chip 0 core 2 compartment {i}: /node/nodes/out[{i}]: {register} expected")


def synapse_names(core: int, at: int) -> tuple[str, str]:
    """Source and target as the network names them, found without the symbols."""
    content = CORES[core]
    (axon,) = np.flatnonzero(content.axon_row == content.synapse_row[at]).tolist()
    compartment = int(content.axon_base[axon] + content.synapse_offset[at])
    sources: list[str] = []
    for other in CORES:
        mine = (other.slot_core == core) & (other.slot_axon == axon)
        sources += [neuron_name(other.core, int(c)) for c in other.slot_compartment[mine]]
    for element in ROUTES.element[(ROUTES.core == core) & (ROUTES.axon == axon)]:
        name = f"input[{element // 3}, {element % 3}]" if element < 6 else "out bias[0]"
        sources.append(f"/node/nodes/{name}")
    assert len(sources) == 1
    return sources[0], neuron_name(core, compartment)


def neuron_name(core: int, compartment: int) -> str:
    piece = next(s for s in PLACEMENT.slices if s.core == core and s.slot <= compartment < s.slot + s.size)
    index = piece.first + compartment - piece.slot
    inner = f"{index // 5}, {index % 5}" if piece.population.endswith("hidden") else f"{index}"
    return f"{piece.population}[{inner}]"


@pytest.mark.parametrize("core", [0, 1, 2])
def test_wrong_weights_delays_and_targets_name_their_synapse(core: int) -> None:
    content = CORES[core]
    rng = np.random.default_rng(core)
    for at in rng.choice(content.synapse_row.size, 12, replace=False).tolist():
        pre, post = synapse_names(core, at)
        form = content.row_format[content.synapse_row[at]]
        mantissa, delay = int(content.synapse_mantissa[at]), int(content.synapse_delay[at])
        shift = grid_shift(content.formats["wgtBits"][form], content.formats["signMode"][form])
        step = int(np.sign(mantissa)) << int(shift)
        smaller = mantissa - step if abs(mantissa) > abs(step) else mantissa + step
        found = encoded_with(core, synapse_mantissa=bumped(content.synapse_mantissa, at, smaller))
        if content.formats["wgtExp"][form] >= 0:
            assert found.n_findings == 1
            assert f"synapse {pre} -> {post}: expected weight" in found.findings[0]
            assert found.findings[0].startswith(f"chip 0 core {core} compartment ")
        if content.formats["dlyBits"][form] > 0:
            found = encoded_with(core, synapse_delay=bumped(content.synapse_delay, at, delay ^ 1))
            assert found.n_findings == 1
            assert f"synapse {pre} -> {post}: expected weight" in found.findings[0]
            assert f"delay {delay}, found" in found.findings[0]
            assert f"delay {delay ^ 1}" in found.findings[0]


@pytest.mark.parametrize("core", [0, 1, 2])
def test_a_lost_synapse_is_named(core: int) -> None:
    content = CORES[core]
    several = np.flatnonzero(np.bincount(content.synapse_row)[content.synapse_row] > 1)
    for at in np.random.default_rng(core).choice(several, 12, replace=False).tolist():
        names = ("synapse_row", "synapse_offset", "synapse_mantissa", "synapse_delay")
        found = encoded_with(core, **{name: np.delete(getattr(content, name), at) for name in names})
        pre, post = synapse_names(core, at)
        assert found.n_findings == 1
        assert f"synapse {pre} -> {post}: expected weight" in found.findings[0]
        assert found.findings[0].endswith("found none")


@pytest.mark.parametrize("core", [0, 1])
def test_a_lost_or_doubled_slot_is_named(core: int) -> None:
    content = CORES[core]
    names = ("slot_compartment", "slot_chip", "slot_core", "slot_axon")
    for at in range(content.slot_axon.size):
        source = neuron_name(core, int(content.slot_compartment[at]))
        lost = encoded_with(core, **{name: np.delete(getattr(content, name), at) for name in names})
        assert lost.n_findings > 0
        lines = [t for t in lost.findings if ": nothing drives input axon " not in t]
        assert len(lines) in {lost.n_findings, lost.n_findings - 1}
        assert all(f"synapse {source} -> " in t and t.endswith("found none") for t in lines)
        twice = {name: np.append(getattr(content, name), getattr(content, name)[at]) for name in names}
        doubled = encoded_with(core, **twice)
        assert doubled.n_findings == len(lines)
        assert all(f"synapse {source} -> " in t and "expected none" in t for t in doubled.findings)


def test_a_wrong_input_route_is_named() -> None:
    for at in range(ROUTES.element.size):
        wrong = dataclasses.replace(
            ROUTES, element=bumped(ROUTES.element, at, (int(ROUTES.element[at]) + 1) % 7)
        )
        found = verdict(emit.encode(CORES, 7, wrong))
        assert not found.identical
        assert any("found none" in text for text in found.findings)
        assert any("expected none" in text for text in found.findings)


def test_wrong_symbols_are_found() -> None:
    hidden, *others = SYMBOLS.populations
    swapped = hidden.machine_index.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    for index in (swapped, hidden.machine_index + 1, hidden.machine_index[:-1], np.zeros(10, dtype=np.int64)):
        wrong = dataclasses.replace(hidden, machine_index=index)
        assert not verdict(
            CONFIGURATION, Symbols(populations=(wrong, *others), inputs=SYMBOLS.inputs)
        ).identical
    late = dataclasses.replace(hidden, lag_steps=1)
    assert not verdict(CONFIGURATION, Symbols(populations=(late, *others), inputs=SYMBOLS.inputs)).identical
    scaled = dataclasses.replace(hidden, scales={"v": StateScale(units=640.0, offset=0.5)})
    found = verdict(CONFIGURATION, Symbols(populations=(scaled, *others), inputs=SYMBOLS.inputs))
    assert found.n_findings == 1
    assert "/node/nodes/hidden" in found.findings[0]
    first, second = SYMBOLS.inputs
    ports = (dataclasses.replace(first, first=1), dataclasses.replace(second, first=0))
    assert not verdict(CONFIGURATION, Symbols(populations=SYMBOLS.populations, inputs=ports)).identical
    renamed = (dataclasses.replace(first, name="other"), second)
    assert not verdict(CONFIGURATION, Symbols(populations=SYMBOLS.populations, inputs=renamed)).identical


def test_many_findings_are_counted_and_twenty_shown() -> None:
    found = verdict(emit.encode(CORES, 7, dataclasses.replace(ROUTES, element=(ROUTES.element + 1) % 7)))
    assert len(found.findings) == 20
    assert found.n_findings > 40
