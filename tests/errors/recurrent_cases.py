"""SPK1020, SPK1022, SPK1036 and SPK202x: what one recurrent core cannot do, or not hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .layers_cases import fire
from .netfiles import Node, chain, linear, port, write
from .running import Case, Words, compiled


def leaky(size: int, tau: float, **more: float) -> Node:
    """LIF of a step of 1 s, whose r makes up for the gain."""
    values = {"tau": tau, "r": tau, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0, **more}
    return {"type": "LIF", **{name: np.full(size, value) for name, value in values.items()}}


def readout(size: int) -> Node:
    return {
        "type": "LI",
        **{name: np.full(size, value) for name, value in {"tau": 8.0, "r": 8.0, "v_leak": 0.0}.items()},
    }


def reckon(*words: str, **nodes: Node) -> Case:
    """The nodes in a row."""
    return lambda folder: compiled(write(folder / "net.nir", *chain(**nodes)), "--target", "reckon", *words)


def dense(post: int, pre: int) -> Node:
    return linear(0.25 * np.ones((post, pre)))


def spikes_beside_membranes(folder: Path) -> Words:
    nodes = {
        "in": port("Input", 3), "w": dense(2, 3), "n": fire(2), "spikes": port("Output", 2), "v": dense(2, 2),
        "o": readout(2), "membranes": port("Output", 2),
    }  # fmt: skip
    edges = [("in", "w"), ("w", "n"), ("n", "spikes"), ("n", "v"), ("v", "o"), ("o", "membranes")]
    return compiled(write(folder / "net.nir", nodes, edges), "--target", "reckon")


CASES: dict[str, Case] = {
    "SPK1020, decays": reckon(
        "--dialect-option", 'reset="subtract"',
        **{"in": port("Input", 250), "w": dense(2, 250), "n": leaky(2, 2.0), "out": port("Output", 2)}
    ),
    "SPK1022, not an error, of a core": reckon(
        **{"in": port("Input", 60), "w": linear(np.linspace(-1, 1, 60)[None]), "n": leaky(1, 100.0),
           "out": port("Output", 1)}
    ),
    "SPK1036": spikes_beside_membranes,
    "SPK2020, rows": reckon(
        **{"in": port("Input", 257), "w": dense(2, 257), "n": fire(2), "out": port("Output", 2)}
    ),
    "SPK2021, of a core": reckon(
        **{"in": port("Input", 4), "w": dense(257, 4), "n": fire(257), "v": dense(2, 257), "o": fire(2),
           "out": port("Output", 2)}
    ),
    "SPK2022, read-outs": reckon(
        **{"in": port("Input", 4), "w": dense(3, 4), "n": fire(3), "v": dense(17, 3), "o": readout(17),
           "out": port("Output", 17)}
    ),
    "SPK2022, spikes": reckon(
        **{"in": port("Input", 4), "w": dense(129, 4), "n": fire(129), "out": port("Output", 129)}
    ),
}  # fmt: skip
