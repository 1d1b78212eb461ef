"""Placed chip = unlimited chip, and float = chip after the recorded lag where all weights are on the grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from spikec.compiler.options import Options
from spikec.compiler.output.again import check_files, chip_trace
from spikec.compiler.output.reopen import reopen
from spikec.compiler.output.saved import saved_options
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.dialect.dialect import preset
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference
from spikec.sim.stimulus import Stimulus
from spikec.targets import load
from spikec.targets.loihi1 import emit

from ..effort import EXAMPLES
from .graphs import affine, graph, grid_weights, integrate_and_fire, leaky, port

OPTIONS = Options(dialect="nir.euler", dt_seconds=1.0, dialect_options=(("if_gain", "one"),))


def spikes(seed: int, steps: int, batch: int, size: int, rate: float = 0.3) -> Stimulus:
    random = np.random.default_rng(seed)
    values = (random.random((steps, batch, size)) < rate).astype(np.uint8)
    return Stimulus(inputs={"input": values}, labels=None, source={"kind": "test"})


def proven(raw: RawGraph, stimulus: Stimulus, options: Options = OPTIONS) -> Compiled:
    """Compile; both halves of the placement verdict hold, and chip spikes equal the float reference's."""
    compiled = compile_graph(raw, options, stimulus=stimulus)
    verdicts = compiled.report["verdicts"]
    assert verdicts["placement"]["identical"], verdicts["placement"]["findings"]
    assert verdicts["placement"]["dynamic"]["spikes"] > 0
    trace = chip_trace(reopen(raw, compiled.files, options, stimulus))
    dialect = preset("nir.euler", dt_seconds=1.0, options=dict(options.dialect_options), graph=raw)
    wanted = reference(raw, dialect, stimulus=stimulus.inputs)
    for path, layer in trace.layers.items():
        np.testing.assert_array_equal(layer, wanted.layers[path], err_msg=path)
        assert layer.any(), f"{path} is silent: the comparison would prove nothing"
    np.testing.assert_array_equal(trace.outputs["output"], wanted.outputs["output"])
    assert verdicts["fidelity"]["output_f1"] == 1.0
    return compiled


def test_biased_three_layers() -> None:
    """The biases of layers 2 and 3 must start with their first float step, not with the chip's."""
    random = np.random.default_rng(1)
    nodes = {"input": port("Input", 12), "output": port("Output", 6)}
    names, sizes = ["a", "b", "c"], [12, 20, 16, 6]
    edges = []
    before = "input"
    for k, name in enumerate(names):
        bias = 2.0 * random.integers(20, 60, sizes[k + 1])
        nodes[f"w{name}"] = affine(grid_weights(random, (sizes[k + 1], sizes[k])), bias)
        nodes[name] = integrate_and_fire(sizes[k + 1], 400)
        edges += [(before, f"w{name}"), (f"w{name}", name)]
        before = name
    compiled = proven(graph(nodes, [*edges, ("c", "output")]), spikes(1, 40, 3, 12))
    lags = {p["name"]: p["lag_steps"] for p in compiled.report["network"]["populations"]}
    assert lags == {"a": 0, "b": 1, "c": 2}


def test_residual() -> None:
    """A skip over one layer waits on the chip for the layer it skips."""
    random = np.random.default_rng(2)
    nodes = {
        "input": port("Input", 10),
        "output": port("Output", 8),
        "w1": affine(grid_weights(random, (14, 10))),
        "a": integrate_and_fire(14, 300),
        "w2": affine(grid_weights(random, (14, 14))),
        "b": integrate_and_fire(14, 300),
        "w3": affine(grid_weights(random, (8, 14))),
        "skip": affine(grid_weights(random, (8, 14))),
        "c": integrate_and_fire(8, 300),
    }
    edges = [("input", "w1"), ("w1", "a"), ("a", "w2"), ("w2", "b"), ("b", "w3"), ("w3", "c"), ("a", "skip"),
             ("skip", "c"), ("c", "output")]  # fmt: skip
    proven(graph(nodes, edges), spikes(2, 40, 3, 10))


