"""Computes where the outputs of a core go in an input buffer, and along which places folded neurons walk."""

from __future__ import annotations

import numpy as np

from .configuration import Core
from .frames import SLOT_BITS, Route
from .memory import neurons_of
from .routes import Position, reached

FOLDED = ("axon", "skew")


def walked(record: np.void, what: str) -> np.ndarray:
    """(n,) int64: the offset of each folded neuron of a record, of its address (`axon`) or of what it reads (`skew`),
    in bits; one that is not folded has offset 0."""
    if not record["fold"]:
        return np.zeros(1, dtype=np.int64)
    i = np.arange(int(record["fold_number"]))
    rows = i // max(1, int(record["fold_range_y"]))
    planes = rows // max(1, int(record["fold_range_x"]))
    along = ((i - rows, "y"), (rows - planes, "x"), (planes, "z"))
    return np.sum([steps * int(record[f"fold_{what}_{axis}"]) for steps, axis in along], axis=0)


def sent_to(core: Core) -> np.ndarray:
    """(N,) int64: the bit address to which each neuron of a core sends its value, relative to the slot of its own
    step; for a potential that of its lowest byte."""
    first = core.records["tick_relative"] * SLOT_BITS + core.records["axon"]
    parts = [first[k] + walked(record, "axon") for k, record in enumerate(core.records)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def first_neurons(core: Core) -> np.ndarray:
    """(R + 1,) int64: number of the first neuron of each record within its core, then how many there are."""
    return np.concatenate([[0], np.cumsum(neurons_of(core.records))])


def route_of(record: np.void) -> Route:
    """The route of what a record sends."""
    return Route(**{name: int(record[name]) for name in Route._fields})


def routes_of(core: Core) -> tuple[list[Route], np.ndarray]:
    """The routes that records of a core have, in ascending order, and (R,) int64 which of them each has."""
    columns = np.stack([core.records[name] for name in Route._fields], axis=1)
    found, which = np.unique(columns, axis=0, return_inverse=True)
    return [Route(*row) for row in found.tolist()], which.reshape(-1)


def hears(core: Core, position: Position) -> np.ndarray:
    """(R,) bool: whether what each record sends comes to a position."""
    routes, which = routes_of(core)
    comes = [position in reached((core.x, core.y), route) for route in routes]
    return np.array(comes, dtype=np.bool_)[which]
