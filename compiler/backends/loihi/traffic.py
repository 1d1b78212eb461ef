"""Counts what each core sends and receives: packets in a step, averaged over the steps and samples of a run.

A spike is one packet for each output slot of its compartment, and one for each row of the host's table that an input
element has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....targets.configuration import Symbols
from ....targets.loihi1.content import CoreContent, InputRoutes
from ...ir.placement import Placement
from ...ir.report import CoreTraffic
from ..shared.packet_rates import as_packets


def packets(
    placement: Placement,
    symbols: Symbols,
    cores: Sequence[CoreContent],
    routes: InputRoutes,
    spikes: np.ndarray,
    events: np.ndarray,
) -> tuple[CoreTraffic, ...]:
    """Count packets a step of each core: `out`, `in` (from cores) and `from_host`.

    spikes: (T, B, N) of the machine. events: (n_inputs,) spikes a step of each input element."""
    number = {(core.chip, core.core): k for k, core in enumerate(cores)}
    rates = _rates(placement, symbols, spikes)
    totals = {name: np.zeros(len(cores)) for name in ("out", "in", "from_host")}
    for k, core in enumerate(cores):
        sent = rates[k][core.slot_compartment]
        totals["out"][k] = sent.sum()
        np.add.at(totals["in"], _numbers(number, core.slot_chip, core.slot_core), sent)
    np.add.at(totals["from_host"], _numbers(number, routes.chip, routes.core), events[routes.element])
    return as_packets(totals)


def _rates(placement: Placement, symbols: Symbols, spikes: np.ndarray) -> list[np.ndarray]:
    """Of each core, the spikes a step of its compartments."""
    mean = spikes.mean(axis=(0, 1), dtype=np.float64)
    index = {p.name: p.machine_index for p in symbols.populations}
    rates: list[list[np.ndarray]] = [[] for _ in range(placement.cores)]
    for piece in placement.slices:
        rates[piece.core].append(mean[index[piece.population][placement.neurons(piece)]])
    return [np.concatenate(parts) for parts in rates]


def _numbers(number: Mapping[tuple[int, int], int], chip: np.ndarray, core: np.ndarray) -> np.ndarray:
    """Numbers of cores in order of use, from their places."""
    pairs, inverse = np.unique(np.stack((chip, core)), axis=1, return_inverse=True)
    listed = [number[c, k] for c, k in pairs.T.tolist()]
    return np.asarray(listed, dtype=np.int64)[inverse.reshape(-1)]
