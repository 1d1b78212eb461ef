"""SPK02xx: what is wrong with a network, whatever it will run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .netfiles import Edge, Node, affine, chain, delay, lif, linear, port, small, subgraph, weights, write
from .running import READING, Case, Words, compiled, inspect

IN, OUT, W, N = port("Input", 4), port("Output", 3), linear(weights(3, 4)), lif(3)
BACK = linear(weights(3, 3))
PARTS = {"in": IN, "w": W, "n": N, "out": OUT}
ALONG: list[Edge] = [("in", "w"), ("w", "n"), ("n", "out")]


def of(nodes: Mapping[str, Node], edges: Sequence[Edge]) -> Case:
    """`spikec inspect` of these nodes and edges."""
    return lambda folder: inspect(write(folder / "net.nir", nodes, edges))


def with_node(**changed: Node) -> Case:
    """`spikec inspect` of the small network with nodes replaced."""
    return lambda folder: inspect(small(folder / "net.nir", **changed))


def in_a_row(**nodes: Node) -> Case:
    return of(*chain(**nodes))


RECURRENT = subgraph(
    {"i": port("Input", 3), "w_rec": BACK, "n": N, "o": port("Output", 3)},
    ("i", "w_rec"), ("w_rec", "n"), ("n", "w_rec"), ("n", "o"),
)  # fmt: skip
TWO_INPUTS = subgraph(
    {"i": port("Input", 3), "j": port("Input", 3), "n": N, "o": port("Output", 3)},
    ("i", "n"), ("j", "n"), ("n", "o"),
)  # fmt: skip
WITHOUT_INPUT = subgraph({"n": N, "o": port("Output", 3)}, ("n", "o"))
CONV: Node = {
    "type": "Conv1d", "weight": np.ones((1, 1, 3), np.float32), "bias": np.zeros(1, np.float32),
    "input_shape": 8, "stride": 2, "padding": "same", "dilation": 1, "groups": 1,
}  # fmt: skip
OPEN: Node = {"type": "Input", "shape": np.array([])}
OUT_OPEN: Node = {"type": "Output", "shape": np.array([])}
ANY: Node = {"r": 1.0, "v_threshold": 1.0, "v_reset": 0.0}
FLAT: Node = {"type": "Flatten", "start_dim": 0, "end_dim": -1, "input_type": np.array([1, 8])}


def recurrent_by_spyx(folder: Path) -> Words:
    nodes = chain(**{"in": IN, "w": W, "r": RECURRENT, "out": OUT})
    net = write(folder / "net.nir", *nodes)
    return compiled(net, "--dialect-option", "sub_edge=spyx")


def ways_without_end(folder: Path) -> Words:
    """Ten subgraphs in a row, each with two Inputs and two Outputs, all joined: four times as many ways behind each."""
    ports = {"i": port("Input", 3), "j": port("Input", 3), "o": port("Output", 3), "p": port("Output", 3)}
    part = subgraph(ports, ("i", "o"), ("i", "p"), ("j", "o"), ("j", "p"))
    nodes = chain(**{"in": IN, "w": W, **{f"s{k}": part for k in range(10)}, "n": N, "out": OUT})
    return compiled(write(folder / "net.nir", *nodes))


def too_large(folder: Path) -> Words:
    conv = {
        **CONV,
        "type": "Conv2d",
        "weight": np.ones((8, 8, 3, 3), np.float32),
        "bias": np.zeros(8, np.float32),
        "input_shape": np.array([4000, 4000]),
        "stride": 1,
    }
    nodes = chain(in_=port("Input", 8, 4000, 4000), c=conv, out=port("Output", 8, 4000, 4000))
    return compiled(write(folder / "net.nir", *nodes))


def not_fed(folder: Path) -> Words:
    """The compiler warns of it; the float reference cannot run it."""
    nodes = {**PARTS, "bias": linear(weights(3, 4))}
    net = write(folder / "net.nir", nodes, [*ALONG, ("bias", "n")])
    return ("reference", net, *READING, "--poisson", "0.5", "-q", "-o", folder / "t.npz")


CASES: dict[str, Case] = {
    "SPK0289": ways_without_end,
    "SPK0201": of(PARTS, [*ALONG, ("n", "ghost")]),
    "SPK0201 several": of(
        {"in": IN, "w": W, "l.n": N, "l.b": BACK, "out": OUT},
        [("in", "w"), ("w", "l"), ("l.n", "l.b"), ("l.b", "l.n"), ("l", "out")],
    ),
    "SPK0202": of(PARTS, [*ALONG, ("in", "w")]),
    "SPK0203": of({}, []),
    "SPK0204": recurrent_by_spyx,
    "SPK0205": of({"in": IN, "w": W, "lif1": N, "out": OUT}, [("in", "w"), ("w", "lif"), ("lif", "out")]),
    "SPK0205 flattened": of(
        {"in": IN, "w": W, "l.input": port("Input", 3), "l.n": N, "l.output": port("Output", 3), "out": OUT},
        [("in", "w"), ("w", "l"), ("l.input", "l.n"), ("l.n", "l.output"), ("l", "out")],
    ),
    "SPK0205 ports": of(
        {"in": IN, "w": W, "l.input": port("Input", 3), "l.n": N, "l.output": port("Output", 3), "out": OUT},
        [("in", "w"), ("w", "l.input"), ("l.input", "l.n"), ("l.n", "l.output"), ("l.output", "out")],
    ),
    "SPK0206": in_a_row(**{"in": IN, "w": W, "n": N}),
    "SPK0207 Input": of(PARTS, [*ALONG, ("n", "in")]),
    "SPK0207 subgraph": in_a_row(**{"in": IN, "w": W, "s": WITHOUT_INPUT, "out": OUT}),
    "SPK0208": in_a_row(**{"in": IN, "w": W, "s": TWO_INPUTS, "out": OUT}),
    "SPK0209": of({**PARTS, "a": BACK, "b": BACK}, [*ALONG, ("w", "a"), ("a", "b"), ("b", "a"), ("b", "n")]),
    "SPK0210": with_node(w=linear(weights(3, 5))),
    "SPK0210 transposed": in_a_row(
        **{
            "in": IN,
            "w": linear(weights(4, 3)),
            "n": N,
            "w2": BACK,
            "m": N,
            "w3": linear(weights(3, 2)),
            "k": lif(2),
            "out": port("Output", 2),
        }
    ),
    "SPK0210 time": in_a_row(**{"in": port("Input", 50, 4), "w": W, "n": N, "out": OUT}),
    "SPK0211": of({**PARTS, "p": {"type": "Flatten", "start_dim": 0, "end_dim": -1}}, [*ALONG, ("p", "n")]),
    "SPK0211 open": in_a_row(**{"in": OPEN, "n": {**ANY, "type": "IF"}, "out": OUT_OPEN}),
    "SPK0212, no neurons": in_a_row(
        **{"in": port("Input", 4), "w": linear(np.zeros((0, 4))), "out": port("Output", 4)}
    ),
    "SPK0212": in_a_row(**{"in": port("Input", 1, 8), "c": CONV, "f": FLAT, "out": port("Output", 4)}),
    "SPK0213": with_node(w=affine(weights(3, 4), np.zeros(5))),
    "SPK0214": with_node(in_=port("Input", 1, 4)),
    "SPK0215": with_node(n=lif(3, tau=[10.0, -0.5, 10.0])),
    "SPK0216": with_node(n=lif(3, v_threshold=-1.0)),
    "SPK0217": of(*chain(**{"in": IN, "w": W, "d": delay(3, -1.0), "n": N, "out": OUT})),
    "SPK0218": of({**PARTS, "lone": N, "w2": BACK}, [*ALONG, ("lone", "w2"), ("w2", "n")]),
    "SPK0219": of({**PARTS, "vain": N}, [*ALONG, ("w", "vain")]),
    "SPK0220": of({"n": N, "w": BACK, "out": OUT}, [("n", "w"), ("w", "n"), ("n", "out")]),
    "SPK0221": too_large,
    "SPK0222": in_a_row(**{"in": OPEN, "w": W, "n": N, "out": OUT_OPEN}),
    "SPK0223": in_a_row(
        **{"in": port("Input", 50, 4), "w": W, "n": {**ANY, "type": "IF"}, "out": port("Output", 50, 3)}
    ),
    "SPK0284": lambda folder: compiled(
        small(folder / "net.nir", n=lif(3, r=1e200, tau=1e-200)), "--dialect-option", "clip_decay=true"
    ),
    "SPK0288": lambda folder: compiled(
        small(folder / "net.nir", w=linear(np.full((3, 4), 3e38)), n=lif(3, v_threshold=1e38))
    ),
    "SPK0288 together": lambda folder: compiled(
        write(
            folder / "net.nir",
            *chain(
                **{
                    "in": IN,
                    "w": linear(np.full((3, 4), 1e30)),
                    "u": linear(1e30 * np.eye(3)),
                    "n": N,
                    "out": OUT,
                }
            ),
        )
    ),
    "SPK0282": not_fed,
}
