"""Recorded RANC grids as machines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
from spikec.targets.machines.crossbar_grid import GridCore, GridMachine
from spikec.targets.ranc.model import RancChip

from ..shipped import revision
from .recordings import recordings

PARAMETERS = {
    "initial_potential": "v0",
    "leak": "leak",
    "negative_threshold": "nth",
    "positive_threshold": "vth",
    "reset_mode": "mode",
    "reset_potential": "vreset",
}


def files(folder: Path) -> list[Path]:
    """Recordings of a grid of cores."""
    return recordings(folder, "core_xy", "packet_words")


def chip(recorded: Mapping[str, np.ndarray]) -> RancChip:
    """The revision with the sizes that the grid was built with."""
    base = revision("ranc")
    core = msgspec.structs.replace(
        base.core,
        axons=int(recorded["num_axons"]),
        neurons=int(recorded["num_neurons"]),
        slots=int(recorded["num_ticks"]),
    )
    grid = msgspec.structs.replace(base.grid, dimension=int(recorded["max_dimension"]))
    assert base.bits.potential == int(recorded["width"])
    return msgspec.structs.replace(base, core=core, grid=grid)


def machine(recorded: Mapping[str, np.ndarray]) -> GridMachine:
    """Each packet is an input element of its own: it says in which step the host sends it, and nothing else does."""
    columns, rows = (int(size) for size in recorded["grid"])
    axons = int(recorded["num_axons"])

    def long(name: str, k: int) -> np.ndarray:
        return recorded[name][k].astype(np.int64)

    cores = [
        GridCore(
            x=int(x),
            y=int(y),
            axon_type=long("axon_type", k),
            connected=np.unpackbits(recorded["conn_packbits"][k], axis=1)[:, :axons].astype(np.bool_),
            weights=long("weights", k),
            params={ours: long(theirs, k) for ours, theirs in PARAMETERS.items()},
            dx=long("dx", k),
            dy=long("dy", k),
            axon=long("axon", k),
            delay=long("tick", k),
        )
        for k, (x, y) in enumerate(recorded["core_xy"])
    ]
    places = recorded["packets_t_x_y_axon_d"][:, 1:].astype(np.int64)
    element = np.arange(len(places))[:, None]
    output = recorded["output_core"]
    return GridMachine(
        columns=columns,
        rows=rows,
        output=(int(output[0]), int(output[1])),
        n_outputs=axons,
        cores=tuple(sorted(cores, key=lambda core: (core.y, core.x))),
        n_inputs=len(places),
        inputs=np.concatenate([element, places], axis=1),
    )


def events(recorded: Mapping[str, np.ndarray]) -> np.ndarray:
    """(steps, 1, packets) uint8."""
    at = recorded["packets_t_x_y_axon_d"][:, 0].astype(np.int64)
    found = np.zeros((int(recorded["steps"]), 1, len(at)), dtype=np.uint8)
    found[at, 0, np.arange(len(at))] = 1
    return found


def potentials(recorded: Mapping[str, np.ndarray]) -> np.ndarray:
    """(steps, neurons), cores in the order of the machine."""
    order = sorted(range(len(recorded["core_xy"])), key=lambda k: tuple(recorded["core_xy"][k][::-1]))
    return recorded["v_after_tick"][:, order].reshape(int(recorded["steps"]), -1)


def rows(recorded: Mapping[str, np.ndarray]) -> dict[tuple[int, int], np.ndarray]:
    """Core x, y -> (neurons, bits) uint8."""
    bits = int(recorded["csram_row_bits"])
    words = np.unpackbits(recorded["csram_rows_msb_first_packbits"], axis=2)[:, :, :bits]
    return {(int(x), int(y)): words[k] for k, (x, y) in enumerate(recorded["core_xy"])}
