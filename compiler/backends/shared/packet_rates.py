"""Rates of packets: spikes a step of input elements, and the traffic table of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.synapse_list import Machine
from ...ir.report import CoreTraffic

DIGITS = 6
"""Significant digits of a rate in the report."""
DIRECTIONS = ("out", "in", "from_host")


def multicast(
    machine: Machine, cores: Sequence[int], spikes: np.ndarray, events: np.ndarray
) -> tuple[CoreTraffic, ...]:
    """Of each core, `out`, `in` (from cores) and `from_host`, where a spike is one packet to each core that has a
    synapse of it.

    cores: numbers in `machine.core`, in the order of the result. spikes: (T, B, N) of the machine. events: (n_inputs,)
    spikes a step of each input element."""
    rate = np.concatenate([spikes.mean(axis=(0, 1), dtype=np.float64), events])
    turn = np.zeros(max(cores, default=0) + 1, dtype=np.int64)
    turn[list(cores)] = np.arange(len(cores))
    core = turn[machine.core]
    source, to = _ways(machine, core, len(cores))
    inner = source < machine.n_neurons
    totals = {name: np.zeros(len(cores)) for name in DIRECTIONS}
    np.add.at(totals["out"], core[source[inner]], rate[source[inner]])
    np.add.at(totals["in"], to[inner], rate[source[inner]])
    np.add.at(totals["from_host"], to[~inner], rate[source[~inner]])
    return as_packets(totals)


def _ways(machine: Machine, core: np.ndarray, n_cores: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a source and a core that has a synapse of it, each once: (k,) int64 each. core: (N,) of each neuron."""
    found = [np.zeros(0, dtype=np.int64)]
    for part in machine.synapses.parts():
        synapses = machine.synapses.flat(part)
        way = synapses.source * np.int64(n_cores) + core[synapses.post]
        # Neurons of a row go by cores: most ways are the one before.
        found.append(np.unique(way[np.flatnonzero(np.diff(way, prepend=-1))]))
    source, to = np.divmod(np.unique(np.concatenate(found)), max(n_cores, 1))
    return source, to


def as_packets(totals: Mapping[str, np.ndarray]) -> tuple[CoreTraffic, ...]:
    """Turn columns of packet rates into one record a core.

    totals: `out`, `in` and `from_host` -> (cores,) packets a step; rounded to `DIGITS` significant digits."""
    columns = ([float(f"{value:.{DIGITS}g}") for value in totals[name].tolist()] for name in DIRECTIONS)
    return tuple(
        CoreTraffic(out=out, from_cores=from_cores, from_host=from_host)
        for out, from_cores, from_host in zip(*columns, strict=True)
    )


def input_rates(symbols: Symbols, inputs: Mapping[str, np.ndarray], steps: int) -> np.ndarray:
    """Average the spikes of each input element over a run: (n_inputs,) float64 spikes a step over `steps` chip steps.

    inputs: port -> (T, B, ...) of 0 and 1; constant ports spike from their onset on, or once."""
    rates = np.zeros(max((p.first + p.size for p in symbols.inputs), default=0))
    for port in symbols.inputs:
        place = slice(port.first, port.first + port.size)
        if port.constant:
            left = max(0, steps - port.onset_step)
            rates[place] = (min(1, left) if port.once else left) / steps
        else:
            values = inputs[port.name]
            rates[place] = values.reshape(*values.shape[:2], -1).mean(axis=1, dtype=np.float64).sum(0) / steps
    return rates
