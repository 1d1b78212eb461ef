"""The whole compile for a grid: both halves of the placement verdict, the report, exact networks, and seeded faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.ir.stages import Prepared
from spikec.compiler.options import Options
from spikec.compiler.output.artifacts import read_symbols
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.compiler.prepare import prepare, resolve_target
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus
from spikec.targets.layout import DecodeError
from spikec.targets.ranc.simulator import decode_simulator
from spikec.targets.ranc.vectors import output_lines

from ...effort import thinned
from ...shipped import revision
from ..graphs import affine, leaky
from ..speck.nets import fire, front, port, random, row

SOFT = Dialect(
    name="made for tests",
    dt_seconds=1.0,
    default=NodeDialect(fire=">=", reset="subtract", if_gain="one", gain="one", decay="given"),
)
OPTIONS = Options(target="ranc", reading=SOFT)


def stimulus(size: int, rate: float = 0.2) -> Stimulus:
    events = (np.random.default_rng(3).random((24, 3, size)) < rate).astype(np.uint8)
    return Stimulus(inputs={"input": events}, labels=None, source={"kind": "made"})


def two_layers(*, on_the_grid: bool = False) -> RawGraph:
    """60 inputs, 40 neurons, 6 neurons. On the grid: weights are multiples of an eighth of the threshold."""

    def weights(seed: int, post: int, pre: int) -> np.ndarray:
        if on_the_grid:
            return np.random.default_rng(seed).integers(-4, 5, (post, pre)) / 8
        return random(seed, post, pre)

    biases = [np.zeros(40), np.zeros(6)] if on_the_grid else [random(3, 40) / 10, random(4, 6) / 10]
    return row(
        input=port("Input", 60),
        w1=affine(weights(1, 40, 60), biases[0]),
        n1=fire(40),
        w2=affine(weights(2, 6, 40), biases[1]),
        n2=fire(6),
        output=port("Output", 6),
    )


def compiled(raw: RawGraph, size: int = 60, **more: Any) -> Compiled:
    return compile_graph(raw, replace(OPTIONS, **more), stimulus=stimulus(size))


def prepared(raw: RawGraph) -> Prepared:
    return prepare(front(raw, OPTIONS), OPTIONS, resolve_target(OPTIONS), None)


@pytest.mark.parametrize("target", ["ranc", "truenorth"])
def test_both_halves_are_identical_and_the_report_has_the_cores(target: str) -> None:
    found = compiled(two_layers(), target=target)
    assert found.placement_identical, found.verdicts
    report: dict[str, Any] = dict(found.report)
    resources = report["resources"]
    assert resources["cores"] == len(report["places"]) == 2
    assert resources["available"] == {"axons": 256, "neurons": 256}
    assert resources["copies"] == sum(used["neurons"] for used in resources["per_core"]) - 46 > 0
    assert report["timing"]["cycles"]["most"] == 66051
    assert report["timing"]["clock_hertz"]["most"] == 66051
    traffic = report["traffic"]
    assert sum(core["from_host"] for core in traffic) > 0
    assert sum(core["in"] for core in traffic) > 0
    assert "html" in found.page.html


def test_weights_on_the_grid_lose_nothing() -> None:
    """Sums of a step stay in the range, so that the spikes are those of the float network, every one."""
    found = compiled(two_layers(on_the_grid=True))
    assert found.placement_identical, found.verdicts
    fidelity = found.verdicts["fidelity"]
    assert fidelity["output_f1"] == 1.0
    counted = fidelity["overflows"]
    assert counted["merged_arrivals"] == counted["reset_wraps"] == counted["sum_wraps"] == 0
    assert found.verdicts["placement"]["dynamic"]["spikes"] > 500


def test_fewer_bits_are_used_on_demand() -> None:
    four, two = compiled(two_layers()), compiled(two_layers(), weight_bits=2)
    assert two.placement_identical
    axons = [sum(core["axons"] for core in dict(c.report)["resources"]["per_core"]) for c in (four, two)]
    assert axons[0] > 1.5 * axons[1]
    worst = [
        max(r["worst"] for r in dict(c.report)["roundings"] if r["what"] == "weight") for c in (four, two)
    ]
    assert worst[0] < worst[1]


def test_a_leak_by_consent_is_a_constant_and_its_reset_value_a_floor() -> None:
    """tau = 0.9 is kept in each step; the reading resets to 0."""
    hard = replace(SOFT, default=replace(SOFT.default, reset="v_reset"))
    raw = row(
        input=port("Input", 8), w=affine(np.full((5, 8), 0.2)), n=leaky(5, 1.0, 0.9), output=port("Output", 5)
    )
    found = compiled(raw, 8, reading=hard, allow_approximation=True)
    assert found.placement_identical
    rows: list[dict[str, Any]] = list(dict(found.report)["fidelity_table"])
    assert {"leak of the membrane", "floor of the membrane"} <= {row["feature"] for row in rows}
    assert found.verdicts["fidelity"]["output_f1"] > 0.4


def test_the_static_half_finds_every_kind_of_changed_bit() -> None:
    """A bit of each field of the first rows, of each image, flipped: another word, or a file that is refused."""
    found, ready = compiled(two_layers()), prepared(two_layers())
    flow, target = backend_of(ready.target), ready.target
    symbols = read_symbols(found.files["symbols.npz"])
    images = {name: text for name, text in found.files.items() if name.endswith(".mem")}
    refused = 0
    for name, text in images.items():
        for bit in thinned(range(0, min(len(text), 5 * 369), 7), 11):
            if text[bit : bit + 1] == b"\n":
                continue
            wrong = bytearray(text)
            wrong[bit] ^= 1
            try:
                loaded = flow.read_files(target, {**found.files, name: bytes(wrong)})
            except DecodeError:
                refused += 1
                continue
            verdict = flow.verify_words(ready.quantized.network, target, loaded, symbols)
            if name.startswith("csram") and verdict.identical:
                number = int(name[6:9])
                core = next(c for c in flow.machine(target, loaded).cores if c.x + c.y * 2 == number)
                assert core.n_neurons == 0, (name, bit)
    assert refused < 200


def test_the_vectors_are_what_the_grid_does() -> None:
    """The simulator's network fed with its own packets, and the packets as text, both give the expected lines."""
    found = compiled(two_layers())
    machine, packets = decode_simulator(found.files["simulator.json"], found.files["simulator_config.json"])
    flat = [[k, *row] for k, row in enumerate(row for tick in packets for row in tick.tolist())]
    sent = np.zeros((len(packets), 1, len(flat)), dtype=np.uint8)
    sent[np.repeat(np.arange(len(packets)), [len(tick) for tick in packets]), 0, np.arange(len(flat))] = 1
    fed = replace(machine, n_inputs=len(flat), inputs=np.array(flat))
    chip = revision("ranc")
    run = simulate_grid(fed, chip.neuron, sent)
    wanted = [
        [int(n) for n in line.split()] for line in found.files["expected.txt"].decode().splitlines()[1:]
    ]
    np.testing.assert_array_equal(output_lines(fed, run.spikes[:, 0]), wanted)
    assert len(wanted) > 20
    lines = [line.split() for line in found.files["packets.txt"].decode().splitlines()[1:]]
    words = [
        [int(tick), int(word[:9], 2), int(word[9:18], 2), int(word[18:26], 2), int(word[26:], 2)]
        for tick, word in lines
    ]
    assert words == [[tick, *row] for tick, rows in enumerate(packets) for row in rows.tolist()]


def test_files_of_another_target_are_refused() -> None:
    found, ready = compiled(two_layers(), target="truenorth"), prepared(two_layers())
    with pytest.raises(DecodeError, match="truenorth"):
        backend_of(ready.target).read_files(ready.target, found.files)
