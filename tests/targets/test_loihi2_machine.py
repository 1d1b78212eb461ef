"""Machines of Lava processes against plain integers: exponents of both signs, delays, loops, wraps and the end of v."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.sim.engines.choice import SumEngine
from spikec.sim.engines.synapse_list import simulate
from spikec.targets.chip import Latency
from spikec.targets.loihi2 import neuron
from spikec.targets.loihi2.content import MIXED, Connection, Content, Lif, Port
from spikec.targets.loihi2.machine import machine
from spikec.targets.machines.synapse_rows import as_rows

from ..effort import EXAMPLES, THOROUGH
from .loihi2_oracle import run

LATENCY = Latency(input_to_neuron=0, neuron_to_neuron=1, neuron_to_output=0)
ENGINES: tuple[SumEngine, ...] = ("numpy", "events", "jax") if THOROUGH else ("numpy", "events")


def random_content(rng: np.random.Generator) -> Content:
    sizes = {f"p{k}": int(n) for k, n in enumerate(rng.integers(1, 40, int(rng.integers(1, 4))))}
    ports = (Port(name="one", shape=(int(rng.integers(1, 20)),)), Port(name="two", shape=(3,)))
    neurons = tuple(
        Lif(
            name=name,
            du=int(rng.choice([0, 300, 4095])),
            dv=int(rng.choice([0, 100, 4095])),
            vth=int(rng.choice([0, 40, 3000, 131071])),
            bias_mant=rng.integers(-4096, 4096, n),
            bias_exp=rng.integers(-3, 8, n),
        )
        for name, n in sizes.items()
    )
    ends = {**{port.name: port.size for port in ports}, **sizes}
    connections: list[Connection] = []
    for _ in range(int(rng.integers(2, 7))):
        pre, post = str(rng.choice([*ends])), str(rng.choice([*sizes]))
        there = rng.random((ends[pre], ends[post])) < rng.choice([0.1, 0.9])
        source, onto = np.nonzero(there)
        delay = rng.integers(0, int(rng.choice([1, 63])), source.size)
        connections.append(
            Connection(
                pre=pre,
                post=post,
                synapses=as_rows(source, onto, rng.integers(-300, 300, source.size), delay),
                weight_exp=int(rng.integers(-8, 8)),
                num_weight_bits=int(rng.integers(1, 9)),
                sign_mode=int(rng.integers(1, 4)),
            )
        )
    return Content(ports=ports, neurons=neurons, connections=tuple(connections))


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_any_graph(seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = random_content(rng)
    events = (rng.random((70, sum(port.size for port in content.ports))) < 0.3).astype(np.uint8)
    spikes, membranes = run(content, events)
    for engine in ENGINES:
        found = simulate(machine(content), neuron, LATENCY, events[:, None], states=True, engine=engine)
        assert np.array_equal(found.spikes[:, 0], np.concatenate([*spikes.values()], axis=1)), engine
        assert np.array_equal(found.states["v"][:, 0], np.concatenate([*membranes.values()], axis=1)), engine


def one_neuron(weight: int, exponent: int, vth: int = 131071) -> Content:
    lif = Lif(
        name="n", du=0, dv=4095, vth=vth, bias_mant=np.zeros(1, np.int64), bias_exp=np.zeros(1, np.int64)
    )
    rows = as_rows(np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([weight]))
    made = Connection(
        pre="in", post="n", synapses=rows, weight_exp=exponent, num_weight_bits=8, sign_mode=MIXED
    )
    return Content(ports=(Port(name="in", shape=(1,)),), neurons=(lif,), connections=(made,))


@pytest.mark.parametrize(("weight", "first"), [(-256, 1 << 23), (128, 1 << 23)])
def test_a_current_at_the_end_of_24_bits(weight: int, first: int) -> None:
    """+2**23 stays, -2**23 becomes it; the membrane ends one below."""
    content = one_neuron(weight, 9 if weight < 0 else 10)
    found = simulate(machine(content), neuron, LATENCY, np.ones((1, 1, 1), np.uint8), states=True)
    assert found.states["u"][0, 0, 0] == first
    assert found.counters["u_wraps"][0] == (weight < 0)
    assert found.counters["v_saturations"][0] == 1
    assert found.spikes[0, 0, 0] == 1  # 2**23 - 1 is just above the largest threshold


def test_a_membrane_at_its_threshold_is_silent() -> None:
    at, above = (simulate(machine(one_neuron(w, 0, vth=10)), neuron, LATENCY, np.ones((1, 1, 1), np.uint8))
                 for w in (10, 12))  # fmt: skip
    assert at.spikes.sum() == 0
    assert above.spikes.sum() == 1


def test_a_sum_is_shifted_and_not_its_parts() -> None:
    """Three weights of 2, shifted down by 2: 1 of the sum 6; 0 of each alone."""
    content = one_neuron(2, -2)
    three = as_rows(np.arange(3), np.zeros(3, np.int64), np.full(3, 2))
    made = Connection(pre="in", post="n", synapses=three, weight_exp=-2, num_weight_bits=8, sign_mode=MIXED)
    content = Content(ports=(Port(name="in", shape=(3,)),), neurons=content.neurons, connections=(made,))
    found = simulate(machine(content), neuron, LATENCY, np.ones((1, 1, 3), np.uint8), states=True)
    assert found.states["u"][0, 0, 0] == 64
