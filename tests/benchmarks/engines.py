"""All engines of the simulator on a machine typical of each chip, beside a loop in C, a JAX step and the vendor's tool.

    python -m tests.benchmarks.engines [--quick]      from the repository root; a C compiler and `.[oracles]` add rows

Microseconds of one processor a step and sample: medians of several runs of one sample, with the set-up of a run,
without compilation. All rows of a machine must give the same spikes.
"""

from __future__ import annotations

import hashlib
import importlib
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
from spikec.sim.engines.convolution import simulate_layers
from spikec.sim.engines.crossbar_events import simulate_events
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.sim.engines.ordered import simulate_ordered
from spikec.targets.chip import Latency
from spikec.targets.loihi2 import neuron as loihi2_neuron
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.odin.arithmetics import modules_of
from spikec.targets.ranc.neuron import Arithmetic
from spikec.targets.reckon import neuron as reckon_neuron
from spikec.targets.reckon.configuration import machine as reckon_machine
from spikec.targets.speck import neuron as speck_neuron
from spikec.targets.spinnaker1 import neuron as spinnaker_neuron
from spikec.targets.xylo import neuron as xylo_neuron
from spikec.targets.xylo.configuration import XyloConfiguration, machine as xylo_machine

from ..shipped import revision
from . import c_loops, engine_machines, jax_steps, simulated_networks, simulation
from .c_loops import Runner

REPEATS = 5
ENOUGH = 0.4
"""Seconds of a run from which on it is not repeated as often."""
C, JAX = "C loop of ours", "plain JAX step"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A machine and what drives it. rows: name -> a function that makes the run; ours first. slow: rows that get a
    tenth of the steps."""

    engine: str
    name: str
    events: np.ndarray
    rows: Mapping[str, Callable[[], Runner]]
    slow: frozenset[str] = field(default=frozenset({JAX}))


def spikes(rate: float, steps: int, *shape: int, counts: bool = False) -> np.ndarray:
    random = np.random.default_rng(1)
    drawn = random.poisson(rate, (steps, 1, *shape)) if counts else random.random((steps, 1, *shape)) < rate
    return drawn.astype(np.uint8)


def summed() -> Case:
    made = simulated_networks.dense()
    return Case(
        engine="summed",
        name="Loihi 1, 1024-1024-10, 5 %",
        events=spikes(0.05, 1000, 1024),
        rows={
            "spikec": lambda: simulation.engine("by_event", made),
            C: lambda: simulation.c_loop(made) or _absent(),
            JAX: lambda: simulation.naive_jax(made),
        },
    )


def other_sums(name: str, made: Machine, neuron: ModuleType, loop: Callable[[], Runner], late: bool) -> Case:
    """Dense networks of another chip whose neurons take sums. late: inputs act one step later."""
    latency = Latency(input_to_neuron=int(late), neuron_to_neuron=1, neuron_to_output=0)

    def spikec(engine: str) -> Callable[[], Runner]:
        return lambda: simulation.engine(engine, made, (), neuron, latency)

    rows: dict[str, Callable[[], Runner]] = {
        "spikec": spikec("by_event"),
        "spikec, numpy": spikec("in_numpy"),
        "spikec, jax": spikec("in_jax"),
        C: loop,
        JAX: lambda: jax_steps.summed(made, neuron, late=late),
    }
    what = f"{name}, 1024-1024-10, 5 %"
    return Case(engine="summed", name=what, events=spikes(0.05, 1000, 1024), rows=rows)


def reckon() -> Case:
    """Saturated after each event: in JAX that is a scan over the events, which nobody would wait for."""
    chip = engine_machines.reckon()
    made = reckon_machine(chip)
    return Case(
        engine="ordered",
        name="ReckOn, 256-256-16, 5 %",
        events=spikes(0.05, 2000, 256),
        rows={
            "spikec": lambda: lambda events: simulate_ordered(made, reckon_neuron, events).spikes,
            C: lambda: c_loops.reckon(chip),
        },
    )


def ordered(rate: float, threshold: int) -> Case:
    chip = engine_machines.xylo(threshold)
    made = xylo_machine(chip)
    return Case(
        engine="ordered",
        name=f"Xylo, 16-1000-16, {rate:g} events an input",
        events=spikes(rate, 2000, 16, counts=True),
        rows={
            "spikec": lambda: lambda events: simulate_ordered(made, xylo_neuron, events).spikes,
            C: lambda: c_loops.ordered(made),
            JAX: lambda: jax_steps.ordered(made),
            "xylosim": lambda: xylosim(chip),
        },
    )


def xylosim(chip: XyloConfiguration) -> Runner:
    """The vendor's simulator, which takes and gives lists."""
    from ..sim.xylosim_run import vendor_layer

    core = importlib.import_module("xylosim.v2")

    def run(events: np.ndarray) -> np.ndarray:
        layer, keep = vendor_layer(core, chip)
        fired = np.array(layer.evolve(events[:, 0].astype(int).tolist())).reshape(len(events), -1)
        found = np.hstack([np.array(layer.rec_recurrent_spikes), fired])
        del layer, keep
        return found[:, None]

    return run


