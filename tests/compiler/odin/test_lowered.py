"""One comparison a step: every step is summed, compared once and set back, in whatever order events come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nir
import numpy as np
import pytest
import spikec
from scipy import sparse
from spikec.compiler.backends.odin.event_order_sensitivity import shuffled
from spikec.compiler.backends.odin.neuron_rows import neuron_rows
from spikec.compiler.backends.odin.quantize import Quantized, quantize
from spikec.compiler.backends.odin.verify_words import static_verdict
from spikec.compiler.ir.network import Network
from spikec.compiler.options import Options
from spikec.sim.engines.crossbar_events import simulate_events
from spikec.sim.event_bench import bench_files
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.odin.files import decode, encode
from spikec.targets.odin.tinyodin import neuron
from spikec.targets.verilog_bench import BENCH

from ...effort import EXAMPLES, thinned
from ...targets.icarus import MODELS, simulate
from .nets import any_network, chip, layers, leaky, made
from .test_any_network import assert_placed
from .test_static import changed, with_core

TINY = chip("tinyodin")
STEPS, SAMPLES = 40, 3


def once(net: Network, chips: int = 1) -> Quantized:
    """Those that keep all of their membrane compare once a step."""
    names = frozenset(name for name, p in net.populations.items() if (p.neuron.beta == 1).all())
    return quantize(net, TINY, Options(chips=chips), frozenset(), names)


def one_layer(seed: int, sources: int = 9, size: int = 12) -> Network:
    random = np.random.default_rng(seed)
    net = layers(sources, size)
    (name,) = net.populations
    p = net.populations[name]
    (into,) = [q for q in net.projections if q.post == name]
    weights = sparse.csr_array(random.uniform(-1.0, 1.2, (size, sources)))
    neurons = replace(p.neuron, theta=random.uniform(0.8, 2.5, size), at_threshold=True, reset="to_value",
                      beta=np.ones(size), v_start=random.uniform(-0.5, 0.5, size))  # fmt: skip
    linked = replace(into, taps={0: weights}, bias={0: random.uniform(-0.2, 0.4, size)})
    return replace(net, populations={name: replace(p, neuron=neurons)},
                   projections=tuple(linked if q is into else q for q in net.projections))  # fmt: skip


def drawn(machine: EventMachine, sources: int, seed: int) -> np.ndarray:
    """The always-on inputs come behind the sources."""
    random = np.random.default_rng(seed)
    events = np.ones((STEPS, SAMPLES, machine.n_inputs), dtype=np.uint8)
    events[..., :sources] = random.random((STEPS, SAMPLES, sources)) < 0.3
    return events


@pytest.mark.parametrize("seed", range(6))
def test_a_step_is_a_sum_a_comparison_and_a_reset(seed: int) -> None:
    """The float network itself, at the chip's weights: nothing of the events is left to see."""
    net = one_layer(seed)
    found = once(net)
    machine, symbols = made(found, TINY)
    (population,), (name,) = symbols.populations, net.populations
    scale = found.assembled.scales[name]
    (link,) = [q for q in net.projections if q.post == name]
    events = drawn(machine, 9, seed)
    run = simulate_events(machine, neuron, events, states=True)
    asked = found.network.lowered[name]
    total = np.zeros((12, 9))
    for p in found.network.projections:
        if p.pre == "in":
            np.add.at(total, (p.rows, p.cols), p.times * p.code)
    np.testing.assert_array_less(np.abs(total - link.taps[0].toarray() * scale.units[:, None]), 1.0)
    bias = np.rint(link.bias[0] * scale.units)
    v = np.tile(asked.start, (SAMPLES, 1)).astype(float)
    spiked = 0
    for t in range(STEPS):
        v = v + events[t, :, :9] @ total.T + bias
        spikes = v >= scale.threshold
        np.testing.assert_array_equal(run.spikes[t][:, population.machine_index], spikes)
        held = np.where(spikes, 0, v - scale.threshold + asked.rise)
        np.testing.assert_array_equal(run.states["v"][t][:, population.machine_index], held)
        v[spikes] = 0
        spiked += int(spikes.sum())
    assert spiked > 60


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_means_nothing(seed: int) -> None:
    found = once(one_layer(seed))
    machine, _ = made(found, TINY)
    other = shuffled(machine)
    assert any((a != b).any() for a, b in zip(other.row_order, machine.row_order, strict=True))
    events = drawn(machine, 9, seed)
    run, again = (simulate_events(m, neuron, events, states=True) for m in (machine, other))
    assert run.spikes.sum() > 60
    np.testing.assert_array_equal(again.spikes, run.spikes)
    np.testing.assert_array_equal(again.states["v"], run.states["v"])


def test_two_rows_where_there_is_room_and_one_where_there_is_not() -> None:
    net = layers(30, 12)
    for rows, fine, lowered in ((256, True, True), (46, False, True), (36, False, False)):
        found = quantize(net, chip("tinyodin", rows=rows), Options(), frozenset(), frozenset(net.populations))
        assert bool(found.network.lowered) == lowered, rows
        assert bool(found.assembled.fine) == fine, rows
        (row,) = [
            r
            for r in neuron_rows(found.assembled, found.raised, found.lowered, found.once_chips)
            if r.feature == "one comparison a step"
        ]
        assert row.done.startswith(
            "lowered by " if lowered else "after every event: the rows for it take "
        ), row


