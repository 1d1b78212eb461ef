"""SPK102x and SPK202x: what a chip of ordered, saturating sums cannot do, or not hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .netfiles import Node, chain, lif, linear, port, write
from .outputs import compile_file
from .running import Case, Words, compiled

SUBTRACT = ("--dialect-option", 'reset="subtract"', "--dialect-option", "multi=31")


def cuba(size: int, **changed: float) -> Node:
    """The synapse keeps 1/2, the membrane 3/4 in a step of 1 s; r makes up for both gains."""
    values = {
        "tau_mem": 4.0,
        "tau_syn": 2.0,
        "r": 4.0,
        "w_in": 2.0,
        "v_leak": 0.0,
        "v_threshold": 1.0,
        "v_reset": 0.0,
    }
    every = {name: np.full(size, value) for name, value in {**values, **changed}.items()}
    return {"type": "CubaLIF", **every}


def cubali(size: int) -> Node:
    values = {"tau_mem": 4.0, "tau_syn": 2.0, "r": 4.0, "w_in": 2.0, "v_leak": 0.0}
    return {"type": "CubaLI", **{name: np.full(size, value) for name, value in values.items()}}


def dense(post: int, pre: int) -> Node:
    return linear(0.25 * np.ones((post, pre)))


def diagonal(size: int) -> Node:
    return linear(np.eye(size))


def xylo(*words: str, **nodes: Node) -> Case:
    """The nodes in a row, with a reset that the chip has."""
    return lambda folder: compiled(
        write(folder / "net.nir", *chain(**nodes)), "--target", "xylo_audio3", *SUBTRACT, *words
    )


def a_reset_to_a_value(folder: Path) -> Words:
    net = write(
        folder / "net.nir",
        *chain(**{"in": port("Input", 4), "w": dense(3, 4), "n": cuba(3), "out": port("Output", 3)}),
    )
    return compiled(net, "--target", "xylo_audio3")


def a_reset_without_room(folder: Path, *consent: str) -> Words:
    """100 neurons behind inputs, and for each a second one: inputs reach 128."""
    net = write(
        folder / "net.nir",
        *chain(**{"in": port("Input", 4), "w": dense(100, 4), "n": lif(100), "v": dense(3, 100), "o": lif(3),
                  "out": port("Output", 3)}),
    )  # fmt: skip
    return compiled(net, "--target", "xylo_audio3", *consent)


def first_and_last(folder: Path) -> Words:
    """Inputs reach all 100 of `a`, which all feed outputs; 100 more that only `a` knows."""
    nodes = {
        "in": port("Input", 2), "w": dense(100, 2), "a": cuba(100), "there": diagonal(100), "z": cuba(100),
        "back": diagonal(100), "last": dense(2, 100), "o": cuba(2), "out": port("Output", 2),
    }  # fmt: skip
    edges = [("in", "w"), ("w", "a"), ("a", "there"), ("there", "z"), ("z", "back"), ("back", "a")]
    edges += [("a", "last"), ("last", "o"), ("o", "out")]
    return compiled(write(folder / "net.nir", nodes, edges), "--target", "xylo_audio3", *SUBTRACT)


def layers(inputs: int, hidden: int, outputs: int) -> dict[str, Node]:
    return {
        "in": port("Input", inputs), "w": dense(hidden, inputs), "h": cuba(hidden), "v": dense(outputs, hidden),
        "o": cuba(outputs), "out": port("Output", outputs),
    }  # fmt: skip


def wide(hidden: int, target: str) -> Case:
    """Two hidden layers, each neuron of the first to each of the second."""

    def case(folder: Path) -> Words:
        nodes = chain(**{
            "in": port("Input", 2), "w": dense(100, 2), "a": cuba(100), "u": dense(hidden, 100), "b": cuba(hidden),
            "v": linear(np.eye(2, hidden)), "o": cuba(2), "out": port("Output", 2),
        })  # fmt: skip
        return compiled(write(folder / "net.nir", *nodes), "--target", target, *SUBTRACT)

    return case


def a_lock_of_another(folder: Path) -> Words:
    """The lock of five hidden neurons for six."""
    first, second = (write(folder / f"{n}.nir", *chain(**layers(4, n, 2))) for n in (5, 6))
    reading = (("reset", "subtract"), ("multi", 31))
    out = compile_file(first, name="in", target="xylo_audio3", dialect_options=reading)
    lock = ("--lock", out / "placement.lock.json")
    return compiled(second, "--target", "xylo_audio3", *SUBTRACT, *lock)


THRESHOLD: Node = {"type": "Threshold", "threshold": np.full(3, 0.5)}

CASES: dict[str, Case] = {
    "SPK0520": xylo("--chips", "2", "--weight-bits", "4", "--pin", "o=0", **layers(4, 6, 2)),
    "SPK0521": a_lock_of_another,
    "SPK1020": a_reset_to_a_value,
    "SPK1020_no_room": a_reset_without_room,
    "SPK1024": lambda folder: a_reset_without_room(folder, "--allow-approximation"),
    "SPK1021": xylo(
        **{"in": port("Input", 4), "w": dense(3, 4), "n": cubali(3), "t": THRESHOLD, "out": port("Output", 3)}
    ),
    "SPK1022": xylo(
        **{"in": port("Input", 16), "w": dense(3, 16), "n": cuba(3, tau_syn=100.0), "out": port("Output", 3)}
    ),
    "SPK2020": xylo(**layers(64, 20, 4)),
    "SPK2021": wide(900, "xylo_audio3"),
    "SPK2022": xylo(**layers(4, 20, 33)),
    "SPK2023": wide(70, "xylo_audio2"),
    "SPK2024": wide(400, "xylo_audio3"),
    "SPK2025": xylo(**layers(4, 129, 4)),
    "SPK2026": xylo(**layers(4, 129, 4)),
    "SPK2027": first_and_last,
}
