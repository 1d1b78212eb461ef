"""Rest above the floor: membranes below rest count, on the chip as in float as far as the level goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nir
import numpy as np
import pytest
import spikec
from spikec.compiler.backends.odin.neuron_rows import neuron_rows
from spikec.compiler.backends.odin.quantize import Quantized, quantize
from spikec.compiler.backends.odin.verify_words import static_verdict
from spikec.compiler.ir.network import Network
from spikec.compiler.options import Options
from spikec.sim.engines.crossbar_events import simulate_events
from spikec.targets import toml_of
from spikec.targets.configuration import Symbols
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.odin import neuron
from spikec.targets.odin.files import decode, encode

from ...effort import EXAMPLES, thinned
from .nets import any_network, chip, layers, leaky, made
from .test_any_network import assert_placed
from .test_static import changed, with_core

ODIN, LEVEL = chip("odin"), 7


def raised(net: Network, chips: int = 1) -> Quantized:
    return quantize(net, ODIN, Options(chips=chips), frozenset(net.populations))


def integers(weights: np.ndarray, theta: int) -> Network:
    """Neurons that add whole numbers."""
    net = layers(weights.shape[1], weights.shape[0])
    (name,) = net.populations
    p = net.populations[name]
    one = replace(p, neuron=replace(p.neuron, theta=np.full(p.size, float(theta)), at_threshold=True,
                                    reset="to_value", beta=np.ones(p.size), v_start=None))  # fmt: skip
    (into,) = [q for q in net.projections if q.post == name]
    from scipy import sparse

    other = replace(into, taps={0: sparse.csr_array(weights.astype(np.float64))}, bias={})
    return replace(net, populations={name: one},
                   projections=tuple(other if q is into else q for q in net.projections))  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_sums_of_integers_are_exact_down_to_the_level(seed: int) -> None:
    """One event a step: the chip's membrane is the float one as long as that is not below -7."""
    random = np.random.default_rng(seed)
    weights = random.integers(-5, 6, (12, 9))
    weights[:, 0] = 7
    found = raised(integers(weights, 11))
    machine, symbols = made(found, ODIN)
    source = random.integers(0, 9, 60)
    events = np.zeros((60, 1, 9), dtype=np.uint8)
    events[np.arange(60), 0, source] = 1
    run = simulate_events(machine, neuron, events, states=True)
    index = symbols.populations[0].machine_index
    units = found.assembled.scales[found.network.populations[0].name].units
    np.testing.assert_array_equal(units, 1)
    v, below, spiked = np.zeros(12), 0, 0
    for t in range(60):
        v = np.maximum(v + weights[:, source[t]], -LEVEL)
        spikes = v >= 11
        v[spikes] = 0
        below, spiked = below + int((v < 0).sum()), spiked + int(spikes.sum())
        np.testing.assert_array_equal(run.spikes[t, 0, index], spikes)
        np.testing.assert_array_equal(run.states["v"][t, 0, index], v + LEVEL)
    assert below > 50
    assert spiked > 20


