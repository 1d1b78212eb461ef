"""Random float networks, cut into small cores and copied: they are the network and run as the one without limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spikec.compiler.artifacts import read_symbols, symbols_bytes
from spikec.compiler.grid.configuration import configuration
from spikec.compiler.grid.expand import expand
from spikec.compiler.grid.partition import partition
from spikec.compiler.grid.place import placed
from spikec.compiler.grid.quantize import Quantized
from spikec.compiler.grid.static import static_verdict
from spikec.compiler.quantized import QuantizedNetwork
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engine import simulate
from spikec.sim.grid_engine import simulate_grid
from spikec.targets.configuration import Symbols
from spikec.targets.grid import GridMachine
from spikec.targets.ranc.files import decode, encode
from spikec.targets.ranc.limits import shared_axons, violations
from spikec.targets.ranc.model import Revision

from .nets import any_network, chip, layers, quantized

SMALL = {"ranc": chip("ranc", axons=32, neurons=24), "truenorth": chip("truenorth", axons=32, neurons=24)}


def made(network: QuantizedNetwork, on: Revision) -> tuple[GridMachine, Symbols]:
    placement, _ = placed(network, partition(network, on), on, {})
    return configuration(network, placement, on)


def made_or_refused(network: QuantizedNetwork, on: Revision) -> tuple[list[str], GridMachine, Symbols]:
    """The codes of the refusal, none if there is none."""
    try:
        return [], *made(network, on)
    except DiagnosticError as problem:
        nothing = GridMachine(
            columns=0, rows=0, output=(0, 0), n_outputs=0, cores=(), n_inputs=0, inputs=np.zeros((0, 5))
        )
        return [d.code for d in problem.diagnostics], nothing, Symbols(populations=(), inputs=())


def assert_same(quantized: Quantized, machine: GridMachine, symbols: Symbols, on: Revision, seed: int) -> int:
    """Spikes and states of every original and copy; the spikes of all."""
    network = quantized.network
    assert violations(machine, on) == ()
    assert shared_axons(machine) == ()
    verdict = static_verdict(network, machine, symbols, on)
    assert verdict.identical, verdict.findings
    free, names = expand(network, on)
    events = (np.random.default_rng(seed).random((25, 2, free.n_inputs)) < 0.3).astype(np.uint8)
    got = simulate_grid(machine, on.neuron, events, states=True)
    wanted = simulate(free, on.neuron, on.latency, events, states=True)
    places = {p.name: p.machine_index for p in names.populations}
    pairs = [(p.machine_index, places[p.name]) for p in symbols.populations]
    pairs += [(c.machine_index, places[c.population][c.neuron]) for c in symbols.copies]
    for a, b in pairs:
        np.testing.assert_array_equal(got.spikes[:, :, a], wanted.spikes[:, :, b])
        np.testing.assert_array_equal(got.states["v"][:, :, a], wanted.states["v"][:, :, b])
    assert sum(a.size for a, _ in pairs) == machine.n_neurons
    assert not got.counters["merged_arrivals"].any()
    return int(wanted.spikes.sum())


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from(sorted(SMALL)))
def test_placed_and_unlimited_are_the_same(seed: int, name: str) -> None:
    on = SMALL[name]
    found = quantized(any_network(seed), on)
    codes, machine, symbols = made_or_refused(found.network, on)
    if codes:
        assert set(codes) <= {"SPK2002", "SPK2032", "SPK2033"}
    else:
        assert_same(found, machine, symbols, on, seed)


def test_most_random_networks_fit_several_cores_and_have_copies() -> None:
    fit = several = copied = spikes = 0
    for seed in range(15):
        found = quantized(any_network(seed), SMALL["ranc"])
        codes, machine, symbols = made_or_refused(found.network, SMALL["ranc"])
        if codes:
            continue
        fit += 1
        several += len(machine.cores) > 1
        copied += sum(c.neuron.size for c in symbols.copies) > 0
        spikes += assert_same(found, machine, symbols, SMALL["ranc"], seed) > 20
    assert fit > 12
    assert several > 4
    assert copied > 8
    assert spikes > 8


@pytest.mark.parametrize("name", ["ranc", "truenorth"])
def test_layers_go_through_the_files(name: str) -> None:
    on = chip(name)
    found = quantized(layers(70, 90, 20, 10), on)
    machine, symbols = made(found.network, on)
    assert len(machine.cores) > 2
    read, read_for = decode(encode(machine, on))
    assert read_for == on
    kept = read_symbols(symbols_bytes(symbols))
    assert assert_same(found, read, kept, on, 1) > 100
