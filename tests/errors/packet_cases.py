"""SPK205x: what boards whose cores send each other packets cannot hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .layers_cases import fire
from .netfiles import chain, linear, port, write
from .outputs import chip_file
from .running import Case, Words, compiled


def few(folder: Path, what: str, many: str, few: str) -> Words:
    """Three layers of four neurons, two a core, on a chip with less of something."""
    nodes = {"in": port("Input", 4)}
    for k in range(3):
        nodes |= {f"w{k}": linear(0.25 * np.ones((4, 4))), f"n{k}": fire(4)}
    net = write(folder / "net.nir", *chain(**nodes, out=port("Output", 4)))
    target = chip_file(folder, (f"{what} = {many}", f"{what} = {few}"), like="spinnaker1")
    return compiled(net, "--target", target, "--max-neurons-per-core", "2")


def many_sources(folder: Path) -> Words:
    """One population that hears forty others, on a chip with fast memory for a list of thirty-odd."""
    nodes = {
        "in": port("Input", 2),
        "sum": linear(0.25 * np.ones((2, 2))),
        "n": fire(2),
        "out": port("Output", 2),
    }
    edges = [("sum", "n"), ("n", "out")]
    for k in range(40):
        nodes |= {f"w{k}": linear(0.25 * np.ones((2, 2))), f"n{k}": fire(2)}
        edges += [("in", f"w{k}"), (f"w{k}", f"n{k}"), (f"n{k}", "sum")]
    target = chip_file(folder, ("dtcm_bytes = 65536", "dtcm_bytes = 11300"), like="spinnaker1")
    return compiled(write(folder / "net.nir", nodes, edges), "--target", target)


CASES: dict[str, Case] = {
    "SPK2050": lambda folder: few(folder, "key_bits", "32", "7"),
    "SPK2051": lambda folder: few(folder, "router_entries", "1023", "1"),
    "SPK2052": many_sources,
}
