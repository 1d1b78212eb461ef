"""Membranes that start elsewhere than a chip's, by one event of the host: as in float, in words, files and reports."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import spikec
from spikec.compiler.options import Options
from spikec.compiler.output.reopen import reopen
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.verdicts.chip_run import chip_events
from spikec.compiler.verdicts.symbols import misnamed
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference
from spikec.sim.stimulus import Stimulus
from spikec.targets.configuration import InputSymbols, Symbols

from ..graphs import affine, graph, port

STEPS, BATCH = 12, 8


def neurons(kind: str, size: int, beta: float, leak: float, reset: float) -> RawNode:
    tau = np.full(size, 1 / (1 - beta))
    params = {
        "r": tau, "v_leak": np.full(size, leak), "v_reset": np.full(size, reset), "v_threshold": np.ones(size),
    }  # fmt: skip
    times = {"tau": tau}
    if kind == "CubaLIF":
        times = {"tau_mem": tau, "tau_syn": np.full(size, 1 / (1 - 0.7)), "w_in": np.ones(size)}
    return RawNode(kind=kind, params=params | times)


def two_layers(kind: str, leak: float, reset: float) -> RawGraph:
    random = np.random.default_rng(1)
    nodes = {
        "input": port("Input", 8), "w": affine(random.normal(0.05, 0.3, (6, 8)), np.zeros(6)),
        "a": neurons(kind, 6, 0.9, leak, reset), "v": affine(random.normal(0.2, 0.4, (3, 6)), np.zeros(3)),
        "b": neurons(kind, 3, 0.95, leak, reset), "output": port("Output", 3),
    }  # fmt: skip
    return graph(nodes, [("input", "w"), ("w", "a"), ("a", "v"), ("v", "b"), ("b", "output")])


STIMULUS = Stimulus(
    inputs={"input": (np.random.default_rng(0).random((STEPS, BATCH, 8)) < 0.3).astype(np.float32)},
    labels=None,
    source={"kind": "drawn"},
)


def compiled(raw: RawGraph, target: str, v0: str, reset: str, *, native: bool = False) -> spikec.Compiled:
    dialect = Dialect(
        name="ours",
        dt_seconds=1.0,
        default=NodeDialect(reset=reset, fire=">", multi=1, gain="r*dt/tau", if_gain="r*dt", v0=v0),
    )
    options = Options(target=target, reading=dialect, allow_approximation=True, native_reset=native)
    return compile_graph(raw, options, stimulus=STIMULUS)


def f1(made: spikec.Compiled, layer: str) -> float:
    return made.verdicts.fidelity.layers[layer].f1 or 0.0


@pytest.mark.parametrize("target", ["loihi1", "loihi2"])
@pytest.mark.parametrize(
    ("kind", "leak", "reset_to", "v0", "reset"),
    [
        ("LIF", 0.7, 0.0, "v_leak", "v_reset"),
        ("LIF", 0.0, -0.5, "zero", "v_reset"),
        ("CubaLIF", 0.7, 0.0, "v_leak", "v_reset"),
        ("CubaLIF", 0.7, 0.0, "v_leak", "subtract"),
        ("LIF", 0.7, 0.0, "v_leak", "none"),
    ],
)
def test_it_starts_as_in_float(
    target: str, kind: str, leak: float, reset_to: float, v0: str, reset: str
) -> None:
    raw = two_layers(kind, leak, reset_to)
    made = compiled(raw, target, v0, reset)
    assert made.placement_identical
    assert f1(made, "a") > 0.97
    assert f1(made, "b") > 0.9
    told = [row for row in made.report.fidelity_table if row.feature == "initial membrane"]
    assert [(row.where, row.status) for row in told] == [("a", "exact"), ("b", "exact")]
    assert ("takes off" in told[0].done) == ((kind, reset) == ("CubaLIF", "v_reset"))
    if target == "loihi1" and reset != "none":
        assert f1(compiled(raw, target, v0, reset, native=True), "a") < 0.5


def test_files_say_when_it_is_sent() -> None:
    """Of two layers, one a step behind the other: a port for each."""
    made = compiled(two_layers("LIF", 0.7, 0.0), "loihi1", "v_leak", "v_reset")
    ports = {p["name"]: p for p in json.loads(made.files["io_map.json"])["inputs"]}
    assert (ports["pulse@0"]["source"], ports["pulse@0"]["onset_step"]) == ("once", 0)
    assert len(ports["pulse@0"]["rows"]) >= 1
    with np.load(io.BytesIO(made.files["symbols.npz"])) as symbols:
        index = json.loads(symbols["index"].tobytes())
    assert [p["name"] for p in index["inputs"] if p.get("once")] == ["pulse@0", "pulse@1"]
    again = made.simulate()
    assert made.chip is not None
    for name, spikes in made.chip.outputs.items():
        np.testing.assert_array_equal(again.outputs[name], spikes)


def test_the_exported_network_starts_there() -> None:
    """What the chip computes, in float, without the events of the host."""
    made = compiled(two_layers("LIF", 0.0, -0.5), "loihi1", "zero", "v_reset")
    found = spikec.export(made).agreement
    assert found.samples_alike == found.samples == BATCH
    assert all(p.f1 == 1.0 and p.gap < 1e-4 for p in found.populations.values())


def test_none_is_sent_where_none_is_needed() -> None:
    made = compiled(two_layers("LIF", 0.0, 0.0), "loihi1", "zero", "v_reset")
    assert not any("pulse" in p["name"] for p in json.loads(made.files["io_map.json"])["inputs"])


@pytest.mark.parametrize("part", [1, 3, 12])
def test_one_event_of_a_run_in_parts(part: int) -> None:
    """In its step alone, whatever part of a run that is in."""
    once = InputSymbols(name="pulse@2", shape=(1,), first=0, size=1, constant=True, onset_step=2, once=True)
    always = replace(once, name="bias@2", first=1, once=False)
    given = InputSymbols(name="input", shape=(1,), first=2, size=1)
    symbols = Symbols(populations=(), inputs=(once, always, given), outputs=())
    parts = [
        chip_events(symbols, {"input": np.zeros((part, 2, 1), dtype=np.float32)}, 0, (0, 1), first)
        for first in range(0, 12, part)
    ]
    events = np.concatenate(parts)
    assert events[:, :, 0].sum(axis=1).tolist() == [0, 0, 2] + 9 * [0]
    assert events[:, 0, 1].tolist() == [0, 0] + 10 * [1]


def test_the_float_network_fires_before_anything_arrives() -> None:
    """So that the tests above see the start: the reference, without input."""
    raw = two_layers("LIF", 0.0, 0.0)
    dialect = Dialect(
        name="ours", dt_seconds=1.0, default=NodeDialect(v0="v_leak", gain="r*dt/tau", fire=">")
    )
    above = {**raw.nodes, "a": neurons("LIF", 6, 0.9, 1.5, 0.0)}
    trace = reference(replace(raw, nodes=above), dialect, stimulus={"input": np.zeros((2, 1, 8), np.float32)})
    assert trace.arrays()["layer/a"][0].all()


def test_the_static_verdict_asks_when_it_is_sent() -> None:
    made = compiled(two_layers("LIF", 0.7, 0.0), "loihi1", "v_leak", "v_reset")
    opened = reopen(made.raw, made.files, made.options, made.stimulus)
    network, symbols = opened.prepared.quantized.network, opened.symbols
    always = tuple(replace(port, once=False) for port in symbols.inputs)
    for held, wrong in ((symbols, False), (replace(symbols, inputs=always), True)):
        texts = misnamed(network, held, opened.machine)
        assert any("the symbols list inputs" in text for text in texts) == wrong
