"""Numpy and compiled code run the same machine to the same bits; machines of like size share compiled code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.sim.engines.choice import COMPILES_FROM, STEP_WORK, SUM_ENGINES, is_small, sum_engine
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.sim.engines.summed import by_event, in_jax
from spikec.sim.engines.synapse_list import Run, simulate
from spikec.targets import load
from spikec.targets.loihi1 import neuron
from spikec.targets.machines.crossbar_grid import PARAMETERS, GridMachine
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.ranc.neuron import Arithmetic

from . import grid_networks
from .compilations import compilations

LOIHI = load("loihi1")


def registers(random: np.random.Generator, chip: str, n: int) -> dict[str, np.ndarray]:
    """Over the whole range of each register, extremes more often."""

    def over(low: int, high: int) -> np.ndarray:
        return random.choice([low, high, *random.integers(low, high + 1, 6)], n)

    if chip == "ranc":
        wide = {name: over(-(1 << 22), (1 << 22) - 1) for name in PARAMETERS}
        return wide | {"reset_mode": over(0, 1), "positive_threshold": over(1, 2000)}
    return {
        "decayU": over(0, 4095), "decayV": over(0, 4095), "vth": over(1, 5000), "bias": over(-4095, 4095),
        "biasExp": over(0, 7), "refractDelay": over(1, 63), "negVmLimit": over(0, 23), "posVmLimit": over(0, 7),
    }  # fmt: skip


def machine(
    seed: int,
    chip: str = "loihi1",
    n: int = 60,
    inputs: int = 12,
    synapses: int = 2000,
    *,
    top: int = 1 << 17,
) -> Machine:
    """As many synapses of each latency whatever the seed: machines of one size share their compiled code."""
    random = np.random.default_rng(seed)
    k = synapses if n else 0
    from_input = (np.arange(k) % 3 == 0) & (inputs > 0)
    return Machine(
        n_inputs=inputs,
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params=registers(random, chip, n),
        synapses=as_rows(
            np.where(from_input, n + random.integers(0, max(1, inputs), k), random.integers(0, max(1, n), k)),
            random.integers(0, max(1, n), k),
            random.integers(-top, top, k),
            delay=np.resize([0, 0, 0, 2, 5], k),
        ),
    )


def run(made: Machine, chip: str, events: np.ndarray, engine: Any, *, states: bool = True) -> Run:
    arithmetic = neuron if chip == "loihi1" else Arithmetic(24)
    return simulate(made, arithmetic, LOIHI.latency, events, states=states, engine=engine)


def drive(seed: int, inputs: int, steps: int = 40, batch: int = 3) -> np.ndarray:
    return (np.random.default_rng(seed).random((steps, batch, inputs)) < 0.4).astype(np.uint8)


def assert_equal(a: Run, b: Run) -> None:
    for name, one, other in [
        ("spikes", a.spikes, b.spikes),
        *((key, a.states[key], b.states[key]) for key in a.states),
        *((key, a.counters[key], b.counters[key]) for key in a.counters),
    ]:
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, name)
    assert list(a.states) == list(b.states)
    assert list(a.counters) == list(b.counters)


@pytest.mark.parametrize(
    ("chip", "synapses", "top"),
    [
        ("loihi1", 2000, 1 << 17),  # sums past 2**24: lists
        ("loihi1", 2000, 1 << 9),  # dense
        ("loihi1", 50, 1 << 9),  # lists, as there are few
        ("ranc", 2000, 1 << 24),  # sums of sums past 32 bits
        ("ranc", 2000, 1 << 9),
    ],
)
def test_numpy_and_compiled_code_are_the_same(chip: str, synapses: int, top: int) -> None:
    """Three machines one after the other; those of one shape share the compiled code."""
    spikes, counted = 0, dict[str, int]()
    for seed in range(3):
        made = machine(seed, chip, synapses=synapses, top=top)
        events = drive(seed, made.n_inputs)
        fast = run(made, chip, events, "numpy")
        # Few synapses make many small stages: JAX compiles each of them.
        for engine in ("events", "jax") if synapses > 50 else ("events",):
            assert_equal(fast, run(made, chip, events, engine))
        spikes += int(fast.spikes.sum())
        counted = {name: counted.get(name, 0) + int(v.sum()) for name, v in fast.counters.items()}
    assert spikes > 300
    assert sum(counted.values()) > 1000, counted


@pytest.mark.parametrize(
    ("n", "inputs", "synapses", "steps", "batch"),
    [(0, 3, 0, 4, 2), (5, 3, 0, 4, 2), (5, 3, 9, 0, 2), (5, 0, 9, 4, 2), (5, 3, 9, 4, 0)],
    ids=["no neurons", "no synapses", "no steps", "no inputs", "no samples"],
)
def test_nothing_is_the_same_nothing(n: int, inputs: int, synapses: int, steps: int, batch: int) -> None:
    made = machine(1, n=n, inputs=inputs, synapses=synapses)
    events = drive(1, inputs, steps, batch)
    fast = run(made, "loihi1", events, "numpy")
    assert fast.spikes.shape == fast.states["v"].shape == (steps, batch, n)
    for engine in ("events", "jax"):
        assert_equal(fast, run(made, "loihi1", events, engine))


def test_chunks_are_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    made = machine(3)
    events = drive(3, made.n_inputs, steps=45)
    monkeypatch.setattr(in_jax, "CHUNK_BYTES", 30_000)
    monkeypatch.setattr(by_event, "CHUNK_BYTES", 3_000)
    fast = run(made, "loihi1", events, "numpy")
    for engine in ("events", "jax"):
        assert_equal(fast, run(made, "loihi1", events, engine))


def test_machines_of_like_size_share_compiled_code() -> None:
    one, other = machine(4, n=50, inputs=21, top=20), machine(5, n=55, inputs=23, top=20)
    run(one, "loihi1", drive(4, 21, 40, 9), "jax")
    with compilations() as found:
        run(other, "loihi1", drive(5, 23, 60, 10), "jax")
        run(other, "loihi1", drive(5, 23, 60, 10), "jax")
    assert found == []
    with compilations() as found:
        run(machine(5, n=120, top=20, synapses=6000), "loihi1", drive(5, 12), "jax")
    assert found != [], "a compilation would not be seen"


@pytest.mark.parametrize("wide", [False, True], ids=["float32", "int32"])
def test_grids_are_the_same(wide: bool) -> None:
    """wide: weights whose sums float32 does not hold."""
    chip, total = grid_networks.small(), dict[str, int]()
    for seed in (1,) if wide else (1, 2):
        random = np.random.default_rng(seed)
        made = grid_networks.grid(random, chip, extreme=seed % 2 > 0)
        if wide:
            cores = tuple(replace(core, weights=core.weights << 18) for core in made.cores)
            made = replace(made, cores=cores)
        events = drive(seed, made.n_inputs, 20, 3)
        fast, *others = (
            simulate_grid(made, Arithmetic(9), events, states=True, engine=engine) for engine in SUM_ENGINES
        )
        for other in others:
            assert_equal(fast, other)
        total = {name: total.get(name, 0) + int(values.sum()) for name, values in fast.counters.items()}
    assert min(total.values()) > 20, total


def bare_of(made: GridMachine) -> GridMachine:
    """No neurons, and no input that reaches a core."""
    none = ("connected", "weights", "dx", "dy", "axon", "delay")
    cores = tuple(
        replace(
            core,
            params={name: values[:0] for name, values in core.params.items()},
            **{name: getattr(core, name)[:0] for name in none},
        )
        for core in made.cores
    )
    return replace(made, cores=cores, inputs=made.inputs[:0])


@pytest.mark.parametrize(("steps", "batch", "bare"), [(0, 2, False), (3, 0, False), (3, 2, True)])
def test_a_grid_of_nothing(steps: int, batch: int, bare: bool) -> None:
    made = grid_networks.grid(np.random.default_rng(1), grid_networks.small())
    made = bare_of(made) if bare else made
    events = drive(1, made.n_inputs, steps, batch)
    fast, *others = (
        simulate_grid(made, Arithmetic(9), events, states=True, engine=engine) for engine in SUM_ENGINES
    )
    assert fast.spikes.shape == (steps, batch, made.n_neurons)
    for other in others:
        assert_equal(fast, other)


def test_grids_of_like_size_share_compiled_code() -> None:
    random = np.random.default_rng(6)
    made = grid_networks.grid(random, grid_networks.small())
    weaker = tuple(replace(c, weights=c.weights // 2, axon_type=c.axon_type * 0) for c in made.cores)
    simulate_grid(made, Arithmetic(9), drive(6, made.n_inputs, 40, 9), engine="jax")
    with compilations() as found:
        simulate_grid(
            replace(made, cores=weaker), Arithmetic(9), drive(7, made.n_inputs, 60, 10), engine="jax"
        )
    assert found == []


def test_long_runs_of_few_neurons_are_compiled() -> None:
    assert is_small(25, 1000)
    assert not is_small(COMPILES_FROM // STEP_WORK, 10)


def test_the_engine_that_is_asked_for() -> None:
    assert [sum_engine("auto", small=small) for small in (True, False)] == ["numpy", "events"]
    assert sum_engine("jax", small=True) == "jax"
    with pytest.raises(ValueError, match="engine must be one of"):
        sum_engine("torch", small=True)  # pyright: ignore


@pytest.mark.parametrize("value", [2, -1, 0.5])
def test_events_are_0_and_1(value: float) -> None:
    with pytest.raises(ValueError, match="0 and 1"):
        run(machine(1), "loihi1", np.full((1, 1, 12), value), "auto")


def test_synapses_of_what_fired_are_those_of_the_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    made, events = machine(7), drive(7, machine(7).n_inputs)
    plain = run(made, "loihi1", events, "numpy")
    monkeypatch.setattr("spikec.sim.engines.summed.in_numpy.GROUPED", 0)
    monkeypatch.setattr("spikec.sim.engines.summed.in_numpy.PART", 50)
    assert_equal(plain, run(made, "loihi1", events, "numpy"))
    assert plain.spikes.any()
