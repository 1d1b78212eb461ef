"""Random float networks on small crossbars: what is placed is the network, and runs as the machine without limits."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.odin.quantize import Quantized
from spikec.compiler.backends.odin.unplaced import expand
from spikec.compiler.backends.odin.verify_words import static_verdict
from spikec.compiler.output.artifacts import read_symbols, symbols_bytes
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.event_engine import simulate_events
from spikec.targets.configuration import Symbols
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.odin.limits import violations
from spikec.targets.odin.model import Revision

from .nets import any_network, chip, layers, leaky, made, quantized

CHIPS = 4
SMALL = {name: chip(name, neurons=14, rows=26) for name in ("odin", "tinyodin")}


def assert_same(found: Quantized, machine: EventMachine, symbols: Symbols, on: Revision, seed: int) -> int:
    """Spikes and states of every neuron, step by step; the spikes of all."""
    assert violations(machine, on) == ()
    verdict = static_verdict(found.network, machine, symbols, on)
    assert verdict.identical, verdict.findings
    free, names = expand(found.network, on)
    events = (np.random.default_rng(seed).random((25, 2, free.n_inputs)) < 0.3).astype(np.uint8)
    got = simulate_events(machine, on.neuron, events, states=True)
    wanted = simulate_events(free, on.neuron, events, states=True)
    for p, q in zip(symbols.populations, names.populations, strict=True):
        np.testing.assert_array_equal(got.spikes[:, :, p.machine_index], wanted.spikes[:, :, q.machine_index])
        np.testing.assert_array_equal(
            got.states["v"][:, :, p.machine_index], wanted.states["v"][:, :, q.machine_index]
        )
    assert got.spikes.sum() == wanted.spikes.sum()
    for name in wanted.counters:
        assert got.counters[name].sum() == wanted.counters[name].sum()
    return int(wanted.spikes.sum())


def tried(
    seed: int, on: Revision, chips: int
) -> tuple[Quantized, list[str], tuple[EventMachine, Symbols] | None]:
    """The codes of the refusal, or a machine with its symbols."""
    found = quantized(leaky(any_network(seed), seed), on, chips)
    try:
        return found, [], made(found, on, chips)
    except DiagnosticError as problem:
        return found, [d.code for d in problem.diagnostics], None


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from(sorted(SMALL)), st.integers(1, CHIPS))
def test_placed_and_unlimited_are_the_same(seed: int, name: str, chips: int) -> None:
    found, codes, placed = tried(seed, SMALL[name], chips)
    assert set(codes) <= {"SPK2040", "SPK2041"}
    if placed is not None:
        assert_same(found, *placed, SMALL[name], seed)


def test_random_networks_show_all_that_there_is() -> None:
    seen: Counter[str] = Counter()
    for seed in range(30):
        on = SMALL[sorted(SMALL)[seed % 2]]
        chips = 1 + seed % CHIPS
        found, _, placed = tried(seed, on, chips)
        events = found.network.order
        assert events is not None
        if placed is None:
            seen["refused"] += 1
            continue
        seen["closed"] += events.closed_loop
        seen["through the host"] += not events.closed_loop
        seen["several chips"] += len(placed[0].cores) > 1
        seen["a step later"] += events.hop_steps
        seen["held back"] += bool(events.route_delay.max(initial=0) > 1)
        seen["biases"] += any(port.constant for port in found.network.inputs)
        seen["leaks"] += events.leaks
        seen["spikes"] += assert_same(found, *placed, on, seed) > 20
    assert all(seen[what] >= 3 for what in seen if what != "refused"), seen
    assert seen["refused"] < 10
    assert len(seen) >= 8


@pytest.mark.parametrize(("name", "chips"), [("tinyodin", 1), ("odin", 2)])
def test_layers_go_through_the_files(name: str, chips: int) -> None:
    on = chip(name)
    found = quantized(leaky(layers(60, 50, 10), 0), on, chips)
    machine, symbols = made(found, on, chips)
    read = on.emitter.decode(on.emitter.encode(machine, on), on)
    assert_same(found, read, read_symbols(symbols_bytes(symbols)), on, 1)


def test_on_rows_of_one_sign_what_inhibits_in_a_closed_loop_is_a_copy() -> None:
    found = quantized(layers(4, 6, 5, 3), chip("odin"))
    machine, symbols = made(found, chip("odin"))
    assert machine.cores[0].closed_loop
    roles = {p.name: p.role for p in found.network.populations}
    assert list(roles) == ["copy:p0", "p0", "copy:p1", "p1", "p2"]
    first = {p.name: p.machine_index for p in symbols.populations}
    assert machine.cores[0].inhibitory[first["copy:p0"]].all()
    assert not machine.cores[0].inhibitory[first["p0"]].any()
    assert assert_same(found, machine, symbols, chip("odin"), 3) > 20
