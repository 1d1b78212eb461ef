"""What a trace says of how it was computed: engine, manners, and how many spikes decided."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import spikec
from click.testing import CliRunner
from spikec.compiler.verbs import simulate as verb
from spikec.sim.engines.choice import SumEngine
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.sim.engines.provenance import Delivered, Provenance
from spikec.sim.engines.summed import by_event
from spikec.sim.engines.synapse_list import simulate
from spikec.targets import load
from spikec.targets.loihi1 import neuron
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.ranc.neuron import Arithmetic

from ..errors.outputs import compile_small
from . import grid_networks
from .test_engine_choice import drive, machine

LATENCY = load("loihi1").latency


def chain() -> Machine:
    """64 inputs onto 48 neurons, these onto 48 more, all to all, in one step each; and each of these onto the next."""
    random, half = np.random.default_rng(8), 48
    made = machine(8, n=2 * half, inputs=64, synapses=0)
    after = half + np.arange(half)
    source = [np.repeat(2 * half + np.arange(64), half), np.repeat(np.arange(half), half), after]
    post = [np.tile(np.arange(half), 64), np.tile(after, half), half + (after + 1) % half]
    ends = np.concatenate(source), np.concatenate(post)
    return replace(
        made,
        synapses=as_rows(*ends, random.integers(1, 100, ends[0].size)),
        params={**made.params, "vth": np.full(2 * half, 50)},
    )


def rows(found: Provenance) -> dict[tuple[str, str], Delivered]:
    return {(one.to, one.of): one for one in found.delivered}


@pytest.mark.parametrize("busy", [0.02, 0.9])
def test_each_engine_says_what_it_did(busy: float) -> None:
    made = chain()
    events = (np.random.default_rng(1).random((40, 2, 64)) < busy).astype(np.uint8)
    given = int(events.sum())
    runs = {name: simulate(made, neuron, LATENCY, events, engine=name) for name in ("numpy", "events", "jax")}
    fired = runs["numpy"].spikes
    first, second = int(fired[:, :, :48].sum()), int(fired[:, :, 48:].sum())
    assert first > 0 < second
    for name, run in runs.items():
        told = run.provenance
        assert (told.engine, told.devices, told.steps, told.batch) == (name, 1, 40, 2)
    whole = rows(runs["numpy"].provenance)
    assert (whole["neurons", "inputs"].spikes, whole["neurons", "inputs"].neurons) == (given, 96)
    assert whole["neurons", "inputs"].steps == {"rows": 40}
    assert whole["neurons", "neurons"].spikes == first + second
    outer = "product" if busy > 0.5 else "rows"
    found = rows(runs["events"].provenance)
    assert {key: (one.spikes, one.neurons) for key, one in found.items()} == {
        ("stage 0", "inputs"): (given, 48),
        ("stage 1", "stage 0"): (first, 48),
        ("stage 1", "stage 1"): (second, 48),
    }
    assert found["stage 0", "inputs"].steps == {outer: 40}
    assert found["stage 1", "stage 1"].steps == {"rows": 40}  # a loop is never a product of many steps
    there = rows(runs["jax"].provenance)
    assert {key: (one.spikes, one.neurons) for key, one in there.items()} == {
        key: (one.spikes, one.neurons) for key, one in found.items()
    }
    assert there["stage 0", "inputs"].steps == {"product": 40}
    assert there["stage 1", "stage 1"].steps == {"every synapse": 40}


def test_stretches_of_time_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quiet, then busy: each chunk is decided by what spikes in it."""
    made = chain()
    events = np.zeros((40, 1, 64), dtype=np.uint8)
    events[20:] = 1
    monkeypatch.setattr(by_event, "CHUNK_BYTES", 10 * 192)
    found = rows(simulate(made, neuron, LATENCY, events, engine="events").provenance)
    assert found["stage 0", "inputs"].steps == {"rows": 20, "product": 20}


def test_a_grid_says_what_it_did() -> None:
    grid = grid_networks.grid(np.random.default_rng(1), grid_networks.small(), extreme=True)
    events = drive(1, grid.n_inputs, 20, 2)
    engines: dict[SumEngine, str] = {"numpy": "rows", "events": "rows", "jax": "product"}
    for engine, manner in engines.items():
        run = simulate_grid(grid, Arithmetic(9), events, engine=engine)
        found = rows(run.provenance)
        assert run.provenance.engine == engine
        assert found["neurons", "inputs"].spikes == int(events.sum())
        assert found["neurons", "neurons"].spikes == int(run.spikes.sum())
        assert found["neurons", "inputs"].steps == {manner: 20}


def test_the_file_and_json_say_it(tmp_path: Path) -> None:
    out, file = compile_small(tmp_path), tmp_path / "t.npz"
    words = [str(out), "--poisson", "0.5", "--steps", "9", "-q", "--json", "-o", str(file)]
    done = CliRunner().invoke(verb.command, [*words, "--engine", "events"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    with np.load(file) as trace:
        told = json.loads(trace["provenance"].item())
    assert told == printed["provenance"]
    assert "provenance" not in printed["arrays"]
    assert told["engine"] == "events"
    assert told["steps"] >= 9
    trace = spikec.simulate(out, spikec.poisson({"in_": (4,)}, 0.5, 9, seed=0), engine="events")
    spikes = int(trace.layers["n"].sum()) if trace.layers else 0
    (row,) = [row for row in told["delivered"] if row["of"] == "inputs"]
    assert 0 < row["spikes_a_step"] < 4
    assert spikes > 0
