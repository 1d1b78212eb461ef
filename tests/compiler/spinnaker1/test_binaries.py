"""Compiled networks, loaded as they are written and run by the vendor's own binaries: every spike and membrane is that
of spikec's machine.

SPIKEC_SPINNAKER_PYTHON names a Python that has unicorn, the vendor's binaries and host tools. SPIKEC_EXAMPLES asks for
every network of the corpus up to 800 neurons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import nir
import numpy as np
import pytest
from spikec.compiler.compiled import Compiled
from spikec.compiler.options import Options
from spikec.compiler.output.reopen import Reopened, reopen
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.verdicts.chip_run import chip_events
from spikec.sim.nir.file import from_nir
from spikec.sim.stimulus import Stimulus, poisson
from spikec.targets.spinnaker1.core_image import CoreImage
from spikec.targets.spinnaker1.delivery import deliveries
from spikec.targets.spinnaker1.files import decode
from spikec.targets.spinnaker1.loader import SCRIPT, loader_script

from ...corpus.samples import manifest, network, some
from ...effort import THOROUGH
from ...oracles.spinnaker1.client import needs_binaries, run_binaries, run_boards

pytestmark = needs_binaries


def of_corpus(name: str, samples: int, steps: int, **more: object) -> tuple[Compiled, Stimulus]:
    """A network of the corpus, on the first steps of the first samples that were recorded of it."""
    raw, options, stimulus = network(name)
    few = some(stimulus, samples)
    few = replace(few, inputs={port: rows[:steps] for port, rows in few.inputs.items()})
    chosen = replace(options, target="spinnaker1", allow_approximation=True, **more)
    return compile_graph(raw, chosen, stimulus=few), few


def recurrent(samples: int, steps: int, **more: object) -> tuple[Compiled, Stimulus]:
    """Two synaptic time constants and a refractory loop with delays, biases, and a read-out of membranes."""
    random, n, m = np.random.default_rng(5), 40, 6
    many, few = np.ones(n), np.ones(m)
    nodes = {
        "input": nir.Input(np.array([9])),
        "w1": nir.Affine(random.normal(0.25, 0.4, (n, 9)), random.normal(0, 0.05, n)),
        "a": nir.CubaLIF(tau_mem=6 * many, tau_syn=3 * many, r=6 * many, v_leak=0 * many, v_threshold=many,
                         v_reset=0 * many, w_in=3 * many),
        "loop": nir.Linear(random.normal(0, 0.3, (n, n)) * (random.random((n, n)) < 0.3)),
        "late": nir.Delay(random.integers(1, 9, n).astype(np.float64)),
        "w2": nir.Linear(random.normal(0, 0.5, (m, n))),
        "b": nir.LI(tau=5 * few, r=5 * few, v_leak=0 * few),
        "output": nir.Output(np.array([m])),
    }  # fmt: skip
    edges = [
        ("input", "w1"), ("w1", "a"), ("a", "late"), ("late", "loop"), ("loop", "a"), ("a", "w2"), ("w2", "b"),
        ("b", "output"),
    ]  # fmt: skip
    raw = from_nir(nir.NIRGraph(nodes=nodes, edges=edges))[0]
    stimulus = poisson({"input": (9,)}, rate=0.4, steps=steps, batch=samples, seed=1)
    reading = {"dialect": "nir.euler", "dt_seconds": 1.0, "allow_approximation": True}
    return compile_graph(raw, Options(target="spinnaker1", **reading, **more), stimulus=stimulus), stimulus


Network = Callable[..., tuple[Compiled, Stimulus]]
NETWORKS: dict[str, tuple[Network, dict[str, int]]] = {
    "digits_mlp": (partial(of_corpus, "sj_mlp_digits_lif"), {"max_neurons_per_core": 4}),
    "recurrent": (recurrent, {"max_neurons_per_core": 16}),
    "convolution": (partial(of_corpus, "sj_cnn_digits_if"), {}),
    "currents": (partial(of_corpus, "snntorch_cuba_digits"), {}),
}
if THOROUGH:
    NETWORKS |= {
        name: (partial(of_corpus, name), {"max_neurons_per_core": 50})
        for name, entry in manifest().items()
        if entry["neurons"] <= 800
    }
STEPS = 20
RELOADED = "recurrent"
"""That of which two samples are run: boards are loaded anew for each."""


@pytest.mark.parametrize("name", NETWORKS)
def test_boards_let_out_what_the_machine_does(name: str, tmp_path: Path) -> None:
    """Loaded by the script that lies beside the files: images, tables, the vendor's spike source, what is read back."""
    made, more = NETWORKS[name]
    compiled, stimulus = made(2 if name == RELOADED else 1, STEPS, **more)
    found = reopen(compiled.raw, compiled.files, compiled.options, stimulus)
    events = events_of(found)
    wanted = found.run().exported
    files = {**compiled.files, SCRIPT: loader_script()}
    lines = run_boards(tmp_path, files, events.transpose(1, 0, 2))
    np.testing.assert_array_equal(lines.transpose(1, 0, 2), wanted)
    assert wanted.any()


@pytest.mark.parametrize("name", NETWORKS)
def test_every_core_does_what_the_machine_does(name: str, tmp_path: Path) -> None:
    """All keys and membranes of all neurons, those that no Output reads as well."""
    made, more = NETWORKS[name]
    compiled, stimulus = made(1, STEPS, **more)
    found = reopen(compiled.raw, compiled.files, compiled.options, stimulus)
    events = events_of(found)
    run = found.run(states=True).run
    loaded = decode(compiled.files, found.target.name)
    ticks = len(events) + 1
    cores = [
        replace(placed.image, recorded=("v",), recorded_ticks=ticks, key=own_key(placed.image, number))
        for number, placed in enumerate(loaded.cores)
    ]
    keys = [
        (int(tick), block.key + int(element << 4) + int(tick) % 16)
        for block in loaded.inputs
        for tick, element in np.argwhere(events[:, 0, block.first : block.first + block.size])
    ]
    deliver = [(each.origin.key, each.origin.mask, list(each.cores)) for each in deliveries(loaded)]
    first = 0
    for core, ran in zip(cores, run_binaries(tmp_path, cores, deliver, sorted(keys), ticks), strict=True):
        here = slice(first, first + core.n_neurons)
        np.testing.assert_array_equal(ran.recorded["v"][1:], run.states["v"][:, 0, here])
        spikes = np.zeros((ticks, core.n_neurons), dtype=np.int64)
        for tick, key in ran.sent:
            spikes[tick, (key - (core.key or 0)) >> 4] += 1
        np.testing.assert_array_equal(spikes[:-1], run.spikes[:, 0, here])
        first += core.n_neurons
    assert run.spikes.any()
    assert len(cores) > 1
    assert first == found.machine.n_neurons


def own_key(image: CoreImage, number: int) -> int:
    """Its key; where nobody hears it one that no table has, as spikes are known by what is sent."""
    return (1 << 31) + (number << 12) if image.key is None else image.key


def events_of(found: Reopened) -> np.ndarray:
    """(T, B, elements): what the host sends, in steps of the chip."""
    extra = found.prepared.quantized.network.max_lag_steps
    return chip_events(found.symbols, found.chip_inputs, extra, found.target.input_counts)
