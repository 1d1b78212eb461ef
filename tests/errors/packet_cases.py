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


CASES: dict[str, Case] = {
    "SPK2050": lambda folder: few(folder, "key_bits", "32", "7"),
    "SPK2051": lambda folder: few(folder, "router_entries", "1023", "1"),
}
