"""Layers of all that NIR can put between two populations, each held against the composed matrix by running both."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.backends.speck.lower import FloatLayer, lower
from spikec.compiler.ir.network import Network
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.diagnostic import Diagnostic, DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph, RawNode

from ...shipped import revision
from ..graphs import graph
from .nets import conv, fire, flatten, linear, network, pool, port, random, row, scale, two_layers

CHIP = revision("speck2f")


def lowered(net: Network) -> dict[str, FloatLayer]:
    layers, _ = lower(on_chip_clock(net, CHIP), CHIP)
    return {layer.name: layer for layer in layers}


def findings(raw: RawGraph) -> list[Diagnostic]:
    net = network(raw)
    with pytest.raises(DiagnosticError) as raised:
        lower(on_chip_clock(net, CHIP), CHIP)
    return list(raised.value.diagnostics)


def convolved(layer: FloatLayer, arriving: np.ndarray) -> np.ndarray:
    """(F, height, width) of (C, H, W), in words as plain as can be."""
    size, (down, right), (top, left) = layer.kernel.shape[2], layer.stride, layer.padding
    padded = np.pad(arriving, ((0, 0), (top, top), (left, left)))
    found = np.zeros(layer.neurons)
    for _, y, x in np.ndindex(1, *layer.neurons[1:]):
        window = padded[:, y * down : y * down + size, x * right : x * right + size]
        found[:, y, x] = (layer.kernel * window).sum(axis=(1, 2, 3))
    return found


def pooled(values: np.ndarray, k: int) -> np.ndarray:
    channels, height, width = values.shape
    cut = values[:, : height // k * k, : width // k * k]
    return cut.reshape(channels, height // k, k, width // k, k).sum(axis=(2, 4))


def holds(net: Network, post: str) -> FloatLayer:
    """The layer and the composed matrices give the same sums for random counts of its sources."""
    layer = lowered(net)[post]
    draw = np.random.default_rng(5)
    arriving, wanted = np.zeros(layer.input_shape), np.zeros(int(np.prod(layer.neurons)))
    for source in layer.sources:
        shape = net.inputs.get(source.name) or net.populations[source.name].shape
        counts = draw.integers(0, 4, int(np.prod(shape))).astype(np.float64)
        sent = pooled(counts.reshape(shape if len(shape) == 3 else (*shape, 1, 1)), source.pooling)
        arriving[source.shift : source.shift + len(sent)] += sent
        (projection,) = [p for p in net.into(post) if p.pre == source.name]
        wanted += next(iter(projection.taps.values())) @ counts
    np.testing.assert_allclose(convolved(layer, arriving).ravel(), wanted / layer.ratio, atol=1e-5)
    return layer


def between(pre: tuple[int, ...], post: tuple[int, ...], **nodes: RawNode) -> Network:
    """A population of shape `pre`, the nodes, and a population `n` of shape `post`."""
    first = {"input": port("Input", *pre), "one": scale(np.ones(pre)), "m": fire(*pre)}
    return network(row(**first, **nodes, n=fire(*post), output=port("Output", *post)))


def test_a_convolution_is_itself() -> None:
    weight = random(0, 5, 3, 3, 3)
    net = between((3, 8, 9), (5, 4, 5), w=conv(weight, stride=(2, 2), padding=(1, 1)))
    layer = holds(net, "n")
    np.testing.assert_allclose(layer.kernel, weight, rtol=1e-6)
    assert (layer.stride, layer.padding, layer.sources[0].pooling) == ((2, 2), (1, 1), 1)


def test_a_pool_before_is_the_senders() -> None:
    weight = random(0, 5, 3, 3, 3)
    net = between((3, 8, 8), (5, 4, 4), p=pool("SumPool2d", 2), w=conv(weight, padding=(1, 1)))
    layer = holds(net, "n")
    assert (layer.sources[0].pooling, layer.input_shape, layer.kernel.shape) == (2, (3, 4, 4), (5, 3, 3, 3))
    average = holds(
        between((3, 8, 8), (5, 4, 4), p=pool("AvgPool2d", 2), w=conv(weight, padding=(1, 1))), "n"
    )
    np.testing.assert_allclose(average.kernel * 4, layer.kernel, rtol=1e-6)


def test_two_pools_are_one() -> None:
    net = between(
        (2, 8, 8), (3, 2, 2), p=pool("SumPool2d", 2), q=pool("AvgPool2d", 2), w=conv(random(0, 3, 2, 1, 1))
    )
    assert holds(net, "n").sources[0].pooling == 4


def test_a_pool_that_the_sender_does_not_have_is_in_the_kernel() -> None:
    layer = holds(between((2, 8, 8), (3, 1, 1), p=pool("SumPool2d", 8), w=conv(random(0, 3, 2, 1, 1))), "n")
    assert (layer.kernel.shape[2], layer.sources[0].pooling) == (8, 1)
    net = between(
        (2, 12, 12), (3, 2, 2), p=pool("SumPool2d", 2), w=conv(random(0, 3, 2, 3, 3)), q=pool("SumPool2d", 2)
    )
    layer = holds(net, "n")
    assert (layer.kernel.shape[2], layer.stride) == (4, (2, 2))


def findings_of(net: Network) -> list[Diagnostic]:
    with pytest.raises(DiagnosticError) as raised:
        lower(on_chip_clock(net, CHIP), CHIP)
    return list(raised.value.diagnostics)


def test_a_pool_of_the_input_is_in_the_kernel() -> None:
    net = network(
        row(
            input=port("Input", 2, 8, 8),
            p=pool("AvgPool2d", 2),
            w=conv(random(0, 3, 2, 3, 3), padding=(1, 1)),
            n=fire(3, 4, 4),
            output=port("Output", 3, 4, 4),
        )
    )
    layer = holds(net, "n")
    assert (layer.kernel.shape[2], layer.stride, layer.sources[0].pooling) == (6, (2, 2), 1)


@pytest.mark.parametrize("shape", [(3, 4, 4), (3, 2, 5), (2, 7, 3), (6, 1, 1), (2, 1, 6)])
def test_a_linear_looks_at_the_whole_map(shape: tuple[int, int, int]) -> None:
    net = between(shape, (5,), f=flatten(), w=linear(random(0, 5, int(np.prod(shape)))))
    layer = holds(net, "n")
    assert layer.neurons == (5, 1, 1)
    assert layer.kernel.shape[2] == max(shape[1:])


def test_a_pool_before_a_linear() -> None:
    net = between((3, 5, 5), (4,), p=pool("AvgPool2d", 2), f=flatten(), w=linear(random(0, 4, 12)))
    assert holds(net, "n").sources[0].pooling == 2


def test_groups_and_dilation_and_scales() -> None:
    holds(between((4, 6, 6), (4, 6, 6), w=conv(random(0, 4, 1, 3, 3), padding=(1, 1), groups=4)), "n")
    layer = holds(between((2, 8, 8), (3, 4, 4), w=conv(random(0, 3, 2, 3, 3), dilation=(2, 2))), "n")
    assert layer.kernel.shape[2] == 5
    gains = np.broadcast_to(np.arange(1.0, 4.0)[:, None, None], (3, 6, 6))
    net = between((2, 8, 8), (3, 6, 6), w=conv(random(0, 3, 2, 3, 3)), s=scale(gains))
    np.testing.assert_allclose(holds(net, "n").kernel[2], 3 * random(0, 3, 2, 3, 3)[2], rtol=1e-6)


@pytest.mark.parametrize("size", [(1, 3), (3, 1), (5, 1), (2, 4)])
def test_a_kernel_that_is_not_square_gets_zeros(size: tuple[int, int]) -> None:
    net = between((2, 8, 8), (3, 9 - size[0], 9 - size[1]), w=conv(random(0, 3, 2, *size)))
    layer = holds(net, "n")
    assert layer.kernel.shape[2] == layer.kernel.shape[3]


def test_thresholds_of_channels_go_into_the_kernel() -> None:
    thresholds = np.broadcast_to(np.array([1.0, 2.0, 4.0])[:, None, None], (3, 6, 6))
    weight = random(0, 3, 2, 3, 3)
    raw = row(
        input=port("Input", 2, 8, 8),
        w=conv(weight, bias=np.ones(3)),
        n=fire(3, 6, 6, threshold=thresholds),
        output=port("Output", 3, 6, 6),
    )
    layer = holds(network(raw), "n")
    assert layer.theta == 4.0
    np.testing.assert_allclose(layer.kernel[0], 4 * weight[0], rtol=1e-6)
    np.testing.assert_allclose(layer.bias, [4.0, 2.0, 1.0])


def test_two_senders_of_one_kernel_share_its_channels_and_others_do_not() -> None:
    weight = random(0, 3, 2, 3, 3)
    nodes = {
        "input": port("Input", 2, 6, 6),
        "s": scale(np.ones((2, 6, 6))),
        "a": fire(2, 6, 6),
        "b": fire(2, 6, 6, threshold=2.0),
        "w": conv(weight),
        "u": conv(random(9, 3, 2, 3, 3)),
        "n": fire(3, 4, 4),
        "m": fire(3, 4, 4),
        "output": port("Output", 3, 4, 4),
    }
    edges = [
        ("input", "s"),
        ("s", "a"),
        ("s", "b"),
        ("a", "w"),
        ("b", "w"),
        ("w", "n"),
        ("a", "u"),
        ("u", "m"),
    ]
    edges += [("n", "output"), ("m", "output")]
    assert holds(network(graph(nodes, edges)), "n").input_shape == (2, 6, 6)
    apart = [*edges[:4], ("b", "u"), ("w", "n"), ("u", "n"), ("n", "output")]
    layer = holds(network(graph({k: v for k, v in nodes.items() if k != "m"}, apart)), "n")
    assert layer.input_shape == (4, 6, 6)
    assert [source.shift for source in layer.sources] == [0, 2]


def one(found: list[Diagnostic], code: str, *words: str) -> None:
    assert [d.code for d in found] == [code]
    for word in words:
        assert word in found[0].message


def test_weights_that_change_over_the_map_are_refused_with_numbers() -> None:
    gains = np.ones((3, 6, 6))
    gains[1, 2, 3] = 1.5
    net = between((2, 8, 8), (3, 6, 6), w=conv(random(0, 3, 2, 3, 3)), s=scale(gains))
    one(findings_of(net), "SPK1032", "1 of 108 neurons", "m -> n")


def test_a_kernel_for_which_no_padding_is_the_same_on_both_sides() -> None:
    net = between((2, 8, 8), (3, 7, 6), w=conv(random(0, 3, 2, 2, 3)))
    one(findings_of(net), "SPK1032", "kernel of 2 x 3", "from 8 x 8 to 7 x 6")


def test_strides_and_kernels_that_the_chip_does_not_have() -> None:
    net = between((2, 10, 10), (3, 3, 3), w=conv(random(0, 3, 2, 3, 3), stride=(3, 3)))
    one(findings_of(net), "SPK1032", "stride 3 x 3", "strides 1, 2, 4, 8")
    net = between((1, 20, 20), (2, 3, 3), w=conv(random(0, 2, 1, 18, 18)))
    one(findings_of(net), "SPK1032", "18 x 18", "up to 16 x 16")
    net = between((1, 9, 9), (2, 25, 25), w=conv(random(0, 2, 1, 3, 3), padding=(9, 9)))
    one(findings_of(net), "SPK1032", "padding 9 x 9", "paddings 0 to 7")


def test_two_inputs_and_an_input_with_company() -> None:
    nodes = {
        "a": port("Input", 4),
        "b": port("Input", 4),
        "wa": linear(random(0, 3, 4)),
        "wb": linear(random(1, 3, 4)),
        "n": fire(3),
        "output": port("Output", 3),
    }
    edges = [("a", "wa"), ("b", "wb"), ("wa", "n"), ("wb", "n"), ("n", "output")]
    assert "SPK1033" in {d.code for d in findings(graph(nodes, edges))}


def test_a_map_that_is_no_multiple_of_its_pooling_is_warned_of() -> None:
    net = between((2, 7, 6), (3, 3, 3), p=pool("SumPool2d", 2), w=conv(random(0, 3, 2, 1, 1)))
    _, found = lower(on_chip_clock(net, CHIP), CHIP)
    one(found, "SPK1034", "7 x 6", "1 of its rows and 0 of its columns")
    net = between((2, 8, 6), (3, 4, 3), p=pool("SumPool2d", 2), w=conv(random(0, 3, 2, 1, 1)))
    assert lower(on_chip_clock(net, CHIP), CHIP)[1] == []


def test_feedback_is_refused() -> None:
    raw = two_layers()
    nodes = {**raw.nodes, "back": linear(random(0, 6, 6))}
    net = network(graph(nodes, [*raw.edges, ("n2", "back"), ("back", "n2")]))
    with pytest.raises(DiagnosticError) as raised:
        on_chip_clock(net, CHIP)
    one(list(raised.value.diagnostics), "SPK1003", "n2", "holds nothing back")


def test_paths_of_different_length_in_steps_are_refused() -> None:
    """What goes through the Delay comes a step later than what does not, and nothing can wait."""
    nodes = {
        "input": port("Input", 4),
        "w": linear(random(0, 4, 4)),
        "m": fire(4),
        "d": RawNode(kind="Delay", params={"delay": np.full(4, 1.0)}),
        "u": linear(random(1, 3, 4)),
        "n": fire(3),
        "output": port("Output", 3),
    }
    edges = [("input", "w"), ("w", "m"), ("m", "d"), ("d", "u"), ("m", "u"), ("u", "n"), ("n", "output")]
    with pytest.raises(DiagnosticError) as raised:
        on_chip_clock(network(graph(nodes, edges)), CHIP)
    one(list(raised.value.diagnostics), "SPK1003", "1 step(s) later", "holds nothing back")


def test_a_loop_that_no_input_reaches_is_refused() -> None:
    raw = two_layers()
    nodes = {**raw.nodes, "w": linear(random(0, 6, 6)), "alone": fire(6)}
    net = network(graph(nodes, [*raw.edges, ("alone", "w"), ("w", "alone"), ("alone", "output")]))
    with pytest.raises(DiagnosticError) as raised:
        on_chip_clock(net, CHIP)
    one(list(raised.value.diagnostics), "SPK1003", "alone")
