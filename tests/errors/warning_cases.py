"""Warnings and required figures: compiles that end well, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .netfiles import chain, delay, lif, linear, port, small, weights, write
from .running import READING, Case, Words

IN, OUT = port("Input", 4), port("Output", 3)
FIRES = np.ones((8, 1, 4), np.uint8)


def on(folder: Path, net: Path, stimulus: np.ndarray, *words: str) -> Words:
    """`spikec compile` of a network on a stimulus."""
    np.savez(folder / "s.npz", input=stimulus)
    target = () if "--target" in words else ("--target", "loihi1")
    return (
        "compile",
        net,
        *READING,
        "--stimulus",
        folder / "s.npz",
        *target,
        *words,
        "-q",
        "-o",
        folder / "out",
    )


def of(stimulus: np.ndarray, *words: str) -> Case:
    return lambda folder: on(folder, small(folder / "net.nir"), stimulus, *words)


def leaks_faster_than_dt(folder: Path) -> Words:
    net = small(folder / "net.nir", n=lif(3, tau=np.array([2.0, 0.8, 0.5], np.float32)))
    return on(folder, net, FIRES)


def delays_between_steps(folder: Path) -> Words:
    late = {**delay(3, 1.0), "delay": np.array([0.4, 1.5, 2.0], np.float32)}
    nodes = chain(**{"in": IN, "w": linear(weights(3, 4)), "d": late, "n": lif(3), "out": OUT})
    return on(folder, write(folder / "net.nir", *nodes), FIRES)


def a_first_layer_for_the_host(stimulus: np.ndarray) -> Case:
    def case(folder: Path) -> Words:
        w, w2 = linear(weights(3, 4)), linear(weights(3, 3))
        nodes = chain(**{"in": IN, "w": w, "a": lif(3), "w2": w2, "b": lif(3), "out": OUT})
        return on(folder, write(folder / "net.nir", *nodes), stimulus)

    return case


def sums_that_wrap(folder: Path) -> Words:
    """Weights of 40 thresholds, 60 of them at once."""
    fire = {"type": "IF", "r": np.ones(3, np.float32), "v_threshold": np.ones(3, np.float32),
            "v_reset": np.zeros(3, np.float32)}  # fmt: skip
    matrix = np.where(np.arange(60) % 2, 40.0, 1.0) * np.ones((3, 60))
    nodes = chain(**{"in": port("Input", 60), "w": linear(matrix), "n": fire, "out": OUT})
    net = write(folder / "net.nir", *nodes)
    return on(
        folder, net, np.ones((8, 1, 60), np.uint8), "--target", "ranc", "--dialect-option", "reset=subtract"
    )


def weak(folder: Path) -> Words:
    """No weight reaches a threshold."""
    nodes = chain(**{"in": IN, "w": linear(np.full((3, 4), 0.01)), "n": lif(3), "out": OUT})
    return on(folder, write(folder / "net.nir", *nodes), FIRES)


def an_outlier(weight: float, once: bool) -> Case:
    """One large weight sets the scale: all others round to 0.

    once: its input spikes in the first step of 100, and never again; what it did is seen long after, so that a smaller
    one would be another network."""

    def case(folder: Path) -> Words:
        matrix = np.full((3, 4), 0.2)
        matrix[0, 0] = weight
        still = {"type": "IF", "r": np.ones(3, np.float32), "v_threshold": np.ones(3, np.float32),
                 "v_reset": np.zeros(3, np.float32)}  # fmt: skip
        nodes = chain(**{"in": IN, "w": linear(matrix), "n": still, "out": OUT})
        stimulus = np.ones((100, 1, 4), np.uint8)
        stimulus[1:, :, 0] = not once
        words = ("--target", "speck2f", *(("--dialect-option", "reset=subtract") if once else ()))
        return on(folder, write(folder / "net.nir", *nodes), stimulus, *words)

    return case


def shows_values(folder: Path) -> Words:
    nodes = chain(
        **{"in": IN, "w": linear(weights(3, 4)), "n": lif(3), "v": linear(weights(3, 3)), "out": OUT}
    )
    return on(
        folder,
        write(folder / "net.nir", *nodes),
        FIRES,
        "--require",
        "f1=0.1",
    )


def several_spikes_as_one(folder: Path) -> Words:
    nodes = chain(**{"in": IN, "w": linear(np.full((3, 4), 2.0)), "n": lif(3), "out": OUT})
    reading = ("--dialect-option", "reset=subtract", "--dialect-option", "multi=9")
    return on(folder, write(folder / "net.nir", *nodes), FIRES, *reading, "--max-levels", "1")


CASES: dict[str, Case] = {
    "SPK0312": leaks_faster_than_dt,
    "SPK0313": delays_between_steps,
    "SPK0421": of(FIRES * 0),
    "SPK1013": an_outlier(60.0, once=False),
    "SPK1012, fractions": a_first_layer_for_the_host(FIRES * 0.5),
    "SPK1012, negative": a_first_layer_for_the_host(FIRES * np.array([2.0, 2.0, 2.0, -1.0])),
    "SPK4201": of(FIRES, "--weight-bits", "2", "--require", "f1=1"),
    "SPK4202, values": shows_values,
    "SPK4202, silence": of(FIRES * 0, "--require", "f1=0.5"),
    "SPK4210": weak,
    "SPK4210, strict": lambda folder: (*weak(folder), "--strict"),
    "SPK4211": an_outlier(-60.0, once=True),
    "SPK4212": an_outlier(60.0, once=True),
    "SPK4213": sums_that_wrap,
    "SPK4214": an_outlier(60.0, once=True),
    "SPK4215": several_spikes_as_one,
}
