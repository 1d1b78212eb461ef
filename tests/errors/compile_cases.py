"""SPK1xxx and SPK2xxx: what a chip cannot do, or not hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .netfiles import Node, chain, delay, li, lif, linear, port, small, weights, write
from .outputs import chip_file, compile_small
from .running import RANDOM, READING, Case, Words, compiled

IN, OUT, N = port("Input", 4), port("Output", 3), lif(3)
W, BACK = linear(weights(3, 4)), linear(weights(3, 3))


def in_a_row(*words: str, **nodes: Node) -> Case:
    return lambda folder: compiled(
        write(folder / "net.nir", *chain(**{"in": IN, **nodes, "out": OUT})), *words
    )


def a_loop_of_delays(folder: Path) -> Words:
    nodes = {"in": IN, "w": W, "b": BACK, "d": delay(3, 1.0), "n": N, "out": OUT}
    edges = [("in", "w"), ("w", "b"), ("b", "d"), ("d", "b"), ("d", "n"), ("n", "out")]
    return compiled(write(folder / "net.nir", nodes, edges))


def a_filter_in_a_loop(folder: Path) -> Words:
    """As a filter on feedback is exported: the neurons hear it beside the input."""
    nodes = {"in": IN, "w": W, "n": N, "back": BACK, "filter": li(3), "out": OUT}
    edges = [("in", "w"), ("w", "n"), ("n", "back"), ("back", "filter"), ("filter", "n"), ("n", "out")]
    return compiled(write(folder / "net.nir", nodes, edges))


def two_in_a_loop(folder: Path) -> Words:
    """On a chip whose spikes take two steps to another neuron."""
    nodes = {"in": IN, "w": W, "a": N, "there": BACK, "b": N, "back": BACK, "out": OUT}
    edges = [
        ("in", "w"),
        ("w", "a"),
        ("a", "there"),
        ("there", "b"),
        ("b", "back"),
        ("back", "a"),
        ("b", "out"),
    ]
    target = chip_file(folder, ("neuron_to_neuron = 1", "neuron_to_neuron = 2"))
    return compiled(write(folder / "net.nir", nodes, edges), "--target", target)


def seconds_for_years(folder: Path) -> Words:
    """A time step of which a weight is no float any more."""
    net = small(folder / "net.nir")
    return ("compile", net, "--dialect", "nir.euler", "--dt", "1e-200", *RANDOM, "-q", "-o", folder / "out")


def many_thresholds(folder: Path) -> Words:
    nodes = chain(in_=port("Input", 2), w=linear(np.full((3, 2), 1e8)), n=N, out=OUT)
    return compiled(write(folder / "net.nir", *nodes))


def heavy_input(*words: str) -> Case:
    nodes = chain(in_=port("Input", 3000), w=linear(np.ones((3, 3000))), n=N, out=OUT)
    return lambda folder: compiled(write(folder / "net.nir", *nodes), *words)


def real_numbers(folder: Path) -> Words:
    np.savez(folder / "s.npz", input=np.full((4, 1, 4), 0.5, np.float32))
    words = ("--stimulus", folder / "s.npz", "--no-host", "-q", "-o", folder / "out")
    return ("compile", small(folder / "net.nir"), *READING, *words)


def layer(folder: Path, weight: np.ndarray) -> Path:
    rows, columns = weight.shape
    nodes = chain(in_=port("Input", columns), w=linear(weight), n=lif(rows), out=port("Output", rows))
    return write(folder / "net.nir", *nodes)


def a_neuron_with_many_inputs(folder: Path) -> Words:
    """No two weights alike, on a chip whose cores have little memory."""
    target = chip_file(folder, ("synapse_memory_bits = 1048576", "synapse_memory_bits = 1800"))
    net = layer(folder, np.random.default_rng(0).normal(size=(3, 600)))
    return compiled(net, "--target", target)


def one_neuron_a_core(folder: Path) -> Words:
    target = chip_file(folder, ("cores_per_chip = 128", "cores_per_chip = 6"), ("rows = 8", "rows = 2"))
    return compiled(layer(folder, weights(10, 4)), "--max-neurons-per-core", "1", "--target", target)


def one_axon_a_core(folder: Path) -> Words:
    """Each neuron hears another input: how many share a core no bound knows before a placement is searched."""
    changes = ("cores_per_chip = 128", "cores_per_chip = 6"), ("rows = 8", "rows = 2")
    target = chip_file(folder, *changes, ("input_axons = 4096", "input_axons = 1"))
    return compiled(layer(folder, np.eye(10)), "--target", target)


def on_a_loihi2(*changes: tuple[str, str]) -> Case:
    """A layer of ten neurons on a chip whose cores are thought to hold less."""
    return lambda folder: compiled(
        layer(folder, weights(10, 4)), "--target", chip_file(folder, *changes, like="loihi2")
    )


def cuts_that_ask_for_finer_ones(folder: Path) -> Words:
    """101 neurons, each to each, on cores of 100 output slots: every cut asks for a finer one for a while."""
    nodes = {"in": port("Input", 1), "w": linear(np.ones((101, 1))), "n": lif(101),
             "back": linear(np.ones((101, 101))), "out": port("Output", 101)}  # fmt: skip
    edges = [("in", "w"), ("w", "n"), ("n", "back"), ("back", "n"), ("n", "out")]
    target = chip_file(folder, ("output_slots = 4096", "output_slots = 100"))
    return compiled(write(folder / "net.nir", nodes, edges), "--target", target)


def lock_of_another_version(folder: Path) -> Words:
    (folder / "lock.json").write_text('{"schema_version": 1}', encoding="utf-8")
    return compiled(small(folder / "net.nir"), "--lock", folder / "lock.json")


def lock_of_a_smaller_network(folder: Path, *, named: bool = True) -> Words:
    """OUT holds one population; now there are two."""
    compile_small(folder)
    nodes = chain(in_=IN, w=W, n=N, w2=BACK, more=N, out=OUT)
    net = write(folder / "net.nir", *nodes)
    return compiled(net, *(["--lock", folder / "out" / "placement.lock.json"] if named else []))


THRESHOLD: Node = {"type": "Threshold", "threshold": np.full(3, 0.5)}

CASES: dict[str, Case] = {
    "SPK0230": seconds_for_years,
    "SPK0230, of thresholds": many_thresholds,
    "SPK1001": in_a_row(w=W, n=N, t=THRESHOLD),
    "SPK1002": a_loop_of_delays,
    "SPK1003": in_a_row(w=W, n=N, d=delay(3, 100.0), w2=BACK, m=N),
    "SPK1004": in_a_row(w=W, n=li(3), w2=BACK, m=N),
    "SPK1004 loop": a_filter_in_a_loop,
    "SPK1005": two_in_a_loop,
    "SPK1006": heavy_input(),
    "SPK1006 on Loihi 2": heavy_input("--target", "loihi2"),
    "SPK1007": in_a_row("--host-prefix", "m", w=W, n=N, w2=BACK, m=N),
    "SPK1008": in_a_row("--host-prefix", "n", w=W, n=li(3)),
    "SPK1009": in_a_row("--host-prefix", "ghost", w=W, n=N),
    "SPK1023": in_a_row("--construct", "n=taps", w=W, n=N),
    "SPK1023, none of that name": in_a_row("--construct", "n=tap", w=W, n=N),
    "SPK1010": real_numbers,
    "SPK1010 asked": in_a_row("--host-prefix", "n", "--no-host", w=W, n=N, w2=BACK, m=N),
    "SPK1011": in_a_row("--host-prefix", "n", w=W, n=N),
    "SPK1011 of no neurons": in_a_row(w=W),
    "SPK2001": a_neuron_with_many_inputs,
    "SPK2003": one_axon_a_core,
    "SPK1003 on Loihi 2": in_a_row("--target", "loihi2", w=W, n=N, d=delay(3, 100.0), w2=BACK, m=N),
    "SPK1062": in_a_row("--target", "loihi2", w=W, n=N),
    "SPK1063": in_a_row("--target", "loihi2", w=W, n=lif(3, tau=np.array([2.0, 3.0, 4.0], np.float32))),
    "SPK2001 on Loihi 2": on_a_loihi2(("synapse_memory_bits = 1048576", "synapse_memory_bits = 64")),
    "SPK2003 on Loihi 2": on_a_loihi2(
        ("neurons = 8192", "neurons = 1"),
        ("cores_per_chip = 128", "cores_per_chip = 2"),
        ("rows = 8", "rows = 2"),
    ),
    "SPK2014": one_neuron_a_core,
    "SPK2005": in_a_row("--pin", "n=0", "--max-neurons-per-core", "2", w=W, n=N),
    "SPK2013": lock_of_another_version,
    "SPK2010 of another network": lambda folder: lock_of_a_smaller_network(folder, named=False),
    "SPK2011": lock_of_a_smaller_network,
}
