"""SPK104x and SPK204x: what a crossbar that works event by event cannot do, or not hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .layers_cases import fire
from .netfiles import Node, chain, li, lif, linear, port, write
from .outputs import chip_file
from .running import Case, Words, compiled


def tinyodin(*words: str, **nodes: Node) -> Case:
    """The nodes in a row."""
    return lambda folder: compiled(write(folder / "net.nir", *chain(**nodes)), "--target", "tinyodin", *words)


def dense(post: int, pre: int) -> Node:
    return linear(0.25 * np.ones((post, pre)))


def layers(inputs: int, hidden: int) -> dict[str, Node]:
    return {
        "in": port("Input", inputs), "w": dense(hidden, inputs), "n": fire(hidden), "v": dense(3, hidden),
        "m": fire(3), "out": port("Output", 3),
    }  # fmt: skip


def own_weights(rows: int, columns: int, low: float) -> Node:
    """No two sources with the same weights: they share no row."""
    return linear(np.random.default_rng(0).uniform(low, 1, (rows, columns)))


def both_signs(folder: Path) -> Words:
    """40 inputs, each with weights of both signs: 80 rows, on a chip that has 64."""
    nodes = {
        "in": port("Input", 40), "w": own_weights(8, 40, -1), "n": fire(8), "out": port("Output", 8),
    }  # fmt: skip
    target = chip_file(folder, ("neurons = 256", "neurons = 64"), ("rows = 256", "rows = 64"), like="odin")
    return compiled(write(folder / "net.nir", *chain(**nodes)), "--target", target)


CASES: dict[str, Case] = {
    "SPK1020, a reset by subtraction": tinyodin(
        "--dialect-option", 'reset="subtract"',
        **{"in": port("Input", 4), "w": dense(3, 4), "n": lif(3), "out": port("Output", 3)},
    ),
    "SPK1004, a membrane that is read out": tinyodin(
        **{"in": port("Input", 4), "w": dense(3, 4), "n": li(3), "out": port("Output", 3)}
    ),
    "SPK2040": tinyodin(**layers(20, 300)),
    "SPK2040, rows of one sign": both_signs,
    "SPK2041": tinyodin(
        **{"in": port("Input", 300), "w": own_weights(16, 300, 0.1), "n": fire(16), "out": port("Output", 16)}
    ),
}  # fmt: skip
