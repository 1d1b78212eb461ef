"""Machines stay where JAX runs them from one run to the next, and go when nobody has them any more."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence

import numpy as np
import pytest
from spikec.sim.engines.choice import FeatureMap
from spikec.sim.engines.devices import Devices
from spikec.sim.engines.summed import kept_machines
from spikec.sim.engines.summed.in_jax import OnDevices
from spikec.sim.engines.synapse_list import simulate
from spikec.targets import load
from spikec.targets.chip import Latency
from spikec.targets.loihi1 import neuron
from spikec.targets.machines.synapse_list import Machine

from .test_engine_choice import assert_equal, drive, machine

LATENCY = load("loihi1").latency


def there(made: Machine, latency: Latency = LATENCY, maps: Sequence[FeatureMap] = ()) -> OnDevices:
    registers = {name: values.astype(np.int32) for name, values in made.params.items()}
    return kept_machines.on_devices(made, registers, latency, maps, Devices(1))


def test_a_machine_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of any length and batch, and with states, find it; each starts from the initial state."""
    made, loads = machine(1, top=1 << 9), list[int]()
    load_stages = kept_machines.laid_out_in

    def counting(*given: object) -> object:
        loads.append(1)
        return load_stages(*given)  # pyright: ignore

    monkeypatch.setattr(kept_machines, "laid_out_in", counting)
    for steps, batch, states in ((20, 2, False), (20, 2, False), (7, 1, True), (20, 3, False)):
        events = drive(steps, made.n_inputs, steps, batch)
        plain = simulate(made, neuron, LATENCY, events, states=states, engine="numpy")
        assert_equal(plain, simulate(made, neuron, LATENCY, events, states=states, engine="jax"))
        assert plain.spikes.any()
    assert len(loads) == 1


def test_what_is_asked_for_otherwise_is_loaded_anew() -> None:
    made = machine(2, top=1 << 9)
    first, n = there(made), made.n_neurons
    assert there(made) is first
    assert there(machine(2, top=1 << 9)) is not first  # another machine, if an equal one
    later = Latency(input_to_neuron=1, neuron_to_neuron=2, neuron_to_output=0)
    assert there(made, later) is not first
    maps = [FeatureMap(shape=(2, 6), sources=n + np.arange(12))]
    mapped = there(made, later, maps)
    assert there(made, later, [FeatureMap(shape=(2, 6), sources=n + np.arange(12))]) is mapped
    assert there(made, later, [FeatureMap(shape=(2, 6), sources=n + np.arange(12)[::-1])]) is not mapped


def test_it_goes_with_the_machine() -> None:
    made = machine(3, top=1 << 9)
    kept, machines = weakref.ref(there(made)), len(kept_machines._KEPT)
    assert kept() is not None
    del made
    gc.collect()
    assert kept() is None
    assert len(kept_machines._KEPT) < machines
