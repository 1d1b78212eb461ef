"""Puts a float network on a chip's clock: lags from `retime`, then of every population what reaches it when."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...targets.chip import Chip
from ..ir.network import Network, Population
from ..ir.timed_network import TimedLink, TimedNetwork, TimedPopulation
from .constants import add_from
from .retime import Retimed, hop_steps, retime


def on_chip_clock(network: Network, chip: Chip, slower: Mapping[str, int] | None = None) -> TimedNetwork:
    """Time a network by a chip's latencies. slower: population -> steps that its spikes take at least, where those are
    more than the chip's.

    Raises DiagnosticError: SPK1003 where spikes would have to be held back longer than the chip can."""
    retimed = retime(network, chip, slower)
    return TimedNetwork(
        network=network,
        populations={
            name: _population(network, network.populations[name], retimed, chip)
            for name in sorted(network.populations)
        },
        lengthened=retimed.extra,
        diagnostics=retimed.diagnostics,
    )


def _population(network: Network, population: Population, retimed: Retimed, chip: Chip) -> TimedPopulation:
    name, lag = population.name, retimed.lag[population.name]
    links: list[TimedLink] = []
    constants: dict[int, np.ndarray] = {}
    for p in network.into(name):
        hop = hop_steps(network, p, chip)
        links += [
            TimedLink(
                source=p.pre,
                from_input=p.pre in network.inputs,
                weights=p.taps[delay],
                hop_steps=hop,
                held_steps=retimed.held_steps(p, delay, hop),
                path=p.path,
            )
            for delay in sorted(p.taps)
        ]
        for delay in sorted(p.bias):
            add_from(constants, lag + delay, p.bias[delay])
    return TimedPopulation(
        name=name,
        shape=population.shape,
        neuron=population.neuron,
        lag_steps=lag,
        links=tuple(links),
        constants=constants,
    )
