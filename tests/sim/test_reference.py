"""What a graph means in discrete time: sums, skips, loops, delays, nesting, and every stateless node."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, NodeDialect, preset
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference
from spikec.sim.trace import Trace

STEPS, BATCH = 12, 2
GENERATOR = np.random.default_rng(3)
UNIT = Dialect(name="test", dt_seconds=1.0, default=NodeDialect(if_gain="one", fire=">="))


def port(kind: str, *shape: int) -> RawNode:
    return RawNode(kind=kind, params={"shape": np.array(shape)})


def node(kind: str, **params: Any) -> RawNode:
    return RawNode(
        kind=kind, params={k: v if isinstance(v, str) else np.asarray(v) for k, v in sorted(params.items())}
    )


def neuron(n: int = 1, theta: float = 1.0) -> RawNode:
    return node("IF", r=np.ones(n), v_threshold=np.full(n, theta))


def linear(*rows: list[float]) -> RawNode:
    return node("Linear", weight=np.array(rows, float))


def graph(nodes: dict[str, RawNode], *edges: str) -> RawGraph:
    """Edges as `a>b`."""
    pairs = tuple((one.split(">")[0], one.split(">")[1]) for one in edges)
    return RawGraph(nodes=dict(sorted(nodes.items())), edges=pairs)


def run(net: RawGraph, dialect: Dialect = UNIT, **inputs: Any) -> Trace:
    return reference(net, dialect, stimulus={name: np.asarray(x) for name, x in inputs.items()})


def pulses(*steps: int) -> np.ndarray:
    """One input that is 1 in the given steps, (T, 1, 1)."""
    x = np.zeros((STEPS, 1, 1), np.float32)
    x[list(steps)] = 1
    return x


def when(trace: Trace, path: str) -> list[int]:
    return np.flatnonzero(trace.layers[path][:, 0, 0]).tolist()


def refused(net: RawGraph, dialect: Dialect = UNIT, **inputs: Any) -> list[str]:
    with pytest.raises(DiagnosticError) as caught:
        run(net, dialect, **inputs)
    return [found.code for found in caught.value.diagnostics]


IN, OUT = port("Input", 1), port("Output", 1)


def test_a_skip_arrives_in_the_same_step_and_fan_in_sums() -> None:
    nodes = {"in": IN, "a": neuron(), "b": neuron(theta=2.0), "out": OUT}
    trace = run(graph(nodes, "in>a", "a>b", "in>b", "b>out", "a>out"), **{"in": pulses(2, 5)})
    assert when(trace, "a") == when(trace, "b") == [2, 5]
    assert trace.outputs["out"][:, 0, 0].tolist() == [2 * float(t in (2, 5)) for t in range(STEPS)]


def test_an_edge_listed_twice_counts_twice() -> None:
    trace = run(
        graph({"in": IN, "b": neuron(theta=2.0), "out": OUT}, "in>b", "in>b", "b>out"), **{"in": pulses(4)}
    )
    assert when(trace, "b") == [4]


def test_feedback_is_one_step_late_and_starts_at_zero() -> None:
    nodes = {"in": IN, "n": neuron(), "w": node("Affine", weight=[[1.0]], bias=[0.0]), "out": OUT}
    trace = run(graph(nodes, "in>n", "n>w", "w>n", "n>out"), **{"in": pulses(3)})
    assert when(trace, "n") == list(range(3, STEPS))
    nodes["w"] = node("Affine", weight=[[0.0]], bias=[1.0])
    assert when(run(graph(nodes, "in>n", "n>w", "w>n", "n>out"), **{"in": pulses()}), "n") == list(
        range(STEPS)
    )


def test_a_neuron_that_feeds_itself() -> None:
    trace = run(graph({"in": IN, "n": neuron(), "out": OUT}, "in>n", "n>n", "n>out"), **{"in": pulses(3)})
    assert when(trace, "n") == list(range(3, STEPS))


def test_a_loop_of_two_populations_takes_two_steps() -> None:
    nodes = {"in": IN, "a": neuron(), "b": neuron(), "out": OUT, "c": neuron()}
    trace = run(graph(nodes, "in>a", "a>b", "b>a", "b>out", "b>c"), **{"in": pulses(1)})
    assert when(trace, "a") == [1, 3, 5, 7, 9, 11]
    assert when(trace, "b") == [2, 4, 6, 8, 10]
    # The edge out of the loop lies on no cycle.
    assert when(trace, "c") == when(trace, "b")


def test_delays() -> None:
    nodes = {"in": port("Input", 3), "d": node("Delay", delay=[0.0, 1.4, 20.0]), "out": port("Output", 3)}
    x = GENERATOR.random((STEPS, BATCH, 3)).astype(np.float32)
    got = run(graph(nodes, "in>d", "d>out"), **{"in": x}).outputs["out"]
    assert np.array_equal(got[..., 0], x[..., 0])
    assert np.array_equal(got[1:, :, 1], x[:-1, :, 1])
    assert not got[0, :, 1].any()
    assert not got[..., 2].any()


@pytest.mark.parametrize(("delay", "period"), [(0.0, 1), (1.0, 2), (3.0, 4)])
def test_a_delay_on_a_cycle_adds_to_its_step(delay: float, period: int) -> None:
    nodes = {"in": IN, "n": neuron(), "d": node("Delay", delay=[delay]), "out": OUT}
    trace = run(graph(nodes, "in>n", "n>d", "d>n", "n>out"), **{"in": pulses(1)})
    assert when(trace, "n") == list(range(1, STEPS, period))


def test_a_loop_needs_something_that_holds_a_value() -> None:
    nodes = {"in": IN, "w": linear([0.5]), "v": linear([1.0]), "out": OUT}
    edges = ("in>w", "w>v", "v>w", "v>out")
    assert refused(graph(nodes, *edges), **{"in": pulses()}) == ["SPK0286"]
    nodes["v"] = node("Delay", delay=[2.0])
    got = run(graph(nodes, *edges), **{"in": pulses(0)}).outputs["out"][:, 0, 0]
    assert got.tolist() == [0, 0, 0.5, 0, 0.25, 0, 0.125, 0, 0.0625, 0, 0.03125, 0]
    nodes["v"] = node("Delay", delay=[0.0])
    assert refused(graph(nodes, *edges), **{"in": pulses()}) == ["SPK0286"]


def test_layer_delay_is_one_step_a_layer_and_the_step_of_a_loop() -> None:
    nodes = {"in": IN, "a": neuron(), "b": neuron(), "out": OUT}
    late = UNIT.with_overrides(default={"layer_delay": 1})
    trace = run(graph(nodes, "in>a", "a>b", "b>out"), late, **{"in": pulses(3)})
    assert (when(trace, "a"), when(trace, "b")) == ([3], [4])
    assert np.flatnonzero(trace.outputs["out"]).tolist() == [5]
    trace = run(graph(nodes, "in>a", "a>b", "b>a", "b>out"), late, **{"in": pulses(1)})
    assert (when(trace, "a")[:3], when(trace, "b")[:3]) == ([1, 3, 5], [2, 4, 6])
    assert np.flatnonzero(trace.outputs["out"]).tolist()[:3] == [3, 5, 7]


@pytest.mark.parametrize(("layer_delay", "rec_delay", "steps"), [(0, 1, 1), (0, 2, 2), (1, 1, 1), (1, 2, 2)])
def test_feedback_takes_its_steps(layer_delay: int, rec_delay: int, steps: int) -> None:
    """Of a neuron onto itself: one spike goes round for ever."""
    nodes = {"in": IN, "n": neuron(), "out": OUT}
    late = UNIT.with_overrides(default={"layer_delay": layer_delay, "rec_delay": rec_delay})
    trace = run(graph(nodes, "in>n", "n>n", "n>out"), late, **{"in": pulses(2)})
    assert when(trace, "n") == list(range(2, STEPS, steps))


def test_same_step_feedback_needs_the_old_membrane() -> None:
    nodes = {"in": IN, "n": neuron(), "out": OUT}
    net = graph(nodes, "in>n", "n>n", "n>out")
    assert refused(net, UNIT.with_overrides(default={"rec_delay": 0}), **{"in": pulses()}) == ["SPK0308"]
    record = {"rec_delay": 0, "fire_on": "old", "reset": "subtract", "reset_phase": "next_after_decay"}
    trace = run(net, UNIT.with_overrides(default=record), **{"in": pulses(2)})
    # z[t] is known before its input: the spike for V[2] comes at 3 and feeds V[3], and so on.
    assert when(trace, "n") == list(range(3, STEPS))


def nested(inner: RawGraph) -> RawGraph:
    return RawGraph(
        nodes={"in": IN, "out": OUT, "s": RawNode(kind="NIRGraph", graph=inner)},
        edges=(("in", "s"), ("s", "out")),
    )


def test_subgraph_ports_are_transparent_at_any_depth() -> None:
    inner = graph({"i": IN, "n": neuron(), "w": linear([1.0]), "o": OUT}, "i>n", "n>w", "w>n", "n>o")
    nodes = {"in": IN, "n": neuron(), "w": linear([1.0]), "out": OUT}
    flat = run(graph(nodes, "in>n", "n>w", "w>n", "n>out"), **{"in": pulses(3)})
    once = run(nested(inner), **{"in": pulses(3)})
    twice = run(nested(nested(inner)), **{"in": pulses(3)})
    assert when(once, "s/n") == when(twice, "s/s/n") == when(flat, "n")
    assert np.array_equal(twice.outputs["out"], flat.outputs["out"])
    assert list(twice.outputs) == ["out"]


def test_a_subgraph_with_several_ports() -> None:
    inner = graph(
        {"i": IN, "j": IN, "a": neuron(), "b": neuron(), "o": OUT, "p": OUT}, "i>a", "j>b", "a>o", "b>p"
    )
    assert run(nested(inner), **{"in": pulses(4)}).outputs["out"][4, 0, 0] == 2


def test_spyx_writes_the_input_of_a_recurrent_layer_to_its_weights() -> None:
    inner = graph({"i": IN, "n": neuron(), "w": linear([0.0]), "o": OUT}, "i>w", "w>n", "n>w", "n>o")
    assert when(run(nested(inner), **{"in": pulses(3)}), "s/n") == []
    read = UNIT.with_overrides(default={"sub_edge": "spyx"})
    assert when(run(nested(inner), read, **{"in": pulses(3)}), "s/n") == [3]


def test_several_inputs_and_outputs() -> None:
    nodes = {"a": port("Input", 2), "b": port("Input", 1), "w": linear([1.0, 2.0]), "n": neuron(theta=3.0),
             "x": OUT, "y": OUT}  # fmt: skip
    trace = run(
        graph(nodes, "a>w", "w>n", "b>n", "n>x", "w>y"), a=np.ones((4, 1, 2)), b=np.full((4, 1, 1), 0.5)
    )
    assert trace.outputs["x"].ravel().tolist() == [1.0] * 4
    assert trace.outputs["y"].ravel().tolist() == [3.0] * 4


def test_a_graph_without_output_gives_its_last_nodes() -> None:
    trace = run(graph({"in": IN, "n": neuron(), "m": neuron()}, "in>n", "in>m"), **{"in": pulses(1)})
    assert sorted(trace.outputs) == ["output_m", "output_n"]


def test_a_misspelt_edge_end_with_one_possible_meaning() -> None:
    nodes = {"in": IN, "lif1": neuron(), "out": OUT}
    assert when(run(graph(nodes, "in>lif", "lif>out"), **{"in": pulses(1)}), "lif1") == [1]
    assert refused(graph(nodes, "in>dense", "dense>out"), **{"in": pulses(1)}) == ["SPK0280"]


@pytest.mark.parametrize("seed", range(4))
def test_a_cycle_without_weight_changes_nothing(seed: int) -> None:
    """The same network once node by node, once through the scan for cycles."""
    generator = np.random.default_rng(seed)
    w1, w2 = generator.normal(0, 0.6, (7, 5)), generator.normal(0, 0.6, (4, 7))
    params = {
        "tau": np.full(7, 5.0),
        "r": np.full(7, 5.0),
        "v_leak": np.full(7, 0.05),
        "v_threshold": np.ones(7),
    }
    nodes = {
        "in": port("Input", 5), "w1": node("Linear", weight=w1), "a": node("LIF", **params),
        "w2": node("Affine", weight=w2, bias=np.full(4, 0.1)), "b": neuron(4), "out": port("Output", 4),
        "back": node("Linear", weight=np.zeros((5, 7))), "sum": node("Scale", scale=np.ones(5)),
    }  # fmt: skip
    edges = ("in>sum", "sum>w1", "w1>a", "a>w2", "w2>b", "b>out")
    x = (generator.random((40, 3, 5)) < 0.4).astype(np.uint8)
    open_nodes = {name: one for name, one in nodes.items() if name != "back"}
    straight = run(graph(open_nodes, *edges), **{"in": x})
    looped = run(graph(nodes, *edges, "a>back", "back>sum"), **{"in": x})
    assert straight.layers["b"].any()
    for path in ("a", "b"):
        assert np.array_equal(straight.layers[path], looped.layers[path])


def apply(one: RawNode, x: np.ndarray, dialect: Dialect = UNIT) -> np.ndarray:
    """What a stateless node makes of x (N, ...)."""
    net = graph({"in": port("Input", *x.shape[1:]), "f": one, "out": port("Output", 1)}, "in>f", "f>out")
    return run(net, dialect, **{"in": x[None]}).outputs["out"][0]


def naive_conv(
    x: np.ndarray, w: np.ndarray, stride: tuple[int, int], pad: list[tuple[int, int]],
    dilation: tuple[int, int], groups: int,
) -> np.ndarray:  # fmt: skip
    """Cross-correlation by its definition. x: (N, C, H, W), w: (O, C / groups, kh, kw)."""
    padded = np.pad(x, [(0, 0), (0, 0), *pad])
    reach = [d * (k - 1) + 1 for k, d in zip(w.shape[2:], dilation, strict=True)]
    size = [(n - r) // s + 1 for n, r, s in zip(padded.shape[2:], reach, stride, strict=True)]
    out = np.zeros((len(x), len(w), *size))
    inner, outer = w.shape[1], len(w) // groups
    for o, i, j in np.ndindex(len(w), *size):
        first = o // outer * inner
        for c, u, v in np.ndindex(*w.shape[1:]):
            row, column = i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]
            out[:, o, i, j] += padded[:, first + c, row, column] * w[o, c, u, v]
    return out


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation", "groups"),
    [
        ((3, 5), (1, 1), [0, 0], (1, 1), 1),
        ((2, 3), (2, 1), [1, 2], (1, 2), 2),
        ((3, 2), (1, 3), [2, 0], (2, 1), 4),
        ((4, 3), (1, 1), "same", (1, 2), 2),
        ((2, 2), (2, 2), "valid", (1, 1), 1),
    ],
)
def test_conv2d(
    kernel: tuple[int, int], stride: tuple[int, int], padding: list[int] | str, dilation: tuple[int, int],
    groups: int,
) -> None:  # fmt: skip
    w = GENERATOR.integers(-4, 5, (8, 4 // groups, *kernel)).astype(float)
    x = GENERATOR.integers(0, 3, (2, 4, 9, 8)).astype(np.float32)
    bias = GENERATOR.integers(-3, 4, 8).astype(float)
    if padding == "same":
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        pad = [(t // 2, t - t // 2) for t in total]
    else:
        pad = [(0, 0), (0, 0)] if padding == "valid" else [(int(p), int(p)) for p in padding]
    one = node(
        "Conv2d", weight=w, bias=bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    want = naive_conv(x, w, stride, pad, dilation, groups) + bias[:, None, None]
    assert np.array_equal(apply(one, x), want)


def test_conv1d_is_conv2d_with_one_row() -> None:
    w = GENERATOR.integers(-4, 5, (6, 2, 3)).astype(float)
    x = GENERATOR.integers(0, 3, (2, 4, 11)).astype(np.float32)
    one = node("Conv1d", weight=w, bias=np.zeros(6), stride=2, padding=1, dilation=2, groups=2)
    want = naive_conv(x[:, :, None], w[:, :, None], (1, 2), [(0, 0), (1, 1)], (1, 2), 2)[:, :, 0]
    assert np.array_equal(apply(one, x), want)


@pytest.mark.parametrize("kind", ["SumPool2d", "AvgPool2d"])
def test_pools_count_the_padding(kind: str) -> None:
    x = GENERATOR.integers(0, 5, (2, 3, 7, 6)).astype(np.float32)
    w = np.ones((3, 1, 3, 2))
    want = naive_conv(x, w, (2, 1), [(1, 1), (0, 0)], (1, 1), 3)
    got = apply(node(kind, kernel_size=[3, 2], stride=[2, 1], padding=[1, 0]), x)
    assert np.allclose(got, want / 6 if kind == "AvgPool2d" else want, rtol=1e-7)


def test_flatten() -> None:
    x = GENERATOR.random((2, 3, 4, 5)).astype(np.float32)
    every = node("Flatten", start_dim=0, end_dim=-1)
    assert np.array_equal(apply(every, x), x.reshape(2, -1))
    assert np.array_equal(apply(node("Flatten"), x), x.reshape(2, 3, 20))
    assert np.array_equal(apply(node("Flatten", start_dim=-3, end_dim=1), x), x.reshape(2, 12, 5))
    hwc = UNIT.with_overrides(default={"flatten": "HWC"})
    assert np.array_equal(apply(every, x, hwc), x.transpose(0, 2, 3, 1).reshape(2, -1))
    assert np.array_equal(apply(every, x[:, 0], hwc), x[:, 0].reshape(2, -1))


def test_elementwise_and_batched_matrices() -> None:
    x = GENERATOR.integers(-3, 4, (4, 3)).astype(np.float32)
    scale = np.array([2.0, -1.0, 0.5])
    assert np.array_equal(apply(node("Scale", scale=scale), x), x * scale)
    level = np.array([0.0, 1.0, -1.0])
    assert np.array_equal(apply(node("Threshold", threshold=level), x), x >= level)
    strict = UNIT.with_overrides(default={"fire": ">"})
    assert np.array_equal(apply(node("Threshold", threshold=level), x, strict), x > level)
    w = GENERATOR.integers(-3, 4, (5, 2, 3)).astype(float)
    y = GENERATOR.integers(-3, 4, (4, 5, 3)).astype(np.float32)
    want = np.array([[w[k] @ y[n, k] for k in range(5)] for n in range(4)])
    assert np.array_equal(apply(node("Linear", weight=w), y), want)


def test_time_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from spikec.sim.reference import reference as module

    w = GENERATOR.integers(-3, 4, (5, 3)).astype(float)
    net = graph(
        {"in": port("Input", 3), "w": node("Linear", weight=w), "out": port("Output", 5)}, "in>w", "w>out"
    )
    x = GENERATOR.integers(0, 3, (STEPS, BATCH, 3))
    whole = run(net, **{"in": x}).outputs["out"]
    monkeypatch.setattr(module, "CHUNK_ELEMENTS", 5 * BATCH * 5)
    assert np.array_equal(run(net, **{"in": x}).outputs["out"], whole)
    assert np.array_equal(whole, x @ w.T)


THREE = port("Input", 3)


@pytest.mark.parametrize(
    ("nodes", "edges", "code"),
    [
        ({"w": linear([1.0, 2.0])}, ["in>w", "w>out"], "SPK0282"),
        ({"n": neuron(2)}, ["in>n", "n>out"], "SPK0282"),
        ({"w": linear([1.0] * 3), "n": neuron(3)}, ["in>w", "in>n", "w>n", "n>out"], "SPK0282"),
        ({"w": linear([1.0] * 3)}, ["w>out"], "SPK0282"),
        ({"f": node("Flatten", start_dim=2, end_dim=-1)}, ["in>f", "f>out"], "SPK0282"),
        ({"s": node("Scale", scale=np.ones((2, 3)))}, ["in>s", "s>out"], "SPK0282"),
        ({"n": neuron(3), "w": linear([1.0] * 3)}, ["in>n", "n>w", "w>n", "n>out"], "SPK0282"),
        ({"q": node("Quantum")}, ["in>q", "q>out"], "SPK0287"),
        ({"d": node("Delay", delay=[-1.0])}, ["in>d", "d>out"], "SPK0284"),
    ],
)
def test_graphs_without_meaning_are_refused(nodes: dict[str, RawNode], edges: list[str], code: str) -> None:
    net = graph({"in": THREE, "out": OUT, **nodes}, *edges)
    assert refused(net, **{"in": np.zeros((STEPS, 1, 3))}) == [code]


def test_stimuli_that_do_not_fit_are_refused() -> None:
    net = graph({"a": IN, "b": IN, "n": neuron(), "out": OUT}, "a>n", "b>n", "n>out")
    assert refused(net, a=pulses()) == ["SPK0283"]
    assert refused(net, a=pulses(), b=pulses()[:3]) == ["SPK0283"]
    assert refused(net, a=pulses(), b=pulses()[:, 0, 0]) == ["SPK0283"]
    assert refused(net, a=pulses(), b=np.zeros((STEPS, 1, 2))) == ["SPK0283"]
    assert run(net, a=pulses(2), b=pulses(4)[..., 0]).layers["n"].ravel().nonzero()[0].tolist() == [2, 4]
    assert refused(net, a=pulses(), b=pulses(), c=pulses()) == ["SPK0283"]
    assert refused(graph({"n": neuron(), "out": OUT}, "n>out")) == ["SPK0283"]


def test_a_batch_axis_in_the_stored_shape_may_be_left_out() -> None:
    nodes = {"in": port("Input", 1, 1, 3), "w": linear([1.0] * 3), "n": neuron(), "out": port("Output", 1, 1)}
    net = graph(nodes, "in>w", "w>n", "n>out")
    x = GENERATOR.random((STEPS, BATCH, 3)).astype(np.float32)
    short = run(net, **{"in": x}).layers["n"]
    assert np.array_equal(short, run(net, **{"in": x[:, :, None, None]}).layers["n"])
    assert short.shape == (STEPS, BATCH, 1)


def test_samples_are_independent_runs() -> None:
    net = graph({"in": IN, "n": neuron(), "out": OUT}, "in>n", "n>n", "n>out")
    x = (GENERATOR.random((STEPS, 5, 1)) < 0.3).astype(np.float32)
    both = run(net, **{"in": x}).layers["n"]
    for k in range(5):
        assert np.array_equal(both[:, [k]], run(net, **{"in": x[:, [k]]}).layers["n"])


def test_states_are_there_when_asked_for() -> None:
    cuba = node("CubaLIF", tau_syn=[2.0], tau_mem=[4.0], r=[1.0], v_leak=[0.0], v_threshold=[9.0])
    net = graph({"in": IN, "n": cuba, "out": OUT}, "in>n", "n>n", "n>out")
    trace = reference(
        net, preset("nir.euler", dt_seconds=1.0), stimulus={"in": pulses(0)}, return_all_states=True
    )
    assert trace.states["n"]["i"].ravel()[:3].tolist() == [0.5, 0.25, 0.125]
    assert trace.states["n"]["v"].ravel()[:3].tolist() == [0.125, 0.15625, 0.1484375]
    assert run(net, **{"in": pulses(0)}).states == {}


def test_nesting_changes_nothing_in_a_loop() -> None:
    """What a neuron on a cycle sends into a subgraph comes a step later along the cycle alone, and at once to what lies
    beside it behind the same port."""
    read = Dialect(name="test", dt_seconds=1.0, default=NodeDialect(if_gain="one", fire=">="))
    port, out = (RawNode(kind=kind, params={"shape": np.array([1])}) for kind in ("Input", "Output"))
    half = RawNode(kind="Linear", params={"weight": np.full((1, 1), 0.5)})
    fires = RawNode(kind="IF", params={"r": np.ones(1), "v_threshold": np.ones(1), "v_reset": np.zeros(1)})
    flat = RawGraph(
        nodes={"a": fires, "back": half, "in": port, "out": out, "side": fires},
        edges=(("in", "a"), ("a", "back"), ("back", "a"), ("a", "side"), ("a", "out")),
    )
    inner = RawGraph(
        nodes={"back": half, "i": port, "o": out, "side": fires},
        edges=(("i", "back"), ("back", "o"), ("i", "side")),
    )
    nested = RawGraph(
        nodes={"a": fires, "in": port, "out": out, "s": RawNode(kind="NIRGraph", graph=inner)},
        edges=(("in", "a"), ("a", "s"), ("s", "a"), ("a", "out")),
    )
    x = (np.random.default_rng(5).random((12, 2, 1)) < 0.4).astype(np.uint8)
    one, other = (reference(g, read, stimulus={"in": x}).layers for g in (flat, nested))
    assert one["side"].any()
    np.testing.assert_array_equal(one["side"], other["s/side"])
    np.testing.assert_array_equal(one["a"], other["a"])
