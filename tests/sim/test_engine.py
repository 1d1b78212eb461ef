"""The engine against the scalar oracle, on random machines that overflow, wait and rest."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.synapse_list import simulate
from spikec.targets import load
from spikec.targets.fixed import decay_toward_zero, saturate, wrap
from spikec.targets.loihi1 import neuron
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows, narrow

from .loihi_oracle import Compartment, Synapse, decayed, run, wrapped

TARGET = load("loihi1")
REGISTERS = ("decayU", "decayV", "vth", "bias", "biasExp", "refractDelay", "negVmLimit", "posVmLimit")
NEURONS, INPUTS, STEPS, NETWORKS = 5, 4, 25, 250


def random_cells(random: np.random.Generator) -> list[Compartment]:
    return [
        Compartment(
            du=int(random.choice([0, 4095, random.integers(4096)])),
            dv=int(random.choice([0, 4095, random.integers(4096)])),
            vth_mant=int(random.choice([1, 131071, random.integers(1, 5000)])),
            bias_mant=int(random.integers(-4095, 4096)),
            bias_exp=int(random.integers(8)),
            refract=int(random.choice([1, 2, random.integers(1, 64)])),
            vmin_exp=int(random.choice([0, 23, random.integers(24)])),
            vmax_exp=int(random.choice([7, random.integers(8)])),
        )
        for _ in range(NEURONS)
    ]


def random_synapses(random: np.random.Generator) -> list[Synapse]:
    """Several synapses of a pair may differ in delay; exponents up to 7 force the sums to wrap."""
    return [
        Synapse(
            source=int(random.integers(-INPUTS, NEURONS)),
            post=int(random.integers(NEURONS)),
            weight=int(random.integers(-255, 256)) << int(random.integers(8)),
            delay=int(random.choice([0, 0, 1, random.integers(63)])),
        )
        for _ in range(30)
    ]


def joined(cells: list[list[Compartment]], synapses: list[list[Synapse]]) -> Machine:
    """All networks side by side in one machine, so that one compilation serves them all."""
    flat = [cell for network in cells for cell in network]
    n = len(flat)
    rows = [
        (
            k * NEURONS + s.source if s.source >= 0 else n + k * INPUTS - 1 - s.source,
            k * NEURONS + s.post,
            s.weight,
            s.delay,
        )
        for k, network in enumerate(synapses)
        for s in network
    ]
    table = np.array(rows, dtype=np.int64)
    return Machine(
        n_inputs=len(cells) * INPUTS,
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params={
            name: np.array([cell[k] for cell in flat], dtype=np.int64) for k, name in enumerate(REGISTERS)
        },
        synapses=as_rows(table[:, 0], table[:, 1], table[:, 2], delay=table[:, 3]),
    )


def test_random_networks_equal_the_oracle() -> None:
    random = np.random.default_rng(20)
    cells = [random_cells(random) for _ in range(NETWORKS)]
    synapses = [random_synapses(random) for _ in range(NETWORKS)]
    events = (random.random((STEPS, 2, NETWORKS * INPUTS)) < 0.4).astype(np.uint8)
    result = simulate(joined(cells, synapses), neuron, TARGET.latency, events, states=True)
    for k in range(NETWORKS):
        mine = slice(k * NEURONS, (k + 1) * NEURONS)
        for sample in range(2):
            given = events[:, sample, k * INPUTS : (k + 1) * INPUTS].tolist()
            s, u, v = run(cells[k], synapses[k], given)
            np.testing.assert_array_equal(result.spikes[:, sample, mine], s, f"network {k} spikes")
            np.testing.assert_array_equal(result.states["u"][:, sample, mine], u, f"network {k} u")
            np.testing.assert_array_equal(result.states["v"][:, sample, mine], v, f"network {k} v")
    assert result.spikes.any()
    for name in ("q_wraps", "v_saturations"):
        assert result.counters[name].sum() > 0, f"{name} never happened: the test would not see it"


def test_primitives_equal_python_integers() -> None:
    import jax.numpy as jnp

    random = np.random.default_rng(21)
    values = np.concatenate([random.integers(-(2**23), 2**23, 20_000), [-(2**23), 2**23 - 1, 0, -1, 1]])
    factors = np.concatenate([random.integers(0, 4097, 20_000), [0, 1, 4095, 4096, 4096]])
    want_decay = [decayed(int(v), int(f)) for v, f in zip(values, factors, strict=True)]
    want_wrap = [wrapped(int(v), 16) for v in values]
    for xp in (np, jnp):
        v, f = xp.asarray(values.astype(np.int32)), xp.asarray(factors.astype(np.int32))
        np.testing.assert_array_equal(np.asarray(decay_toward_zero(v, f)), want_decay)
        np.testing.assert_array_equal(np.asarray(wrap(xp, v, 16)), want_wrap)
        np.testing.assert_array_equal(np.asarray(saturate(xp, v, -100, 99)), np.clip(values, -100, 99))


def one_neuron(weights: list[int]) -> Machine:
    count = len(weights)
    values = {"decayU": 4095, "decayV": 0, "vth": 131071, "bias": 0, "biasExp": 0, "refractDelay": 1}
    values |= {"negVmLimit": 23, "posVmLimit": 7}
    return Machine(
        n_inputs=count,
        core=np.zeros(1, dtype=np.int64),
        slot=np.zeros(1, dtype=np.int64),
        params={name: np.array([value]) for name, value in values.items()},
        synapses=as_rows(
            np.arange(1, count + 1), np.zeros(count, dtype=np.int64), np.array(weights, dtype=np.int64)
        ),
    )


def test_wraps_are_counted() -> None:
    """Two weights of 2**14 make 2**15, one more than 22 bits less six hold."""
    events = np.array([[[1, 1]], [[1, 0]]], dtype=np.uint8)
    result = simulate(one_neuron([1 << 14, 1 << 14]), neuron, TARGET.latency, events)
    assert result.counters["q_wraps"].tolist() == [1]


def test_sums_past_32_bits_are_refused() -> None:
    machine = one_neuron([1 << 30, 1 << 30])
    with pytest.raises(DiagnosticError, match="SPK4010"):
        simulate(machine, neuron, TARGET.latency, np.zeros((1, 1, 2), dtype=np.uint8))


def test_lists_are_narrow_where_numbers_and_their_negatives_fit() -> None:
    top = 1 << 31
    assert narrow(np.array([top - 1, 1 - top])).dtype == np.int32
    assert narrow(np.array([], dtype=np.int64)).dtype == np.int32
    for wide in (top, -top):
        assert narrow(np.array([0, wide])).tolist() == [0, wide]
    assert np.abs(narrow(np.array([-top]))).tolist() == [top]


def test_a_synapse_between_neurons_without_a_step_is_refused() -> None:
    machine = replace(one_neuron([5]), synapses=as_rows(np.zeros(1, int), np.zeros(1, int), np.full(1, 5)))
    hops = msgspec.structs.replace(TARGET.latency, neuron_to_neuron=0)
    with pytest.raises(DiagnosticError, match="SPK4011"):
        simulate(machine, neuron, hops, np.zeros((1, 1, 1), dtype=np.uint8))


def test_events_are_spikes() -> None:
    with pytest.raises(ValueError, match="0 and 1"):
        simulate(one_neuron([5]), neuron, TARGET.latency, np.full((1, 1, 1), 2, dtype=np.uint8))
