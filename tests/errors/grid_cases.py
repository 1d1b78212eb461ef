"""SPK106x and SPK203x: what a grid of crossbars cannot hold, or may lose."""

from __future__ import annotations

import numpy as np

from .layers_cases import fire
from .netfiles import Node, chain, linear, port, write
from .running import Case, compiled


def ranc(**nodes: Node) -> Case:
    """The nodes in a row."""
    return lambda folder: compiled(write(folder / "net.nir", *chain(**nodes)), "--target", "ranc")


CASES: dict[str, Case] = {
    "SPK1006, not an error": ranc(
        **{"in": port("Input", 4), "w": linear(100 * np.ones((3, 4))), "n": fire(3), "out": port("Output", 3)}
    ),
    "SPK1061, not an error": lambda folder: compiled(
        write(folder / "net.nir", *chain(**{"in": port("Input", 4), "w": linear(0.25 * np.ones((3, 4))), "n": fire(3),
              "out": port("Output", 3)})), "--target", "truenorth"
    ),
    "SPK2032": ranc(
        **{"in": port("Input", 300), "w": linear(0.25 * np.ones((3, 300))), "n": fire(3), "out": port("Output", 3)}
    ),
    "SPK2034": ranc(
        **{"in": port("Input", 4), "w": linear(0.25 * np.ones((300, 4))), "n": fire(300), "out": port("Output", 300)}
    ),
}  # fmt: skip
