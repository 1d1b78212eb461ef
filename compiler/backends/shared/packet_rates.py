"""Rates of packets: spikes a step of input elements, and the traffic table of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.synapse_list import Machine

DIGITS = 6
"""Significant digits of a rate in the report."""


def multicast(
    machine: Machine, cores: Sequence[int], spikes: np.ndarray, events: np.ndarray
) -> list[dict[str, float]]:
    """Of each core, `out`, `in` (from cores) and `from_host`, where a spike is one packet to each core that has a
    synapse of it.

    cores: numbers in `machine.core`, in the order of the result. spikes: (T, B, N) of the machine. events: (n_inputs,)
    spikes a step of each input element."""
    rate = np.concatenate([spikes.mean(axis=(0, 1), dtype=np.float64), events])
    turn = np.zeros(max(cores, default=0) + 1, dtype=np.int64)
    turn[list(cores)] = np.arange(len(cores))
    core = turn[machine.core]
    ways = np.unique(np.stack([machine.syn_source, core[machine.syn_post]]), axis=1)
    source, to = ways
    inner = source < machine.n_neurons
    totals = {name: np.zeros(len(cores)) for name in ("out", "in", "from_host")}
    np.add.at(totals["out"], core[source[inner]], rate[source[inner]])
    np.add.at(totals["in"], to[inner], rate[source[inner]])
    np.add.at(totals["from_host"], to[~inner], rate[source[~inner]])
    return as_packets(totals)


def as_packets(totals: Mapping[str, np.ndarray]) -> list[dict[str, float]]:
    """Turn columns of packet rates into the report's list of one record per core.

    totals: name -> (cores,) packets a step; rounded to `DIGITS` significant digits."""
    columns = {
        name: [float(f"{value:.{DIGITS}g}") for value in total.tolist()] for name, total in totals.items()
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def input_rates(symbols: Symbols, inputs: Mapping[str, np.ndarray], steps: int) -> np.ndarray:
    """Average the spikes of each input element over a run: (n_inputs,) float64 spikes a step over `steps` chip steps.

    inputs: port -> (T, B, ...) of 0 and 1; constant ports spike from their onset on."""
    rates = np.zeros(max((p.first + p.size for p in symbols.inputs), default=0))
    for port in symbols.inputs:
        place = slice(port.first, port.first + port.size)
        if port.constant:
            rates[place] = max(0, steps - port.onset_step) / steps
        else:
            values = inputs[port.name]
            rates[place] = values.reshape(*values.shape[:2], -1).mean(axis=1, dtype=np.float64).sum(0) / steps
    return rates
