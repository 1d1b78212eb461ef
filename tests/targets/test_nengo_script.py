"""The script beside `loihi1.npz`: what it reads of the words is what is meant, and nengo-loihi runs it like spikec.

SPIKEC_NENGO_PYTHON names a Python that has nengo-loihi; without one the words alone are compared.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import ModuleType

import nir
import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.compiled import Compiled
from spikec.compiler.options import Options
from spikec.compiler.output.reopen import reopen
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import resolve_target
from spikec.sim.nir.file import from_nir
from spikec.sim.stimulus import Stimulus, poisson
from spikec.targets.loihi1.nengo_script import SCRIPT, TEMPLATE

READING = {"dialect": "nir.euler", "dt_seconds": 1.0, "allow_approximation": True}


def network(seed: int, *, readout: bool = False) -> nir.NIRGraph:
    """Two layers with biases, leaks and a loop; sparse and dense rows, weights of one sign and of both."""
    random, n, m = np.random.default_rng(seed), 24, 5
    first = random.normal(0.3, 0.5, (n, 8)) * (random.random((n, 8)) < 0.6)
    back, second = (
        random.normal(0, 0.3, (n, n)) * (random.random((n, n)) < 0.2),
        np.abs(random.normal(0, 0.5, (m, n))),
    )
    leaky = {"tau": np.full(m, 4.0), "r": np.full(m, 4.0), "v_leak": np.zeros(m)}
    end = nir.LI(**leaky) if readout else nir.LIF(**leaky, v_threshold=np.full(m, 2.0), v_reset=np.zeros(m))
    many = np.ones(n)
    nodes = {
        "input": nir.Input(np.array([8])), "w1": nir.Affine(first, random.normal(0, 0.05, n)),
        "a": nir.CubaLIF(tau_mem=6 * many, tau_syn=3 * many, r=6 * many, v_leak=0 * many, v_threshold=many,
                         v_reset=0 * many, w_in=3 * many),
        "w2": nir.Linear(second), "b": end, "loop": nir.Linear(back), "output": nir.Output(np.array([m])),
    }  # fmt: skip
    edges = [
        ("input", "w1"),
        ("w1", "a"),
        ("a", "w2"),
        ("w2", "b"),
        ("b", "output"),
        ("a", "loop"),
        ("loop", "a"),
    ]
    return nir.NIRGraph(nodes=nodes, edges=edges)


def compiled(seed: int, **more: object) -> tuple[Compiled, Stimulus]:
    readout = bool(more.pop("readout", False))
    stimulus = poisson({"input": (8,)}, rate=0.4, steps=20, batch=2, seed=seed)
    raw = from_nir(network(seed, readout=readout))[0]
    return compile_graph(raw, Options(target="loihi1", **READING, **more), stimulus=stimulus), stimulus


def script() -> ModuleType:
    module = ModuleType("load_nengo_loihi")
    module.__file__ = __file__
    exec(compile(TEMPLATE, SCRIPT, "exec"), module.__dict__)
    return module


@pytest.mark.parametrize(
    "more", [{}, {"weight_bits": 4}, {"split_weights": True}, {"max_neurons_per_core": 10}]
)
def test_synapses_are_those_of_the_words(tmp_path: Path, more: dict[str, object]) -> None:
    """Every axon's synapses, one sum a compartment, as spikec's own decoder has them."""
    made, _ = compiled(1, **more)
    for name in ("loihi1.npz", "configuration.json"):
        (tmp_path / name).write_bytes(made.files[name])
    loader = script()
    words = loader.Words(tmp_path)
    target = resolve_target(made.options)
    backend = backend_of(target)
    machine = backend.machine(target, backend.read_files(target, made.files))
    found: dict[tuple[int, int, int], int] = {}
    for number, place in enumerate(words.cores):
        base, address, rows = loader.rows_of_synapses(words, f"{place[0]}/{place[1]}")
        for axon, (first, at) in enumerate(zip(base.tolist(), address.tolist(), strict=True)):
            for offset, weight in zip(*(part.tolist() for part in rows[at]), strict=True):
                found[number, axon, first + offset] = weight
    wanted: dict[tuple[int, int, int], int] = {}
    seen: set[tuple[int, ...]] = set()
    columns = (
        machine.synapses.flat().source,
        machine.synapses.flat().axon,
        machine.synapses.flat().post,
        machine.synapses.flat().weight,
    )
    first_source: dict[tuple[int, int], int] = {}
    for source, axon, post, weight in zip(*(c.tolist() for c in columns), strict=True):
        core = int(machine.core[post])
        if first_source.setdefault((core, axon), source) != source:
            continue
        key = (core, axon, int(machine.slot[post]))
        wanted[key] = wanted.get(key, 0) + (weight << 6)
        seen.add(key)
    assert found == wanted
    assert len(found) > 100


def test_a_delay_stops_it(tmp_path: Path) -> None:
    graph = network(1)
    graph.nodes["late"] = nir.Delay(np.full(24, 2.0))
    graph.edges = [e for e in graph.edges if e != ("a", "w2")] + [("a", "late"), ("late", "w2")]
    stimulus = poisson({"input": (8,)}, rate=0.4, steps=5, batch=1, seed=1)
    made = compile_graph(from_nir(graph)[0], Options(target="loihi1", **READING), stimulus=stimulus)
    for name in ("loihi1.npz", "configuration.json"):
        (tmp_path / name).write_bytes(made.files[name])
    loader = script()
    words = loader.Words(tmp_path)
    assert words.cores == [(0, 0)]
    with pytest.raises(SystemExit, match="a delay"):
        loader.rows_of_synapses(words, "0/0")


PYTHON = os.environ.get("SPIKEC_NENGO_PYTHON", "")


@pytest.mark.skipif(not PYTHON, reason="SPIKEC_NENGO_PYTHON names no Python that has nengo-loihi")
@pytest.mark.parametrize(
    "more", [{}, {"weight_bits": 4}, {"split_weights": True}, {"max_neurons_per_core": 10}, {"readout": True}]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_emulator_agrees(tmp_path: Path, seed: int, more: dict[str, object]) -> None:
    made, stimulus = compiled(seed, **more)
    for name, data in made.files.items():
        (tmp_path / name).write_bytes(data)
    words = [PYTHON, "-W", "ignore", tmp_path / SCRIPT, tmp_path / "stimulus.npz", tmp_path / "spikes.npz"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "spikes.npz")["lines"]
    wanted = reopen(made.raw, made.files, made.options, stimulus).run().exported
    np.testing.assert_array_equal(found, wanted)
    assert wanted.any()