def crossbar(chip: str, title: str, made: EventMachine, *, learning: bool = False) -> Case:
    module = modules_of(revision(chip)).neuron
    rows: dict[str, Callable[[], Runner]] = {
        "spikec": lambda: lambda events: simulate_events(made, module, events).spikes
    }
    if not learning:
        rows[C] = lambda: c_loops.crossbar(made, module)
        if not made.cores[0].closed_loop:
            rows[JAX] = lambda: jax_steps.crossbar(made, module)
    return Case(engine="events", name=title, events=spikes(0.3, 1000, 128), rows=rows)


def grid() -> Case:
    made, bits = engine_machines.ranc(), revision("ranc").bits.potential
    return Case(
        engine="grid",
        name="RANC, 15 cores of 256 x 256, 5 %",
        events=spikes(0.05, 1000, 256),
        rows={
            "spikec": lambda: lambda e: simulate_grid(made, Arithmetic(bits), e, engine="events").spikes,
            "spikec, numpy": lambda: (
                lambda e: simulate_grid(made, Arithmetic(bits), e, engine="numpy").spikes
            ),
            "spikec, jax": lambda: lambda e: simulate_grid(made, Arithmetic(bits), e, engine="jax").spikes,
            C: lambda: c_loops.grid(made, bits),
            JAX: lambda: jax_steps.grid(made, bits),
        },
    )


def convolution(name: str, steps: int) -> Case:
    made = engine_machines.speck(name)

    def ours(events: np.ndarray) -> np.ndarray:
        run = simulate_layers(made, speck_neuron, events)
        flat = [run.spikes[core.core].reshape(len(events), 1, -1) for core in made.cores]
        return np.concatenate(flat, axis=2)

    rows: dict[str, Callable[[], Runner]] = {
        "spikec": lambda: ours,
        C: lambda: c_loops.convolution(made),
        JAX: lambda: jax_steps.convolution(made),
    }
    events = spikes(0.1, steps, *made.input_shape, counts=True)
    return Case(engine="convolution", name=f"Speck, {name}", events=events, rows=rows)


def cases() -> list[Callable[[], Case]]:
    made = engine_machines
    return [
        summed,
        lambda: other_sums("Loihi 2", *_loihi2(), late=False),
        lambda: other_sums("SpiNNaker 1", *_spinnaker(), late=True),
        reckon,
        lambda: ordered(0.1, 150),
        lambda: ordered(1.0, 40),
        lambda: crossbar("tinyodin", "tinyODIN, open loop", made.tinyodin(closed=False)),
        lambda: crossbar("tinyodin", "tinyODIN, closed loop", made.tinyodin(closed=True)),
        lambda: crossbar("odin", "ODIN, open loop", made.odin(closed=False, learning=False)),
        lambda: crossbar("odin", "ODIN, closed loop", made.odin(closed=True, learning=False)),
        lambda: crossbar("odin", "ODIN, learning", made.odin(closed=True, learning=True), learning=True),
        grid,
        lambda: convolution("LeNet 1x28x28", 200),
        lambda: convolution("N-MNIST 2x34x34", 200),
        lambda: convolution("DVS 2x128x128", 20),
    ]


def _loihi2() -> tuple[Machine, ModuleType, Callable[[], Runner]]:
    made = engine_machines.loihi2()
    return made, loihi2_neuron, lambda: c_loops.loihi2_loop(made)


def _spinnaker() -> tuple[Machine, ModuleType, Callable[[], Runner]]:
    made = engine_machines.spinnaker()
    return made, spinnaker_neuron, lambda: c_loops.spinnaker(made)


def _absent() -> Runner:
    raise ImportError


def timed(run: Runner, events: np.ndarray) -> tuple[float, np.ndarray]:
    """Median seconds of one processor, or of all where a run takes several; the spikes."""
    found = run(events)
    seconds: list[float] = []
    while len(seconds) < REPEATS and sum(seconds) < ENOUGH * REPEATS:
        start = time.process_time()
        found = run(events)
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), found


def digest(found: np.ndarray, steps: int) -> str:
    return hashlib.sha256(np.ascontiguousarray(found[:steps]).astype(np.uint32).tobytes()).hexdigest()


def measured(case: Case, steps: int) -> dict[str, float]:
    """Row -> microseconds a step. steps: of the events, all that are taken. Raises ValueError where a row fires other
    spikes than the first, in any step that it has run."""
    found, wanted = dict[str, float](), np.zeros(0)
    for label, make in case.rows.items():
        if label == C and shutil.which("cc") is None:
            continue
        try:
            run = make()
        except ImportError:
            continue
        part = case.events[: max(2, steps // 10) if label in case.slow else steps]
        seconds, raster = timed(run, part)
        wanted = wanted if found else raster
        if digest(raster, len(part)) != digest(wanted, len(part)):
            raise ValueError(f"{case.name}: {label} computed different spikes")
        found[label] = seconds / len(part) * 1e6
    return found


def main(arguments: list[str]) -> None:
    quick = "--quick" in arguments
    print("| engine | machine | row | us a step and sample | times the C loop's |")
    print("| --- | --- | --- | --- | --- |")
    for make in cases():
        case = make()
        found = measured(case, min(len(case.events), 40) if quick else len(case.events))
        for label, each in found.items():
            ratio = f"{each / found[C]:.2f}" if C in found else "-"
            print(f"| {case.engine} | {case.name} | {label} | {each:.1f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
