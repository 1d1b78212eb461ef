"""Shapes against jax.lax's own convolution and window sums, and the sums done by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.ir.network import FlatGraph, FlatNode
from spikec.sim.diagnostic import Diagnostic

RNG = np.random.default_rng(7)


def chain(shape: tuple[int, ...], *kinds: tuple[str, dict[str, Any]]) -> FlatGraph:
    """Input of `shape` -> one node for each of `kinds` -> Output, named a, n0, n1, ..., z."""
    nodes = [("a", "Input", {"shape": np.array(shape)})]
    nodes += [(f"n{i}", kind, params) for i, (kind, params) in enumerate(kinds)]
    nodes.append(("z", "Output", {}))
    edges = [(pre[0], post[0]) for pre, post in pairwise(nodes)]
    return flat(nodes, edges)


def flat(nodes: list[tuple[str, str, dict[str, Any]]], edges: list[tuple[str, str]]) -> FlatGraph:
    members: dict[str, FlatNode] = {}
    for path, kind, params in sorted(nodes):
        stored = {k: v if isinstance(v, str) else np.asarray(v) for k, v in params.items()}
        members[path] = FlatNode(path=path, kind=kind, params=stored)
    counts = dict.fromkeys(sorted(edges), 1)
    inputs = tuple(path for path, kind, _ in sorted(nodes) if kind == "Input")
    return FlatGraph(members=members, counts=counts, inputs=inputs, outputs=("z",))


def shape_out(shape: tuple[int, ...], *kinds: tuple[str, dict[str, Any]]) -> tuple[int, ...] | None:
    solved, found = infer_shapes(chain(shape, *kinds))
    assert [d for d in found if d.severity == "error"] == []
    return solved.node("z").output_shape


def errors(shape: tuple[int, ...], *kinds: tuple[str, dict[str, Any]]) -> list[Diagnostic]:
    return [d for d in infer_shapes(chain(shape, *kinds))[1] if d.severity == "error"]


def conv(weight: tuple[int, ...], **options: Any) -> tuple[str, dict[str, Any]]:
    usual = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    values = {"weight": np.ones(weight, np.float32), "bias": np.zeros(weight[0], np.float32)}
    return f"Conv{len(weight) - 2}d", {**values, **usual, **options}


CONVOLUTIONS = [
    ((2, 9, 12), (4, 2, 3, 5), {}),
    ((2, 9, 12), (4, 2, 3, 5), {"stride": [2, 3], "padding": [1, 2]}),
    ((2, 9, 12), (4, 2, 3, 2), {"dilation": [2, 3]}),
    ((6, 8, 8), (9, 2, 3, 3), {"groups": 3}),
    ((2, 8, 7), (3, 2, 4, 3), {"padding": "same"}),
    ((2, 8, 7), (3, 2, 4, 2), {"padding": "same", "dilation": [1, 3]}),
    ((2, 8, 7), (3, 2, 4, 2), {"padding": "valid", "stride": 2}),
    ((2, 8, 7), (3, 2, 1, 1), {"stride": np.int32(3), "input_shape": [8, 7]}),
    ((3, 20), (5, 3, 4), {"stride": 3, "padding": 2, "dilation": 2}),
    ((4, 20), (6, 2, 5), {"groups": 2, "padding": "same", "input_shape": 20}),
    ((1, 16), (2, 1, 4), {"stride": [2], "padding": [1]}),
]


@pytest.mark.parametrize(("shape", "weight", "options"), CONVOLUTIONS)
def test_convolution_shape_is_that_of_jax(
    shape: tuple[int, ...], weight: tuple[int, ...], options: dict[str, Any]
) -> None:
    solved, found = infer_shapes(chain(shape, conv(weight, **options)))
    assert found == []
    node = solved.node("n0")
    out = lax.conv_general_dilated(
        jnp.zeros((1, *shape)),
        jnp.zeros(weight),
        window_strides=node.params["stride"],  # pyright: ignore[reportArgumentType]
        padding=node.params["padding"],  # pyright: ignore[reportArgumentType]
        rhs_dilation=node.params["dilation"],  # pyright: ignore[reportArgumentType]
        feature_group_count=node.params["groups"],  # pyright: ignore[reportArgumentType]
    )
    assert node.output_shape == out.shape[1:]
    if options.get("padding") == "same":
        assert node.output_shape is not None
        assert node.output_shape[1:] == shape[1:]
    if isinstance(options.get("padding"), str):
        named = lax.conv_general_dilated(
            jnp.zeros((1, *shape)),
            jnp.zeros(weight),
            window_strides=node.params["stride"],  # pyright: ignore[reportArgumentType]
            padding=options["padding"].upper(),
            rhs_dilation=node.params["dilation"],  # pyright: ignore[reportArgumentType]
            feature_group_count=node.params["groups"],  # pyright: ignore[reportArgumentType]
        )
        assert node.output_shape == named.shape[1:]


def test_same_padding_puts_the_odd_element_at_the_end() -> None:
    solved, _ = infer_shapes(chain((1, 5, 5), conv((1, 1, 4, 3), padding="same")))
    assert solved.node("n0").params["padding"] == ((1, 2), (1, 1))


@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [(2, 2, 0), ([3, 2], [2, 1], [1, 0]), ([3], 2, 1), (np.array([2, 3]), 3, 1)],
)
@pytest.mark.parametrize("kind", ["SumPool2d", "AvgPool2d"])
def test_pool_shape_is_that_of_jax(kind: str, kernel: Any, stride: Any, padding: Any) -> None:
    solved, found = infer_shapes(
        chain((3, 9, 7), (kind, {"kernel_size": kernel, "stride": stride, "padding": padding}))
    )
    assert found == []
    node = solved.node("n0")
    window, step = (np.broadcast_to(np.asarray(v).ravel(), 2).tolist() for v in (kernel, stride))
    pads = [(p, p) for p in np.broadcast_to(np.asarray(padding).ravel(), 2).tolist()]
    out = lax.reduce_window(jnp.zeros((3, 9, 7)), 0.0, lax.add, (1, *window), (1, *step), ((0, 0), *pads))
    assert node.output_shape == out.shape


@pytest.mark.parametrize(
    ("shape", "params", "expected"),
    [
        ((2, 3, 4), {"start_dim": 0, "end_dim": -1}, (24,)),
        ((2, 3, 4), {}, (2, 12)),
        ((2, 3, 4), {"start_dim": -3, "end_dim": -2}, (6, 4)),
        ((2, 3, 4), {"start_dim": 1, "end_dim": 1}, (2, 3, 4)),
        ((2, 3, 4), {"start_dim": 1, "end_dim": -1, "input_type": [1, 2, 3, 4]}, (24,)),
        ((2, 3, 4), {"start_dim": 0, "end_dim": -1, "input_type": [1, 2, 3, 4]}, (24,)),
        ((5,), {"start_dim": 0, "end_dim": 0}, (5,)),
    ],
)
def test_flatten(shape: tuple[int, ...], params: dict[str, Any], expected: tuple[int, ...]) -> None:
    assert shape_out(shape, ("Flatten", params)) == expected


def test_linear_applies_to_the_last_axis() -> None:
    assert shape_out((7, 2, 3), ("Linear", {"weight": np.ones((5, 3))})) == (7, 2, 5)
    assert shape_out((2, 3), ("Linear", {"weight": np.ones((2, 5, 3))})) == (2, 5)


def test_weights_keep_their_values() -> None:
    weight = RNG.normal(size=(5, 3)).astype(np.float32)
    solved, _ = infer_shapes(chain((3,), ("Affine", {"weight": weight, "bias": np.float32(0.1)})))
    params = solved.node("n0").params
    kept, bias = params["weight"], params["bias"]
    assert isinstance(kept, np.ndarray)
    assert isinstance(bias, np.ndarray)
    assert kept.dtype == np.float64
    assert np.array_equal(kept.astype(np.float32), weight)
    assert bias.tolist() == [float(np.float32(0.1))] * 5


def test_scalar_parameters_take_the_incoming_shape() -> None:
    lif = {"tau": 0.1, "r": [1.0], "v_leak": 0.0, "v_threshold": np.full((2, 1, 1), 3.0)}
    solved, found = infer_shapes(chain((2, 3, 4), ("LIF", lif)))
    assert found == []
    params = solved.node("n0").params
    assert sorted(params) == ["r", "tau", "v_leak", "v_reset", "v_threshold"]
    assert {np.shape(value) for value in params.values()} == {(2, 3, 4)}  # pyright: ignore[reportArgumentType]
    assert not np.any(params["v_reset"])  # pyright: ignore[reportArgumentType]
    solved, _ = infer_shapes(
        chain((3,), ("CubaLI", dict.fromkeys(["tau_mem", "tau_syn", "r", "v_leak"], 1.0)))
    )
    assert np.array_equal(solved.node("n0").params["w_in"], np.ones(3))  # pyright: ignore[reportArgumentType]


def test_leading_batch_axes_are_dropped_with_a_note() -> None:
    solved, found = infer_shapes(chain((1, 1, 3), ("Linear", {"weight": np.ones((5, 3))})))
    assert [(d.code, d.severity) for d in found] == [("SPK0214", "note")]
    assert solved.node("a").output_shape == (3,)
    assert shape_out((1, 1, 8, 8), conv((2, 1, 3, 3))) == (2, 6, 6)
    assert shape_out((1, 8, 8), conv((2, 1, 3, 3))) == (2, 6, 6)
    assert shape_out((1, 4), ("Scale", {"scale": np.ones((1, 4))})) == (1, 4)


def test_a_cycle_takes_its_shape_from_outside() -> None:
    lif = dict.fromkeys(["tau", "r", "v_leak", "v_threshold"], 1.0)
    nodes: list[tuple[str, str, dict[str, Any]]] = [
        ("a", "Input", {"shape": [4]}),
        ("lif", "LIF", lif),
        ("w", "Linear", {"weight": np.ones((4, 4))}),
        ("z", "Output", {"shape": [4]}),
    ]
    edges = [("a", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "z")]
    solved, found = infer_shapes(flat(nodes, edges))
    assert found == []
    assert {node.output_shape for node in solved.nodes()} == {(4,)}
    nodes[2] = ("w", "Linear", {"weight": np.ones((5, 4))})
    _, found = infer_shapes(flat(nodes, edges))
    assert [(d.code, d.where) for d in found] == [("SPK0210", "/node/nodes/lif")]
    assert "(5,)" in found[0].message
    assert "(4,)" in found[0].message


def test_a_node_without_any_shape_is_told() -> None:
    nodes = [("a", "Input", {"shape": [4]}), ("i", "I", {"r": 1.0}), ("z", "Output", {})]
    _, found = infer_shapes(flat(nodes, [("i", "z"), ("a", "z")]))
    assert [(d.code, d.where) for d in found] == [("SPK0211", "/node/nodes/i")]


@pytest.mark.parametrize(
    ("shape", "node", "code"),
    [
        ((3,), ("Linear", {"weight": np.ones((5, 4))}), "SPK0210"),
        ((3,), ("Linear", {"weight": np.ones(3)}), "SPK0213"),
        ((3,), ("Affine", {"weight": np.ones((5, 3)), "bias": np.ones(3)}), "SPK0213"),
        ((3,), ("Scale", {"scale": np.ones(4)}), "SPK0210"),
        ((3, 4, 4), ("IF", {"r": np.ones(4), "v_threshold": np.ones(4)}), "SPK0210"),
        ((3,), ("IF", {"r": np.ones(3), "v_threshold": np.ones(4)}), "SPK0213"),
        ((2, 8, 8), conv((3, 2, 3, 3), padding="same", stride=2), "SPK0212"),
        ((2, 8, 8), conv((3, 2, 9, 3)), "SPK0212"),
        ((2, 8, 8), conv((3, 2, 3, 3), stride=0), "SPK0212"),
        ((2, 8, 8), conv((3, 2, 3, 3), padding=-1), "SPK0212"),
        ((2, 8, 8), conv((3, 2, 3, 3), dilation=[1, 1, 1]), "SPK0212"),
        ((4, 8, 8), conv((3, 2, 3, 3), groups=2), "SPK0212"),
        ((2, 8, 8), conv((3, 3, 3, 3)), "SPK0210"),
        ((2, 8), conv((3, 2, 3, 3)), "SPK0210"),
        ((2, 8, 8), conv((3, 2, 3, 3), input_shape=[9, 8]), "SPK0210"),
        ((2, 8, 8), conv((3, 2, 3, 3), padding=1 << 40), "SPK0212"),
        ((8, 8), ("SumPool2d", {"kernel_size": 2, "stride": 2, "padding": 0}), "SPK0210"),
        ((2, 8), ("Flatten", {"start_dim": 2}), "SPK0212"),
        ((2, 8), ("Flatten", {"start_dim": 1, "end_dim": 0}), "SPK0212"),
        ((2, 8), ("Flatten", {"input_type": [2, 9]}), "SPK0210"),
        ((0,), ("Scale", {"scale": 1.0}), "SPK0212"),
        ((1 << 40,), ("Scale", {"scale": 1.0}), "SPK0212"),
    ],
)
def test_errors(shape: tuple[int, ...], node: tuple[str, dict[str, Any]], code: str) -> None:
    assert [d.code for d in errors(shape, node)] == [code]


def test_one_fault_is_told_once_and_later_nodes_are_still_checked() -> None:
    found = errors(
        (3,),
        ("Linear", {"weight": np.ones((5, 4))}),
        ("Scale", {"scale": np.ones(5)}),
        ("Linear", {"weight": np.ones((2, 6))}),
    )
    assert [d.where for d in found] == ["/node/nodes/n0/weight", "/node/nodes/n2/weight"]