def test_any_network_is_what_is_placed_closed_or_through_the_host() -> None:
    seen = {True: 0, False: 0}
    for seed in range(EXAMPLES // 2):
        net, chips = leaky(any_network(seed), seed), 1 + seed % 3
        found = raised(net, chips)
        order, rest = found.network.order, found.network.rest
        if order is None or not rest:
            continue
        machine, symbols = made(found, ODIN, chips)
        read = decode(encode(machine, ODIN), ODIN)
        assert_placed(found, read, symbols, ODIN, seed)
        assert order.protocol == "wait"
        assert bool(machine.answers) != order.closed_loop
        for p in found.network.populations:
            if p.name in rest:
                assert (p.params["threshold"] > LEVEL).all()
                np.testing.assert_array_equal(p.params["v"] - rest[p.name].start, LEVEL)
        seen[order.closed_loop] += 1
    assert min(seen.values()) >= EXAMPLES // 20, seen


def faults(symbols: Symbols, machine: EventMachine) -> Iterator[tuple[str, EventMachine]]:
    core = machine.cores[0]
    used = np.concatenate([p.machine_index for p in symbols.populations])
    for n in used[used < core.n_neurons].tolist():
        for part, name in (("params", "threshold"), ("initial", "v")):
            values = {**getattr(core, part)}
            values[name] = changed(values[name], (n,))
            yield f"{name} {n}", with_core(machine, 0, replace(core, **{part: values}))
        if machine.answers:
            answers = (changed(machine.answers[0], (n,)), *machine.answers[1:])
            yield f"answer {n}", replace(machine, answers=answers)
        elif core.weights[n, n]:
            yield f"row {n}", with_core(machine, 0, replace(core, weights=changed(core.weights, (n, n))))
    if machine.answers:
        yield "no answers", replace(machine, answers=())
        yield "to others", replace(machine, answers=tuple(a[::-1] for a in machine.answers))


@pytest.mark.parametrize("sizes", [(4, 6, 5, 3), (100, 60, 40, 10)])
def test_a_level_that_is_off_by_one_is_found(sizes: tuple[int, ...]) -> None:
    found = raised(layers(*sizes), 2)
    machine, symbols = made(found, ODIN, 2)
    assert bool(machine.answers) == (sizes[0] == 100)
    assert static_verdict(found.network, machine, symbols, ODIN).identical
    for what, wrong in thinned(faults(symbols, machine), 3):
        verdict = static_verdict(found.network, wrong, symbols, ODIN)
        assert not verdict.identical, what
        assert any("rest" in text or "answers" in text for text in verdict.findings), what


def test_where_a_leak_goes_to_the_floor_rest_stays_there() -> None:
    """A step that keeps a tenth takes more off than the level."""
    net = integers(np.random.default_rng(1).integers(-7, 8, (6, 9)), 40)
    (name,) = net.populations
    for beta, lifted in ((1.0, True), (0.95, True), (0.1, False)):
        p = net.populations[name]
        kept = replace(p, neuron=replace(p.neuron, beta=np.full(p.size, beta)))
        found = raised(replace(net, populations={name: kept}))
        assert bool(found.network.rest) == lifted
        (row,) = [
            r for r in neuron_rows(found.assembled, found.raised) if r.feature == "rest above the floor"
        ]
        assert row.done.startswith("7 integers" if lifted else "at the floor: a leak of "), row


def inhibited() -> nir.NIRGraph:
    """Inhibition comes first, and takes from what comes after."""
    one = np.ones(2)
    nodes = {
        "in": nir.Input(np.array([2])),
        "w": nir.Linear(np.array([[-0.25, 0.5], [0.25, 0.5]])),
        "n": nir.IF(r=one, v_threshold=one, v_reset=0 * one),
        "out": nir.Output(np.array([2])),
    }
    return nir.NIRGraph(nodes=nodes, edges=[("in", "w"), ("w", "n"), ("n", "out")])


def test_by_default_and_not_with_native_reset() -> None:
    stimulus = np.zeros((24, 1, 2))
    stimulus[::2, 0, 0] = 1
    stimulus[1::2, 0, 1] = 1
    wanted = spikec.reference(inhibited(), stimulus=stimulus, dialect="nir.euler", dt=1.0)
    runs = {
        native: spikec.compile(
            inhibited(), "odin", dialect="nir.euler", dt=1.0, stimulus=stimulus, native_reset=native
        )
        for native in (False, True)
    }
    alike = {
        native: np.array_equal(run.trace.outputs["out"], wanted.outputs["out"])
        for native, run in runs.items()
    }
    assert alike == {False: True, True: False}
    features = {native: {row.feature for row in run.report.fidelity_table} for native, run in runs.items()}
    assert "rest above the floor" in features[False]
    assert "rest above the floor" not in features[True]
    assert all(run.placement_identical for run in runs.values())


def test_a_chip_without_the_offer_keeps_its_files(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_bytes(toml_of("odin").replace(b"raised_rest = true ", b"raised_rest = false"))
    native, chosen = (
        spikec.compile(inhibited(), str(mine), dialect="nir.euler", dt=1.0, native_reset=native)
        for native in (True, False)
    )
    assert chosen.files["host.json"] == native.files["host.json"]


def test_an_export_counts_membranes_from_rest(tmp_path: Path) -> None:
    """One event a step: the exported network, with its floor, has the chip's membranes."""
    stimulus = np.zeros((24, 1, 2))
    stimulus[::2, 0, 0] = 1
    stimulus[1::2, 0, 1] = 1
    compiled = spikec.compile(inhibited(), "odin", dialect="nir.euler", dt=1.0, stimulus=stimulus)
    compiled.write(tmp_path / "out")
    made = spikec.export(tmp_path / "out")
    (found,) = made.agreement.populations.values()
    assert found.f1 == 1
    assert found.gap < 1e-6
