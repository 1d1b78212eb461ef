"""Microseconds a step and sample of the engines of summed synapses, beside what else could run the same machine.

    python -m tests.benchmarks.simulation [--quick]       from the repository root; a C compiler adds a row

All rows but that of Spyx (the extra `benchmarks`; it says so where it is not installed) compute the same integers, and
their spikes must be the same; a step includes the neurons. Times are medians of processor time on one thread where
there is one sample, of the wall clock where there are more; without set-up, which is a column of its own: seconds until
the first run has ended, with kernels that are kept from an earlier run.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from spikec.sim.engines.choice import FeatureMap, whole
from spikec.sim.engines.devices import Devices
from spikec.sim.engines.summed import in_numpy
from spikec.sim.engines.summed.kept_machines import on_devices
from spikec.sim.engines.summed.neuron_source import BLOCK
from spikec.sim.engines.summed.plan import plan_of
from spikec.targets import load
from spikec.targets.chip import Latency
from spikec.targets.loihi1 import neuron, neuron as loihi1_neuron
from spikec.targets.machines.synapse_list import Machine

from . import simulated_networks, spyx_peer
from .c_loops import Runner, library

REPEATS = 5
NAIVE = "naive JAX step"
LATENCY = load("loihi1").latency
CASES = (
    ("dense", simulated_networks.dense, 1000, 1, 0.05), ("dense", simulated_networks.dense, 1000, 1, 0.4),
    ("dense", simulated_networks.dense, 100, 256, 0.05), ("convolution", simulated_networks.convolution, 500, 1, 0.03),
    ("convolution", simulated_networks.convolution, 20, 16, 0.03),
    ("recurrent", simulated_networks.recurrent, 500, 1, 0.01),
    ("recurrent", simulated_networks.recurrent, 20, 16, 0.01),
)  # fmt: skip


def registers(made: Machine) -> dict[str, np.ndarray]:
    return {name: made.params[name].astype(np.int32) for name in sorted(made.params)}


def engine(
    name: str,
    made: Machine,
    maps: Sequence[FeatureMap] = (),
    neuron: Any = loihi1_neuron,
    latency: Latency = LATENCY,
) -> Runner:
    """One of ours: `by_event`, `in_numpy`, `in_jax`; maps: where that looks for convolutions."""
    own, n = registers(made), made.n_neurons
    if name == "in_numpy":
        begun: dict[int, Any] = {}

        def run(events: np.ndarray) -> np.ndarray:
            batch = events.shape[1]
            if batch not in begun:
                begun[batch] = in_numpy.start(neuron, own, made, latency, batch, states=False)
            advance, (first,) = begun[batch].func, begun[batch].args
            return advance(replace(first, ring=np.zeros_like(first.ring)), events)[0]

        return run
    begin = importlib.import_module(f"spikec.sim.engines.summed.{name}").start
    if name == "in_jax":
        there, shape = on_devices(made, own, latency, maps, Devices(1)), (made.n_inputs, n)
        return lambda events: begin(neuron, there, shape, whole(events), states=False)(events)[0]
    plan = plan_of(made, latency, BLOCK)
    return lambda events: begin(neuron, own, plan, n, whole(events), states=False)(events)[0]


def naive_jax(made: Machine) -> Runner:
    """Every synapse in every step: a gather and a sum by segments, under a scan."""
    import jax
    import jax.numpy as jnp

    flat = made.synapses.flat()
    order = np.argsort(flat.post, kind="stable")
    source, post, weight = (
        jnp.asarray(values[order], dtype=jnp.int32) for values in (flat.source, flat.post, flat.weight)
    )
    n, own = made.n_neurons, neuron.parameters(registers(made))

    @jax.jit
    def run(events: jax.Array) -> jax.Array:
        def step(loop: tuple[neuron.State, jax.Array], now: jax.Array) -> tuple[tuple, jax.Array]:
            state, before = loop
            both = jnp.concatenate([before, now], axis=1).astype(jnp.int32)
            sums = jax.ops.segment_sum((both[:, source] * weight).T, post, n, indices_are_sorted=True).T
            state, fired, _ = neuron.step(jnp, own, state, sums)
            return (state, fired.astype(jnp.uint8)), fired.astype(jnp.uint8)

        batch = events.shape[1]
        zero = neuron.initial(jnp, {}, (batch, n))
        return jax.lax.scan(step, (zero, jnp.zeros((batch, n), jnp.uint8)), events)[1]

    return lambda events: np.asarray(run(events))


def c_loop(made: Machine) -> Runner | None:
    """The loop of event_loop.c, compiled here; None without a compiler."""
    loops = library("event_loop.c")
    if loops is None:
        return None
    loop = loops.run
    n, inputs = made.n_neurons, made.n_inputs
    flat = made.synapses.flat()
    order = np.lexsort((flat.post, flat.source))
    first = np.searchsorted(flat.source[order], np.arange(n + inputs + 1)).astype(np.int64)
    post, weight = (
        flat.post[order].astype(np.int32),
        flat.weight[order].astype(np.int16),
    )
    own = np.stack([np.asarray(row) for row in neuron.parameters(registers(made))]).astype(np.int32)

    def run(events: np.ndarray) -> np.ndarray:
        steps, batch, _ = events.shape
        spikes = np.zeros((batch, steps, n), dtype=np.uint8)
        for b in range(batch):
            state = np.zeros((4, n), dtype=np.int32)
            given = np.ascontiguousarray(events[:, b])
            arrays = (given, first, post, weight, own, state[0], state[1], state[2], state[3], spikes[b])
            pointers = [ctypes.c_void_p(a.ctypes.data) for a in arrays]
            loop(ctypes.c_int64(steps), ctypes.c_int64(inputs), ctypes.c_int64(n), *pointers)
        return spikes.transpose(1, 0, 2)

    return run


def measured(run: Runner, events: np.ndarray, clock: Callable[[], float]) -> tuple[float, np.ndarray]:
    """Median seconds; the spikes."""
    seconds: list[float] = []
    for _ in range(REPEATS):
        start = clock()
        spikes = run(events)
        seconds.append(clock() - start)
    return statistics.median(seconds), spikes


def main(arguments: list[str]) -> None:
    quick = "--quick" in arguments
    print("| network | T | B | engine | set-up, s | us a step and sample | times as fast as naive JAX |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, make, steps, batch, rate in CASES[:1] if quick else CASES:
        made = make()
        maps = simulated_networks.feature_maps(made) if name == "convolution" else ()
        events = (np.random.default_rng(1).random((steps, batch, made.n_inputs)) < rate).astype(np.uint8)
        clock = time.process_time if batch == 1 else time.perf_counter
        rows: dict[str, Callable[[], Runner | None]] = {
            "events (numba)": lambda made=made: engine("by_event", made),
            "layers (JAX)": lambda made=made, maps=maps: engine("in_jax", made, maps),
            "steps (numpy)": lambda made=made: engine("in_numpy", made),
            "C event loop": lambda made=made: c_loop(made),
            spyx_peer.LABEL: lambda made=made: spyx_peer.spyx(made),
            NAIVE: lambda made=made: naive_jax(made),
        }
        found: list[tuple[str, float, float]] = []
        digests: set[str] = set()
        for label, build in rows.items():
            slow = label in {NAIVE, "steps (numpy)"} and not quick
            part = events[: max(2, steps // 10)] if slow else events
            start = time.perf_counter()
            run = build()
            if run is None:
                if label == spyx_peer.LABEL and name == "dense":
                    print(f"| {name} {rate:.0%} | {steps} | {batch} | Spyx: not installed | | | |")
                continue
            run(part)
            setup = time.perf_counter() - start
            seconds, spikes = measured(run, part, clock)
            if label != spyx_peer.LABEL:
                first = np.ascontiguousarray(spikes[: max(2, steps // 10)])
                digests.add(hashlib.sha256(first.tobytes()).hexdigest())
            found.append((label, setup, seconds / part.shape[0] / batch * 1e6))
        if len(digests) != 1:
            raise SystemExit(f"{name}: the rows computed different spikes")
        naive = next(each for label, _, each in found if label == NAIVE)
        for label, setup, each in found:
            what = f"{name} {rate:.0%} | {steps} | {batch}"
            print(f"| {what} | {label} | {setup:.2f} | {each:.1f} | {naive / each:.1f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
