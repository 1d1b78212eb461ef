"""Random float networks, cut into small cores and copied: they are the network and run as the one without limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.compiler.backends.ranc.configuration import configuration
from spikec.compiler.backends.ranc.partition import partition
from spikec.compiler.backends.ranc.place import placed
from spikec.compiler.backends.ranc.quantize import Quantized
from spikec.compiler.backends.ranc.unplaced import expand
from spikec.compiler.backends.ranc.verify_words import static_verdict
from spikec.compiler.ir.network import Network
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.compiler.output.artifacts import read_symbols, symbols_bytes
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.sim.engines.synapse_list import simulate
from spikec.targets.configuration import Symbols
from spikec.targets.machines.crossbar_grid import GridMachine
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.ranc.files import decode, encode
from spikec.targets.ranc.limits import shared_axons, violations
from spikec.targets.ranc.model import RancChip

from ...effort import EXAMPLES
from ..proven import assert_proven, drawn, pairs
from ..xylo.nets import network
from .nets import any_network, chip, fire, layers, quantized

SMALL = {"ranc": chip("ranc", axons=32, neurons=24), "truenorth": chip("truenorth", axons=32, neurons=24)}


def made(network: QuantizedNetwork, on: RancChip) -> tuple[GridMachine, Symbols]:
    placement, _ = placed(network, partition(network, on), on, {})
    return configuration(network, placement, on)


def made_or_refused(network: QuantizedNetwork, on: RancChip) -> tuple[list[str], GridMachine, Symbols]:
    """The codes of the refusal, none if there is none."""
    try:
        return [], *made(network, on)
    except DiagnosticError as problem:
        nothing = GridMachine(
            columns=0, rows=0, output=(0, 0), n_outputs=0, cores=(), n_inputs=0, inputs=np.zeros((0, 5))
        )
        return [d.code for d in problem.diagnostics], nothing, Symbols(populations=(), inputs=())


def assert_placed(
    quantized: Quantized, machine: GridMachine, symbols: Symbols, on: RancChip, seed: int
) -> int:
    """Spikes and states of every original and copy, splitters repeat, nothing merges; the spikes of all."""
    network = quantized.network
    assert shared_axons(machine) == ()
    verdict = static_verdict(network, machine, symbols, on)
    free, names = expand(network, on)
    events = drawn(seed, free.n_inputs)
    got = simulate_grid(machine, on.neuron, events, states=True)
    wanted = simulate(free, on.neuron, on.latency, events, states=True)
    same = pairs(symbols, names)
    spikes = assert_proven(violations(machine, on), verdict, got, wanted, same)
    places = {p.name: p.machine_index for p in names.populations}
    splitters = [c for c in symbols.copies if c.role == "splitter"]
    for c in splitters:
        repeated = wanted.spikes[: -c.delay_steps, :, places[c.population][c.neuron]]
        np.testing.assert_array_equal(got.spikes[c.delay_steps :, :, c.machine_index], repeated)
    every = [a for a, _ in same] + [c.machine_index for c in splitters]
    np.testing.assert_array_equal(np.sort(np.concatenate(every)), np.arange(machine.n_neurons))
    assert not got.counters["merged_arrivals"].any()
    return spikes


def test_placed_and_unlimited_are_the_same_with_copies_on_several_cores() -> None:
    """On both chips in turn; nearly all fit, and most show what they are drawn for."""
    fit = several = copied = spikes = 0
    for seed in range(EXAMPLES):
        on = SMALL[sorted(SMALL)[seed % 2]]
        found = quantized(any_network(seed), on)
        codes, machine, symbols = made_or_refused(found.network, on)
        assert set(codes) <= {"SPK2002", "SPK2032", "SPK2033"}
        if codes:
            continue
        fit += 1
        several += len(machine.cores) > 1
        copied += sum(c.neuron.size for c in symbols.copies) > 0
        spikes += assert_placed(found, machine, symbols, on, seed) > 20
    assert fit > 0.8 * EXAMPLES
    assert several >= 0.3 * EXAMPLES
    assert copied > 0.5 * EXAMPLES
    assert spikes > 0.5 * EXAMPLES


def wide(seed: int) -> Network:
    """3 neurons that 200 hear, on cores of 24 rows; on odd seeds they hear themselves as well, 3 steps later."""
    random = np.random.default_rng(seed)
    few = random.normal(0, 1, (2, 200)) * (np.arange(200) < 8)
    links: list = [
        ("in", "p0", random.normal(0.3, 0.5, (3, 4))),
        ("p0", "p1", random.normal(0.2, 0.5, (200, 3))),
        ("p1", "p2", few),
    ]
    if seed % 2:
        links.append(("p0", "p0", np.full((3, 3), -0.2), 3))
    return network(4, {"p0": fire(3), "p1": fire(200), "p2": fire(2)}, links, "p2")


@pytest.mark.parametrize("name", sorted(SMALL))
@pytest.mark.parametrize("seed", range(4))
def test_splitters_repeat_what_too_many_hear(seed: int, name: str) -> None:
    on = SMALL[name]
    found = quantized(wide(seed), on)
    late = {p.name: p.lag_steps for p in found.network.populations}
    assert late["p1"] == late["p0"] + 2
    machine, symbols = made(found.network, on)
    (splitters,) = [c for c in symbols.copies if c.role == "splitter"]
    assert splitters.population == "p0"
    assert splitters.neuron.size > 2 * 24
    assert assert_placed(found, machine, symbols, on, seed) > 50


def test_without_a_step_to_spare_copies_are_refused() -> None:
    """Two of three neurons hear the first a step earlier than splitters would let them."""
    on = SMALL["ranc"]
    found = quantized(wide(0), on).network
    early = [
        replace(p, synapses=as_rows(p.cols, p.rows, p.code, p.delay - 1)) if p.pre == "p0" else p
        for p in found.projections
    ]
    with pytest.raises(DiagnosticError) as raised:
        made(replace(found, projections=tuple(early)), on)
    assert {d.code for d in raised.value.diagnostics} == {"SPK2033"}


@pytest.mark.parametrize("name", ["ranc", "truenorth"])
def test_layers_go_through_the_files(name: str) -> None:
    on = chip(name)
    found = quantized(layers(70, 90, 20, 10), on)
    machine, symbols = made(found.network, on)
    assert len(machine.cores) > 2
    read = decode(encode(machine, on), on)
    kept = read_symbols(symbols_bytes(symbols))
    assert assert_placed(found, read, kept, on, 1) > 100
