"""Places of hidden neurons: every order of small ones is tried, and a moved network runs bit for bit as the other."""

from __future__ import annotations

from itertools import permutations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.xylo.assign import Demand, allowed, assign, solve
from spikec.compiler.backends.xylo.configuration import configuration
from spikec.compiler.backends.xylo.unplaced import expand
from spikec.compiler.backends.xylo.wiring import wiring
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.ordered import simulate_ordered
from spikec.targets.xylo import neuron
from spikec.targets.xylo.configuration import machine

from .nets import AUDIO3
from .quantized import SHIFTS, population, projection, quantized, random_network


def random_demand(seed: int) -> Demand:
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 7))
    expansions = random.integers(1, n + 1, 2)
    fed, feeding = random.random(n) < 0.4, random.random(n) < 0.4
    chain = np.flatnonzero(random.random(n) < 0.4)
    pairs = random.permutation(n)[: 2 * int(random.integers(0, n // 2 + 1))].reshape(2, -1)
    return Demand(
        low=np.where(feeding, n - expansions[1], 0),
        high=np.where(fed, expansions[0] - 1, n - 1),
        chain=chain,
        before=np.sort(pairs, axis=0),
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_there_is_an_answer_where_any_order_is_one(seed: int) -> None:
    demand = random_demand(seed)
    n = demand.low.size
    any_order = any(allowed(np.array(order), demand) for order in permutations(range(n)))
    found = solve(demand)
    assert (found is not None) == any_order
    assert found is None or allowed(found, demand)


def test_demands_with_and_without_an_answer_are_both_tried() -> None:
    answers = [solve(random_demand(seed)) is not None for seed in range(60)]
    assert 10 < sum(answers) < 50


def narrow(into: int, out: int) -> object:
    capacity = msgspec.structs.replace(AUDIO3.capacity, input_expansion=into, output_expansion=out)
    return msgspec.structs.replace(AUDIO3, capacity=capacity)


def crossed(largest: int) -> object:
    """`a` is fed by inputs and comes behind `z`, which is not: only its neurons fit the input expansion."""
    random = np.random.default_rng(largest)
    weights = random.integers(1, largest + 1, (4, 4))
    return quantized(
        [population("z", 4, random), population("a", 4, random), population("o", 2, random, most=1)],
        4,
        [
            projection("in", "a", weights, SHIFTS["in"]),
            projection("a", "z", weights, SHIFTS["rec"]),
            projection("z", "a", -weights, SHIFTS["rec"]),
            projection("z", "o", weights[:2], SHIFTS["out"]),
        ],
    )


def test_a_network_that_has_to_move_runs_as_before() -> None:
    network, chip = crossed(3), narrow(4, 4)
    found = assign(network, chip)
    assert found.moved > 0
    made, symbols = configuration(network, found, chip)
    free, free_symbols = expand(network, chip)
    events = np.random.default_rng(0).integers(0, 16, (60, 3, 4)).astype(np.uint8)
    placed, wanted = (simulate_ordered(m, neuron, events, states=True) for m in (machine(made), free))
    assert wanted.spikes.any(axis=(0, 1)).sum() > 6
    for p, q in zip(symbols.populations, free_symbols.populations, strict=True):
        a, b = p.machine_index, q.machine_index
        np.testing.assert_array_equal(placed.spikes[:, :, a], wanted.spikes[:, :, b])
        for name in wanted.states:
            np.testing.assert_array_equal(placed.states[name][:, :, a], wanted.states[name][:, :, b])


def test_sums_that_may_saturate_keep_their_order() -> None:
    with pytest.raises(DiagnosticError) as caught:
        assign(crossed(127), narrow(4, 4))
    (finding,) = caught.value.diagnostics
    assert finding.code == "SPK2027"
    assert "sums may saturate" in finding.hint


def test_no_order_for_neurons_that_have_to_be_first_and_last() -> None:
    """Inputs reach all of `a`, and all of it feeds outputs: 4 first and 4 last of 8."""
    random = np.random.default_rng(1)
    weights = random.integers(1, 4, (4, 4))
    links = [
        projection("in", "a", weights, 0),
        projection("a", "o", weights[:2], 0),
        projection("a", "z", weights, 0),
    ]
    network = quantized(
        [population("a", 4, random), population("z", 4, random), population("o", 2, random, most=1)], 4, links
    )
    with pytest.raises(DiagnosticError) as caught:
        assign(network, narrow(4, 4))
    assert caught.value.diagnostics[0].code == "SPK2027"


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(1, 127))
def test_the_order_stands_where_it_fits(seed: int, largest: int) -> None:
    network = random_network(seed, largest=largest)
    found = assign(network, AUDIO3)
    wires = wiring(network)
    assert found.moved == 0
    assert found.synapses == 2
    assert found.input_expansion <= wires.first["b"]
    assert found.output_expansion == wires.n_hidden - wires.first["b"]
