"""SPK103x and SPK203x: what a chip of convolution layers cannot do, or not hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .netfiles import Node, chain, li, lif, linear, port, write
from .running import Case, Words, compiled


def fire(*shape: int, threshold: float = 1.0) -> Node:
    """With a step of 1 s, r = 1 adds what comes."""
    ones = np.ones(shape)
    return {"type": "IF", "r": ones, "v_threshold": ones * threshold, "v_reset": ones * 0}


def conv(channels: int, before: int, size: int, stride: int = 1) -> Node:
    return {
        "type": "Conv2d",
        "weight": np.full((channels, before, size, size), 0.25, np.float32),
        "bias": np.zeros(channels, np.float32),
        "stride": np.array([stride, stride]),
        "padding": np.array([0, 0]),
        "dilation": np.array([1, 1]),
        "groups": 1,
    }


def pool(size: int) -> Node:
    pair = np.array([size, size])
    return {"type": "SumPool2d", "kernel_size": pair, "stride": pair, "padding": np.array([0, 0])}


def speck(*words: str, **nodes: Node) -> Case:
    """The nodes in a row."""
    return lambda folder: compiled(write(folder / "net.nir", *chain(**nodes)), "--target", "speck2f", *words)


IN, OUT = port("Input", 4), port("Output", 3)
W = linear(0.25 * np.ones((3, 4)))


def two_inputs(folder: Path) -> Words:
    nodes = {"a": IN, "b": IN, "wa": W, "wb": W, "n": fire(3), "m": fire(3), "out": OUT}
    edges = [("a", "wa"), ("b", "wb"), ("wa", "n"), ("wb", "m"), ("n", "out"), ("m", "out")]
    return compiled(write(folder / "net.nir", nodes, edges), "--target", "speck2f")


def three_receivers(folder: Path) -> Words:
    nodes: dict[str, Node] = {"in": IN, "w": W, "n": fire(3), "out": OUT}
    edges = [("in", "w"), ("w", "n")]
    for name in "abc":
        nodes |= {f"w{name}": linear(0.25 * np.ones((3, 3))), name: fire(3)}
        edges += [("n", f"w{name}"), (f"w{name}", name), (name, "out")]
    return compiled(write(folder / "net.nir", nodes, edges), "--target", "speck2f")


CASES: dict[str, Case] = {
    "SPK1020, a leak": speck(**{"in": IN, "w": W, "n": lif(3), "out": OUT}),
    "SPK1004, a layer that never spikes": speck(**{"in": IN, "w": W, "n": li(3), "out": OUT}),
    "SPK1032": speck(
        **{"in": port("Input", 1, 9, 9), "w": conv(2, 1, 3, 3), "n": fire(2, 3, 3), "out": port("Output", 2, 3, 3)}
    ),
    "SPK1033": two_inputs,
    "SPK1034, not an error": speck(
        **{"in": port("Input", 1, 7, 7), "w": conv(2, 1, 3), "n": fire(2, 5, 5), "p": pool(2),
           "u": conv(1, 2, 1), "m": fire(1, 2, 2), "out": port("Output", 1, 2, 2)}
    ),
    "SPK1035": speck(**{"in": IN, "w": W, "n": fire(3, threshold=0.001), "out": OUT}),
    "SPK2030": three_receivers,
    "SPK2031": speck(
        **{"in": port("Input", 1, 70, 70), "w": conv(2, 1, 1), "n": fire(2, 70, 70), "out": port("Output", 2, 70, 70)}
    ),
}  # fmt: skip