def test_two_population_loop() -> None:
    """Both edges of the loop deliver the previous step, which is the chip's own hop."""
    random = np.random.default_rng(3)
    nodes = {
        "input": port("Input", 10),
        "output": port("Output", 9),
        "w1": affine(grid_weights(random, (12, 10))),
        "a": integrate_and_fire(12, 500),
        "ab": affine(grid_weights(random, (9, 12))),
        "b": integrate_and_fire(9, 300),
        "ba": affine(grid_weights(random, (12, 9))),
    }
    edges = [
        ("input", "w1"),
        ("w1", "a"),
        ("a", "ab"),
        ("ab", "b"),
        ("b", "ba"),
        ("ba", "a"),
        ("b", "output"),
    ]
    compiled = proven(graph(nodes, edges), spikes(3, 50, 2, 10))
    assert compiled.report["network"]["max_lag_steps"] == 0


def test_reset_value_moves_the_origin() -> None:
    """v_reset != 0 with v0 = v_reset is the same neuron around another origin."""
    random = np.random.default_rng(4)
    reset = integrate_and_fire(12, 700)
    reset = type(reset)(kind="IF", params={**reset.params, "v_reset": np.full(12, 100.0)})
    nodes = {
        "input": port("Input", 10),
        "output": port("Output", 12),
        "w": affine(grid_weights(random, (12, 10))),
        "a": reset,
    }
    edges = [("input", "w"), ("w", "a"), ("a", "output")]
    options = Options(
        dialect="nir.euler", dt_seconds=1.0, dialect_options=(("if_gain", "one"), ("v0", "v_reset"))
    )
    proven(graph(nodes, edges), spikes(4, 40, 2, 10), options)


def test_delays_and_a_threshold_without_state() -> None:
    """A Delay of its own for each element becomes synaptic delays; a Threshold behind a linear map is neurons."""
    random = np.random.default_rng(6)
    delay = RawNode(kind="Delay", params={"delay": random.integers(0, 9, 12).astype(np.float64)})
    theta = RawNode(kind="Threshold", params={"threshold": np.full(9, 100.0)})
    nodes = {
        "input": port("Input", 10),
        "output": port("Output", 9),
        "w1": affine(grid_weights(random, (12, 10))),
        "a": integrate_and_fire(12, 300),
        "wait": delay,
        "w2": affine(grid_weights(random, (9, 12))),
        "t": theta,
    }
    edges = [("input", "w1"), ("w1", "a"), ("a", "wait"), ("wait", "w2"), ("w2", "t"), ("t", "output")]
    raw, stimulus = graph(nodes, edges), spikes(6, 40, 2, 10)
    compiled = proven(raw, stimulus)
    rows = {row["feature"]: row["status"] for row in compiled.report["fidelity_table"]}
    assert rows["no reset"] == "approximated"


def test_split_weights_where_a_core_has_room() -> None:
    """Weights off the grid on one core: two synapses a weight, closer than one could come, and proven."""
    random = np.random.default_rng(7)
    weights = random.normal(0.0, 0.02, (30, 40))
    nodes = {
        "input": port("Input", 40),
        "output": port("Output", 30),
        "w": affine(weights),
        "a": leaky(30, 0.3, 10.0, r=10.0),
    }
    raw = graph(nodes, [("input", "w"), ("w", "a"), ("a", "output")])
    report = compile_graph(raw, OPTIONS, stimulus=spikes(7, 60, 4, 40)).report
    assert report["verdicts"]["placement"]["identical"]
    worst = max(r["worst"] for r in report["roundings"] if r["what"] == "weight")
    half_a_step_of_eight_bits = np.abs(weights).max() / 255 / 2
    assert worst < half_a_step_of_eight_bits


