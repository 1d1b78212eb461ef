"""Networks for Loihi 2: a chain that lava-dl's netx can hold, and everything that it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import nir
import numpy as np
from spikec.compiler.compiled import Compiled
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.sim.engines.synapse_list import Run, simulate
from spikec.sim.nir.file import from_nir
from spikec.sim.stimulus import Stimulus, poisson
from spikec.targets import load
from spikec.targets.loihi2 import neuron
from spikec.targets.loihi2.content import Content
from spikec.targets.loihi2.files import decode
from spikec.targets.loihi2.machine import machine
from spikec.targets.loihi2.model import Loihi2Chip
from spikec.targets.machines.synapse_list import Machine

READING: Mapping[str, Any] = {"dialect": "nir.euler", "dt_seconds": 1.0, "allow_approximation": True}
FOUND = load("loihi2")
assert isinstance(FOUND, Loihi2Chip)
CHIP: Loihi2Chip = FOUND


def lif(n: int, tau: float = 4.0, theta: float = 1.0) -> nir.LIF:
    many = np.ones(n)
    return nir.LIF(tau=tau * many, r=tau * many, v_leak=0 * many, v_threshold=theta * many, v_reset=0 * many)


def cuba(n: int, tau: float = 5.0, tau_syn: float = 2.0) -> nir.CubaLIF:
    many = np.ones(n)
    return nir.CubaLIF(tau_mem=tau * many, tau_syn=tau_syn * many, r=tau * many, v_leak=0 * many,
                       v_threshold=many, v_reset=0 * many, w_in=tau_syn * many)  # fmt: skip


def row(size: tuple[int, ...], out: tuple[int, ...], **nodes: nir.NIRNode) -> nir.NIRGraph:
    """Nodes one after the other."""
    every = {"input": nir.Input(np.array(size)), **nodes, "output": nir.Output(np.array(out))}
    names = [*every]
    return nir.NIRGraph(nodes=every, edges=[*pairwise(names)])


def dense(seed: int) -> nir.NIRGraph:
    random = np.random.default_rng(seed)
    return row(
        (9,), (4,), w=nir.Affine(random.normal(0.2, 0.4, (12, 9)), random.normal(0, 0.1, 12)), a=lif(12),
        v=nir.Linear(random.normal(0.1, 0.4, (4, 12))), b=lif(4),
    )  # fmt: skip


def delayed(seed: int) -> nir.NIRGraph:
    """An own delay of each source."""
    random = np.random.default_rng(seed)
    return row(
        (9,), (4,), w=nir.Linear(random.normal(0.3, 0.4, (12, 9))), a=lif(12),
        d=nir.Delay(random.integers(0, 60, 12).astype(float)), v=nir.Linear(random.normal(0.2, 0.4, (4, 12))),
        b=lif(4),
    )  # fmt: skip


def convolution(seed: int) -> nir.NIRGraph:
    random = np.random.default_rng(seed)
    kernel = random.normal(0.2, 0.4, (3, 2, 3, 3))
    some = lif(3 * 3 * 3)
    shaped = {
        name: getattr(some, name).reshape(3, 3, 3)
        for name in ("tau", "r", "v_leak", "v_threshold", "v_reset")
    }
    return row(
        (2, 6, 5), (4,), c=nir.Conv2d((6, 5), kernel, (2, 1), (1, 0), 1, 1, random.normal(0, 0.1, 3)),
        a=nir.LIF(**shaped), f=nir.Flatten({"input": np.array([3, 3, 3])}, start_dim=0),
        v=nir.Linear(random.normal(0.1, 0.3, (4, 27))), b=lif(4),
    )  # fmt: skip


def recurrent(seed: int) -> nir.NIRGraph:
    random = np.random.default_rng(seed)
    graph = row(
        (9,), (4,), w=nir.Linear(random.normal(0.2, 0.4, (12, 9))), a=cuba(12),
        v=nir.Linear(random.normal(0.1, 0.4, (4, 12))), b=lif(4),
    )  # fmt: skip
    graph.nodes["loop"] = nir.Linear(random.normal(0, 0.3, (12, 12)))
    graph.edges += [("a", "loop"), ("loop", "a")]
    return graph


def several_kinds(seed: int) -> nir.NIRGraph:
    """Neurons of one population that differ, a branch that meets again, and a loop."""
    graph = recurrent(seed)
    a, b = graph.nodes["a"], graph.nodes["b"]
    assert isinstance(a, nir.CubaLIF)
    assert isinstance(b, nir.LIF)
    a.tau_mem, a.v_threshold = np.repeat([3.0, 6.0, 12.0], 4), np.tile([1.0, 1.5], 6)
    graph.nodes["skip"] = nir.Linear(np.random.default_rng(seed + 1).normal(0.1, 0.3, (4, 9)))
    graph.edges += [("input", "skip"), ("skip", "b")]
    return graph


CHAINS = {"dense": dense, "delayed": delayed, "convolution": convolution, "recurrent": recurrent}


def spikes(graph: nir.NIRGraph, seed: int, *, steps: int = 20, batch: int = 2) -> Stimulus:
    shape = tuple(int(side) for side in graph.nodes["input"].input_type["input"])
    return poisson({"input": shape}, rate=0.4, steps=steps, batch=batch, seed=seed)


def compiled(graph: nir.NIRGraph, seed: int = 1, **more: Any) -> tuple[Compiled, Stimulus]:
    stimulus = more.pop("stimulus", None) or spikes(graph, seed)
    options = Options(**{"target": "loihi2", **READING, **more})
    return compile_graph(from_nir(graph)[0], options, stimulus=stimulus), stimulus


def content_of(made: Compiled) -> Content:
    return content_of_files(made.files)


def content_of_files(files: Mapping[str, bytes]) -> Content:
    return decode(files, CHIP)


def machine_of(made: Compiled) -> Machine:
    return machine(content_of(made))


def run(made: Compiled, events: np.ndarray) -> Run:
    return simulate(machine_of(made), neuron, CHIP.latency, events, states=True)
