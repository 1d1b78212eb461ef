"""Routed random networks: the words hold the network, and take what the placement's accounting says."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np
import pytest
from spikec.compiler.backends.loihi.core_usage import usage
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
from spikec.targets import load
from spikec.targets.loihi1 import emit
from spikec.targets.machines.synapse_rows import as_rows

TARGET = load("loihi1")
IMAGE_OF_RESOURCE = {
    "compartments": ("cxCfg", 1, 0),
    "input_axons": ("synapseMap", 1, 0),
    "output_slots": ("axonCfg", 1, 0),
    "synapse_memory_bits": ("synapseMem", 64, 0),
    "compartment_profiles": ("cxProfileCfg", 1, 0),
    "threshold_profiles": ("vthProfileCfg", 1, 0),
    "synapse_formats": ("synapseFmt", 1, -1),
}


def random_projection(
    rng: np.random.Generator, pre: str, post: str, sizes: tuple[int, int]
) -> ScaledProjection:
    """Banded or scattered, with several delays between some pairs."""
    rows, cols = np.meshgrid(np.arange(sizes[1]), np.arange(sizes[0]))
    near = np.abs(rows / sizes[1] - cols / sizes[0]) < rng.uniform(0.05, 1.2)
    cols, rows = np.nonzero(near & (rng.random(near.shape) < rng.uniform(0.05, 1.0)))
    delay_bits = int(rng.choice([0, 0, 3]))
    delay = rng.integers(0, 1 << delay_bits, cols.size)
    if delay_bits:
        again = np.flatnonzero(rng.random(cols.size) < rng.choice([0.0, 0.1]))
        cols, rows = np.append(cols, cols[again]), np.append(rows, rows[again])
        delay = np.append(delay, (delay[again] + 1) % 8)
    return ScaledProjection(
        pre=pre,
        post=post,
        synapses=as_rows(cols, rows, rng.choice([-256, -2, 2, 254], cols.size), delay),
        format={"wgtExp": int(rng.integers(-2, 3)), "wgtBits": 8, "signMode": 1, "dlyBits": delay_bits},
    )


def random_network(seed: int) -> QuantizedNetwork:
    rng = np.random.default_rng(seed)
    sizes = {f"/node/nodes/n{i}": int(rng.integers(1, 90)) for i in range(rng.integers(1, 5))}
    ports = {f"/node/nodes/in{i}": int(rng.integers(1, 60)) for i in range(rng.integers(0, 3))}
    populations = tuple(
        QuantizedPopulation(
            name=name,
            shape=(n,),
            params={
                "decayU": rng.choice([0, 4095], n),
                "decayV": rng.choice([0, 100], n),
                "vth": rng.choice([1, 2, 3], n),
                "bias": rng.integers(-4095, 4096, n),
                "biasExp": rng.integers(0, 8, n),
                "refractDelay": rng.choice([1, 2], n),
            },
            core_params={"negVmLimit": 23, "posVmLimit": 7},
            scales={},
            lag_steps=i,
        )
        for i, (name, n) in enumerate(sizes.items())
    )
    pairs = [(a, b) for a in [*sizes, *ports] for b in sizes if rng.random() < 0.6]
    everything = sizes | ports
    return QuantizedNetwork(
        target="loihi1",
        populations=populations,
        inputs=tuple(QuantizedInput(name=name, shape=(n,)) for name, n in ports.items()),
        projections=tuple(random_projection(rng, a, b, (everything[a], everything[b])) for a, b in pairs),
        outputs={},
        max_lag_steps=0,
    )


def random_placement(network: QuantizedNetwork, seed: int, most: int = 40) -> Placement:
    """Slices of random sizes, in random order, on cores that are filled one after the other."""
    rng = np.random.default_rng(seed)
    cuts: list[tuple[str, int, int]] = []
    for population in network.populations:
        first = 0
        while first < population.size:
            size = min(int(rng.integers(1, most)), population.size - first)
            cuts.append((population.name, first, size))
            first += size
    slices: list[Slice] = []
    core, slot = 0, 0
    for name, first, size in (cuts[i] for i in rng.permutation(len(cuts))):
        if slot and rng.random() < 0.4:
            core, slot = core + 1, 0
        slices.append(Slice(population=name, first=first, size=size, core=core, slot=slot))
        slot += size
    certificate = Certificate(objective="", value=core + 1, bound=core + 1, status="", family="random")
    return Placement(
        slices=tuple(slices), cores=core + 1, used=({},) * (core + 1), available={}, certificate=certificate
    )


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_survive_and_cost_what_was_counted(seed: int) -> None:
    network = random_network(seed)
    placement = random_placement(network, seed)
    cores, routes = route(network, placement, TARGET)
    configuration = emit.encode(cores, sum(port.size for port in network.inputs), routes)
    verdict = static_verdict(network, TARGET, configuration, placed_symbols(network, placement))
    assert verdict.findings == ()
    assert verdict.identical
    for core, used in enumerate(usage(network, placement.slices, TARGET)):
        stored = {
            name: configuration.images[f"0/{core}/{image}"].size * times + more
            for name, (image, times, more) in IMAGE_OF_RESOURCE.items()
        }
        assert stored == used


def test_symbols_give_each_neuron_the_registers_it_was_placed_with() -> None:
    network = random_network(3)
    placement = random_placement(network, 3)
    cores, routes = route(network, placement, TARGET)
    machine = emit.machine(emit.decode(emit.encode(cores, sum(p.size for p in network.inputs), routes)))
    debug = placed_symbols(network, placement)
    assert [p.name for p in debug.populations] == [p.name for p in network.populations]
    for population, symbol in zip(network.populations, debug.populations, strict=True):
        assert symbol.lag_steps == population.lag_steps
        for piece in (s for s in placement.slices if s.population == population.name):
            index = symbol.machine_index[piece.first : piece.first + piece.size]
            assert np.all(machine.core[index] == piece.core)
            assert machine.slot[index].tolist() == list(range(piece.slot, piece.slot + piece.size))
    assert [port.first for port in debug.inputs] == np.cumsum([0, *(p.size for p in network.inputs)])[
        :-1
    ].tolist()


def test_cores_beyond_the_first_chip() -> None:
    target = msgspec.structs.replace(
        TARGET, grid=msgspec.structs.replace(TARGET.grid, cores_per_chip=2, chips=32)
    )
    network = random_network(5)
    placement = random_placement(network, 5, most=12)
    assert placement.cores > 4
    cores, routes = route(network, placement, target)
    assert [(core.chip, core.core) for core in cores] == [(i // 2, i % 2) for i in range(placement.cores)]
    configuration = emit.encode(cores, sum(port.size for port in network.inputs), routes)
    assert static_verdict(network, target, configuration, placed_symbols(network, placement)).identical


def test_a_placement_that_misses_or_overlaps_is_refused() -> None:
    network = random_network(3)
    placement = random_placement(network, 3)
    last = placement.slices[-1]
    with pytest.raises(ValueError, match="is on no core"):
        route(network, dataclasses.replace(placement, slices=placement.slices[:-1]), TARGET)
    moved = dataclasses.replace(last, slot=last.slot + 1)
    with pytest.raises(ValueError, match="starts at"):
        route(network, dataclasses.replace(placement, slices=(*placement.slices[:-1], moved)), TARGET)
    with pytest.raises(ValueError, match="is empty"):
        route(network, dataclasses.replace(placement, cores=placement.cores + 1), TARGET)


def test_populations_of_different_limits_do_not_share_a_core() -> None:
    network = random_network(3)
    first, *others = network.populations
    limited = dataclasses.replace(first, core_params={"negVmLimit": 0, "posVmLimit": 7})
    changed = dataclasses.replace(network, populations=(limited, *others))
    slices: list[Slice] = []
    for population in network.populations:
        slot = sum(s.size for s in slices)
        slices.append(Slice(population=population.name, first=0, size=population.size, core=0, slot=slot))
    together = dataclasses.replace(random_placement(network, 3), slices=tuple(slices), cores=1)
    route(network, together, TARGET)
    with pytest.raises(ValueError, match="different negVmLimit"):
        route(changed, together, TARGET)