def test_several_inputs_and_outputs() -> None:
    random = np.random.default_rng(8)
    nodes = {
        "left": port("Input", 6),
        "right": port("Input", 8),
        "up": port("Output", 7),
        "down": port("Output", 5),
        "wl": affine(grid_weights(random, (7, 6))),
        "wr": affine(grid_weights(random, (7, 8))),
        "a": integrate_and_fire(7, 250),
        "w2": affine(grid_weights(random, (5, 7))),
        "b": integrate_and_fire(5, 250),
    }
    edges = [("left", "wl"), ("right", "wr"), ("wl", "a"), ("wr", "a"), ("a", "up"), ("a", "w2"), ("w2", "b"),
             ("b", "down")]  # fmt: skip
    raw = graph(nodes, edges)
    inputs = {
        "left": (random.random((30, 2, 6)) < 0.3).astype(np.uint8),
        "right": (random.random((30, 2, 8)) < 0.3).astype(np.uint8),
    }
    stimulus = Stimulus(inputs=inputs, labels=None, source={"kind": "test"})
    compiled = compile_graph(raw, OPTIONS, stimulus=stimulus)
    assert compiled.placement_identical
    trace = chip_trace(reopen(raw, compiled.files, OPTIONS, stimulus))
    dialect = preset("nir.euler", dt_seconds=1.0, options=dict(OPTIONS.dialect_options), graph=raw)
    wanted = reference(raw, dialect, stimulus=inputs)
    for name in ("up", "down"):
        np.testing.assert_array_equal(trace.outputs[name], wanted.outputs[name])
        assert trace.outputs[name].any()


def test_check_reads_the_files_again() -> None:
    """A changed word on disk turns the verdict of `check`."""
    random = np.random.default_rng(5)
    nodes = {
        "input": port("Input", 8),
        "output": port("Output", 6),
        "w": affine(grid_weights(random, (6, 8))),
        "a": leaky(6, 150, 4.0),
    }
    raw = graph(nodes, [("input", "w"), ("w", "a"), ("a", "output")])
    stimulus = spikes(5, 20, 2, 8)
    compiled = compile_graph(raw, OPTIONS, stimulus=stimulus)
    again = check_files(raw, compiled.files, saved_options(compiled.report), stimulus)
    assert again["placement"] == compiled.report["verdicts"]["placement"]
    assert again["fidelity"] == compiled.report["verdicts"]["fidelity"]
    target = load("loihi1")
    words = emit.read_files(compiled.files, target)
    images = {name: image.copy() for name, image in words.images.items()}
    images["0/0/vthProfileCfg"][0] += 1
    wrong = {**compiled.files, **emit.bundle_files(replace(words, images=images))}
    changed = check_files(raw, wrong, saved_options(compiled.report), stimulus)
    assert not changed["placement"]["identical"]
    assert any("vth" in text for text in changed["placement"]["findings"])


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(st.data())
def test_random_graphs(data: st.DataObject) -> None:
    """Random populations with random feed-forward and feedback edges: placed = unlimited = float, on the grid."""
    seed = data.draw(st.integers(0, 2**31))
    count = data.draw(st.integers(1, 4))
    random = np.random.default_rng(seed)
    sizes = [int(s) for s in random.integers(3, 12, count)]
    names = [f"p{k}" for k in range(count)]
    nodes = {"input": port("Input", 7), "output": port("Output", sizes[-1])}
    edges: list[tuple[str, str]] = [(names[-1], "output")]
    for k, name in enumerate(names):
        nodes[name] = integrate_and_fire(sizes[k], float(random.integers(150, 600)))
        sources = ["input"] if k == 0 else [names[k - 1]]
        sources += [s for s in names if data.draw(st.booleans(), label=f"{s}->{name}") and s not in sources]
        for source in sources:
            width = 7 if source == "input" else sizes[names.index(source)]
            weight = f"{source}_{name}"
            bias = 2.0 * random.integers(0, 40, sizes[k]) if data.draw(st.booleans()) else None
            nodes[weight] = affine(grid_weights(random, (sizes[k], width)), bias)
            edges += [(source, weight), (weight, name)]
    raw = graph(nodes, edges)
    stimulus = spikes(seed, 24, 2, 7, rate=0.4)
    compiled = compile_graph(raw, OPTIONS, stimulus=stimulus)
    verdicts = compiled.report["verdicts"]
    assert verdicts["placement"]["identical"], verdicts["placement"]["findings"]
    loops = [d["code"] for d in compiled.report["diagnostics"] if d["code"] == "SPK1005"]
    if not loops:
        assert verdicts["fidelity"]["chain"][-1]["output_f1"] == pytest.approx(1.0, abs=0)
