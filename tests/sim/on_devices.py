"""Runs machines on two devices of JAX and in numpy, and prints a hash of each: in a process of its own, since JAX
counts its devices once.

    XLA_FLAGS=--xla_force_host_platform_device_count=2 python -m tests.sim.on_devices [words of the command line]
    python -m tests.sim.on_devices PORT RANK OUT        one of two processes with one device each
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

import jax
import numpy as np
import spikec
from spikec.sim.engines import devices, grid_in_jax
from spikec.sim.engines.choice import FeatureMap, SumEngine
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.sim.engines.summed import in_jax
from spikec.sim.engines.synapse_list import Run, simulate
from spikec.targets import load
from spikec.targets.loihi1 import neuron
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.ranc.neuron import Arithmetic

from . import grid_networks
from .test_convolutions_in_jax import of_layers
from .test_engine_choice import drive, machine

BATCHES = 5, 1
"""No multiple of the devices, and fewer than these: then neurons are shared out."""
Runner = Callable[[SumEngine, int], Run]


def layers() -> Machine:
    """Inputs to the first half of the neurons, these to the second half: no loop."""
    made = machine(1, inputs=30, top=1 << 9)
    source, post, weight, delay, _ = made.synapses.flat()
    inner, half = source < made.n_neurons, made.n_neurons // 2
    source = np.where(inner, source % half, source)
    return replace(made, synapses=as_rows(source, post % half + np.where(inner, half, 0), weight, delay))


def summed(made: Machine, batch: int, maps: tuple[FeatureMap, ...] = ()) -> Runner:
    events, latency = drive(1, made.n_inputs, batch=batch), load("loihi1").latency
    return lambda engine, count: simulate(
        made, neuron, latency, events, states=True, engine=engine, devices=count, maps=maps
    )


def on_a_grid(batch: int) -> Runner:
    grid = grid_networks.grid(np.random.default_rng(1), grid_networks.small(), extreme=True)
    events = drive(1, grid.n_inputs, 20, batch)
    return lambda engine, count: simulate_grid(
        grid, Arithmetic(9), events, states=True, engine=engine, devices=count
    )


def hashed(run: Run) -> str:
    """Of spikes, states and counters, with their names and types."""
    return _told({"spikes": run.spikes, **run.states, **run.counters})


def _told(arrays: Mapping[str, np.ndarray]) -> str:
    told = hashlib.sha256()
    for name, values in arrays.items():
        told.update(f"{name} {values.dtype} {values.shape}".encode())
        told.update(np.ascontiguousarray(values).tobytes())
    return told.hexdigest()


def found() -> dict[str, tuple[str, str, int, int]]:
    """Kind of machine and samples -> hash in numpy and on two devices, parts in which a result lay on these, spikes."""
    convolved, maps = of_layers(1)
    runs = {
        f"{name} of {batch}": run
        for batch in BATCHES
        for name, run in (
            ("layers", summed(layers(), batch)),
            ("loops", summed(machine(2), batch)),
            ("convolutions", summed(convolved, batch, maps)),
            ("grid", on_a_grid(batch)),
        )
    }
    held = set[int]()

    def fetched(array: jax.Array) -> np.ndarray:
        held.add(array.size // max(1, int(np.prod(array.sharding.shard_shape(array.shape)))))
        return devices.fetched(array)

    in_jax.fetched = grid_in_jax.fetched = fetched
    made: dict[str, tuple[str, str, int, int]] = {}
    for name, run in runs.items():
        held.clear()
        plain, shared = run("numpy", 1), run("jax", 2)
        made[name] = hashed(plain), hashed(shared), max(held), int(plain.spikes.sum())
    return made


def of_output(out: str) -> tuple[str, str, int, int]:
    """As `found`, of `import spikec`."""
    stimulus = spikec.poisson({"in_": (4,)}, 0.5, 9, batch=BATCHES[0], seed=0)
    plain, shared = (
        spikec.simulate(out, stimulus, True, engine=engine, devices=count).arrays()
        for engine, count in (("numpy", None), ("jax", 2))
    )
    spikes = plain["layer/n"]
    return _told(plain), _told(shared), jax.device_count(), int(spikes.sum())


def main() -> None:
    words = sys.argv[1:]
    if words and words[0].isdigit():
        port, rank, out = words
        jax.distributed.initialize(f"localhost:{port}", num_processes=2, process_id=int(rank))
        assert jax.process_count() == jax.device_count() == 2
        print(json.dumps({**found(), "output": of_output(out)}))
        return
    assert jax.device_count() == 2
    print(json.dumps(found()))
    if words:
        from spikec.compiler.shell.cli import _run

        sys.argv = ["spikec", *words]
        sys.exit(_run())


if __name__ == "__main__":
    main()
