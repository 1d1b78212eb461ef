"""Conv1d is Conv2d on a map of height 1, layer for layer and spike for spike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.speck.lower import FloatLayer, lower
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.stimulus import Stimulus

from ...shipped import revision
from ..graphs import affine
from .nets import OPTIONS, conv, fire, flatten, network, port, random, row, scale

CHIP = revision("speck2f")
FORMS: list[dict[str, Any]] = [
    {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "width": 5},
    {"stride": 2, "padding": 0, "dilation": 1, "groups": 1, "width": 5},
    {"stride": 2, "padding": 2, "dilation": 1, "groups": 1, "width": 4},
    {"stride": 1, "padding": 1, "dilation": 2, "groups": 1, "width": 3},
    {"stride": 1, "padding": 1, "dilation": 1, "groups": 2, "width": 3},
    {"stride": 1, "padding": "same", "dilation": 1, "groups": 1, "width": 3},
    {"stride": 4, "padding": 0, "dilation": 1, "groups": 1, "width": 1},
]


def conv1d(weight: np.ndarray, form: dict[str, Any]) -> RawNode:
    params: dict[str, Any] = {name: form[name] for name in ("stride", "padding", "dilation", "groups")}
    arrays = {name: value if isinstance(value, str) else np.array(value) for name, value in params.items()}
    bias = np.zeros(len(weight), np.float32)
    return RawNode(kind="Conv1d", params={"weight": weight.astype(np.float32), "bias": bias, **arrays})


def conv2d(weight: np.ndarray, form: dict[str, Any]) -> RawNode:
    pad = (form["width"] - 1) // 2 if form["padding"] == "same" else form["padding"]
    return conv(
        weight[:, :, None, :], stride=(1, form["stride"]), padding=(0, pad), dilation=(1, form["dilation"]),
        groups=form["groups"],
    )  # fmt: skip


def length(before: int, form: dict[str, Any]) -> int:
    if form["padding"] == "same":
        return before
    reach = form["dilation"] * (form["width"] - 1) + 1
    return (before + 2 * form["padding"] - reach) // form["stride"] + 1


def both(form: dict[str, Any], seed: int) -> tuple[RawGraph, RawGraph]:
    """Two convolutions and a readout, over a line and over a map of height 1."""
    first, second = length(15, form), length(length(15, form), form)
    w = random(seed, 4, 2 // form["groups"], form["width"])
    v = random(seed + 1, 6, 4 // form["groups"], form["width"])
    u = affine(random(seed + 2, 5, 6 * second))
    line = row(
        input=port("Input", 2, 15), w=conv1d(w, form), n=fire(4, first), v=conv1d(v, form), m=fire(6, second),
        f=flatten(2), u=u, k=fire(5), output=port("Output", 5),
    )  # fmt: skip
    flat = row(
        input=port("Input", 2, 1, 15), w=conv2d(w, form), n=fire(4, 1, first), v=conv2d(v, form), m=fire(6, 1, second),
        f=flatten(), u=u, k=fire(5), output=port("Output", 5),
    )  # fmt: skip
    return line, flat


def lowered(raw: RawGraph) -> dict[str, FloatLayer]:
    layers, _ = lower(on_chip_clock(network(raw), CHIP), CHIP)
    return {layer.name: layer for layer in layers}


@pytest.mark.parametrize("k", range(len(FORMS)))
def test_layers_are_those_of_a_map_of_height_1(k: int) -> None:
    form = FORMS[k] if FORMS[k]["stride"] < 4 else {**FORMS[k], "stride": 2}
    line, flat = both(form, k)
    ours, theirs = lowered(line), lowered(flat)
    for name in ("n", "m", "k"):
        a, b = ours[name], theirs[name]
        assert (a.input_shape, a.neurons, a.stride, a.padding) == (
            b.input_shape,
            b.neurons,
            b.stride,
            b.padding,
        )
        assert a.sources == b.sources
        np.testing.assert_array_equal(a.kernel, b.kernel)


@pytest.mark.parametrize("target", ["speck2f", "dynapcnn"])
def test_spikes_are_those_of_a_map_of_height_1(target: str) -> None:
    line, flat = both(FORMS[1], 3)
    events = np.random.default_rng(0).integers(0, 2, (12, 2, 2, 15)).astype(np.uint8)
    made = [
        compile_graph(
            raw,
            replace(OPTIONS, target=target),
            stimulus=Stimulus(inputs={"input": events.reshape(12, 2, *shape)}, source={"kind": "made"}),
        )
        for raw, shape in ((line, (2, 15)), (flat, (2, 1, 15)))
    ]
    assert all(one.placement_identical for one in made)
    ours, theirs = (one.trace.layers for one in made)
    assert all(values.any() for values in ours.values())
    for name, values in ours.items():
        np.testing.assert_array_equal(values.reshape(12, 2, -1), theirs[name].reshape(12, 2, -1))


def test_a_scale_before_and_a_matrix_on_rows_stay_as_they_were() -> None:
    """(channels, length) behind no Conv1d is neurons of one place each, as a matrix on the last axis needs."""
    raw = row(
        input=port("Input", 3, 4), s=scale(np.ones((3, 4))), n=fire(3, 4), w=affine(random(0, 5, 4)), m=fire(3, 5),
        output=port("Output", 3, 5),
    )  # fmt: skip
    layers = lowered(raw)
    assert (layers["n"].neurons, layers["m"].neurons) == ((12, 1, 1), (15, 1, 1))
    form = FORMS[0]
    raw = row(
        input=port("Input", 2, 15), s=scale(np.full((2, 15), 2.0)), w=conv1d(random(0, 4, 2, 5), form), n=fire(4, 11),
        output=port("Output", 4, 11),
    )  # fmt: skip
    assert lowered(raw)["n"].input_shape == (2, 1, 15)
