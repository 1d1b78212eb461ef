"""Counts what each core sends and receives: packets in a step, averaged over the steps and samples of a run."""

from __future__ import annotations

import numpy as np

from ....targets.machines.crossbar_grid import GridMachine
from ...ir.report import CoreTraffic
from ..shared.packet_rates import as_packets


def packets(
    machine: GridMachine, sites: tuple[int, ...], spikes: np.ndarray, events: np.ndarray
) -> tuple[CoreTraffic, ...]:
    """Count packets a step of the core at each site: `out`, `in` (from cores) and `from_host`.

    spikes: (T, B, N) of the machine. events: (n_inputs,) spikes a step of each input element."""
    mean = spikes.mean(axis=(0, 1), dtype=np.float64)
    number, _, _ = machine.targets()
    own = np.repeat(np.arange(len(machine.cores)), [core.n_neurons for core in machine.cores])
    totals = {name: np.zeros(len(machine.cores)) for name in ("out", "in", "from_host")}
    np.add.at(totals["out"], own, mean)
    np.add.at(totals["in"], number[number >= 0], mean[number >= 0])
    entering = machine.core_numbers(machine.inputs[:, 1], machine.inputs[:, 2])
    np.add.at(totals["from_host"], entering, events[machine.inputs[:, 0]])
    at = {core.x + core.y * machine.columns: k for k, core in enumerate(machine.cores)}
    chosen = [at[site] for site in sites]
    return as_packets({name: total[chosen] for name, total in totals.items()})
