"""Record of a network that was written as a graph: how it is read, and where its populations are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...sim.dialect.dialect import Dialect
from ...sim.nir.raw_graph import RawGraph


@dataclass(frozen=True, kw_only=True)
class Written:
    """nodes, states: population -> the NIR path whose spikes, and whose membranes, are its. origins: population -> (n,)
    membrane of the file where the chip's is 0. whole: it takes the file's own stimulus; else what the host sends to the
    chip, an Input for each port of the chip, by `node_name`."""

    graph: RawGraph
    dialect: Dialect
    nodes: Mapping[str, str]
    states: Mapping[str, str]
    origins: Mapping[str, np.ndarray]
    whole: bool


def node_name(path: str) -> str:
    """A NIR path as the name of one node: HDF5 would split it at `/`."""
    return path.replace("%", "%25").replace("/", "%2F")