def test_both_digits_of_a_weight_may_be_the_same() -> None:
    """Then a source has one row, which is sent for the coarse digit and for the fine one."""
    net = one_layer(0)
    (name,), into = net.populations, next(q for q in net.projections if q.taps)
    p, shared = net.populations[name], 0
    same = replace(p, neuron=replace(p.neuron, theta=np.ones(12)))
    for weight in np.linspace(0.1, 1.2, 12):
        equal = replace(into, taps={0: sparse.csr_array(np.full((12, 9), weight))}, bias={})
        linked = tuple(equal if q is into else q for q in net.projections)
        found = once(replace(net, populations={name: same}, projections=linked))
        machine, symbols = made(found, TINY)
        rows = machine.routes.row[machine.routes.source == machine.n_neurons]
        shared += rows.size > 1 == np.unique(rows).size
        assert_placed(found, machine, symbols, TINY, 0)
    assert shared


def test_any_network_is_what_is_placed() -> None:
    seen = {"lowered": 0, "several chips": 0, "beside leaks": 0}
    for seed in range(EXAMPLES // 2):
        net, chips = leaky(any_network(seed), seed), 1 + seed % 3
        found = once(net, chips)
        order, lowered = found.network.order, found.network.lowered
        if order is None or not lowered:
            continue
        machine, symbols = made(found, TINY, chips)
        read = decode(encode(machine, TINY), TINY)
        assert_placed(found, read, symbols, TINY, seed)
        assert not order.closed_loop
        assert any(read.behind)
        seen["lowered"] += 1
        seen["several chips"] += len(machine.cores) > 1
        seen["beside leaks"] += len(lowered) < len(found.network.populations)
    assert min(seen.values()) >= EXAMPLES // 30, seen


def faults(machine: EventMachine, used: np.ndarray) -> Iterator[tuple[str, EventMachine]]:
    core, routes = machine.cores[0], machine.routes
    for n in used.tolist():
        for part, name in (("params", "threshold"), ("params", "leak"), ("initial", "v")):
            values = {**getattr(core, part)}
            values[name] = changed(values[name], (n,))
            yield f"{name} {n}", with_core(machine, 0, replace(core, **{part: values}))
        for row in (machine.row_order[0][0], machine.row_order[0][-1]):
            weights = changed(core.weights, (row, n))
            yield f"row {row} of {n}", with_core(machine, 0, replace(core, weights=weights))
        for k in np.flatnonzero(routes.source == n)[:1].tolist():
            fewer = {name: np.delete(getattr(routes, name), k) for name in ("source", "core", "row", "delay")}
            yield f"a spike of {n} takes less off", replace(machine, routes=replace(routes, **fewer))
    order = machine.row_order[0]
    yield "raised before the leaks", replace(machine, behind=())
    yield "another row behind the leaks", replace(machine, behind=(machine.behind[0] + 200,))
    yield "lowered late", replace(machine, row_order=(np.append(np.roll(order[:-1], -1), order[-1]),))
    yield "leaks", replace(machine, leaks=machine.leaks + 1)


def test_what_is_off_by_one_is_found() -> None:
    found = once(one_layer(1))
    machine, symbols = made(found, TINY)
    assert static_verdict(found.network, machine, symbols, TINY).identical
    for what, wrong in faults(machine, symbols.populations[0].machine_index):
        verdict = static_verdict(found.network, wrong, symbols, TINY)
        assert not verdict.identical, what
        if not what.startswith(("row", "another")):
            assert any("one comparison" in text or "before the one" in text for text in verdict.findings), (
                what
            )


@pytest.mark.parametrize("seed", thinned([1, 2], 2))
def test_the_bench_plays_it(tmp_path: Path, seed: int) -> None:
    found = once(one_layer(seed))
    machine, _ = made(found, TINY)
    events = drawn(machine, 9, seed)[:8, :2]
    assert simulate_events(machine, neuron, events).spikes.sum() > 4
    run = simulate(
        tmp_path, bench_files(machine, TINY, events, [0, 1]), [BENCH, MODELS / "tinyodin_model.sv"]
    )
    assert run.stdout.startswith("PASS: "), run.stdout


def lone(v_reset: float | None, tau: float | None = None) -> nir.NIRGraph:
    """Inhibition that comes last keeps a neuron silent, in float."""
    one = np.ones(2)
    reset = {} if v_reset is None else {"v_reset": v_reset * one}
    neurons = nir.IF(r=one, v_threshold=one, **reset)
    if tau is not None:
        neurons = nir.LIF(tau=tau * one, r=one, v_leak=0 * one, v_threshold=one, **reset)
    nodes = {
        "in": nir.Input(np.array([2])),
        "w": nir.Linear(np.array([[1.5, -1.0], [0.75, 0.75]])),
        "n": neurons,
        "out": nir.Output(np.array([2])),
    }
    return nir.NIRGraph(nodes=nodes, edges=[("in", "w"), ("w", "n"), ("n", "out")])


def compiled(graph: nir.NIRGraph, target: str, **asked: object) -> spikec.Compiled:
    stimulus = np.ones((6, 1, 2), dtype=np.float32)
    return spikec.compile(
        graph, target, dialect="spikingjelly", dt=1.0, stimulus=stimulus, allow_approximation=True, **asked
    )  # pyright: ignore[reportArgumentType]


def test_it_is_applied_where_it_is_right_and_only_there() -> None:
    made_of = compiled(lone(0.0), "tinyodin")
    assert made_of.placement_identical
    assert made_of.report.verdicts.fidelity is not None
    assert made_of.report.verdicts.fidelity.output_f1 == 1.0
    features = [row.feature for row in made_of.report.fidelity_table]
    assert "one comparison a step" in features
    native = compiled(lone(0.0), "tinyodin", native_reset=True)
    assert "one comparison a step" not in [row.feature for row in native.report.fidelity_table]
    for graph, target in ((lone(0.0, tau=4.0), "tinyodin"), (lone(0.0), "odin")):
        rows = compiled(graph, target).report.fidelity_table
        assert "one comparison a step" not in [row.feature for row in rows]
