"""Joins what a chip holds to the float network that it computes: weights and delays by population, in its units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ....targets.chip import Latency
from ....targets.configuration import PopulationSymbols, Symbols
from ....targets.machines.synapse_list import Machine
from ...ir.network import Network, Neuron, Projection
from ...ir.on_chip import LeftOut

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Constants = Mapping[str, Mapping[int, np.ndarray]]
"""Population -> float step from which on it arrives -> (n,) what arrives in every step."""


@dataclass(frozen=True, kw_only=True)
class FloatSynapses:
    """Synapses between two populations, or from an input. rows (post), cols (pre): (k,) int64. weights: (k,) float64 in
    the network's unit; those of one pair and delay add up. delay_steps: (k,) int64, float steps from a spike to the sum
    that it enters."""

    pre: str
    post: str
    rows: np.ndarray
    cols: np.ndarray
    weights: np.ndarray
    delay_steps: np.ndarray


def network_on_chip(
    network: Network, neurons: Mapping[str, Neuron], synapses: Iterable[FloatSynapses], constants: Constants
) -> Network:
    """The float network with the neurons, synapses and constants of a chip.

    Raises ValueError for synapses between what the network does not join."""
    parts: dict[tuple[str, str], list[FloatSynapses]] = {}
    for s in synapses:
        parts.setdefault((s.pre, s.post), []).append(s)
    projections: list[Projection] = []
    told: set[str] = set()
    for p in network.projections:
        if p.post not in network.populations:
            projections.append(p)
            continue
        bias = {} if p.post in told else dict(constants.get(p.post, {}))
        told.add(p.post)
        taps = _taps(p, parts.pop((p.pre, p.post), []))
        projections.append(replace(p, taps=taps, bias={k: v for k, v in sorted(bias.items()) if v.any()}))
    if parts:
        raise ValueError(f"the chip joins {sorted(parts)}, and the network does not")
    populations = {
        name: replace(population, neuron=neurons[name])
        for name, population in sorted(network.populations.items())
    }
    return replace(network, populations=populations, projections=tuple(projections))


def _taps(p: Projection, parts: list[FloatSynapses]) -> dict[int, csr_array]:
    """The matrices of a projection by delay; an empty one where no weight is left."""
    from scipy import sparse

    first = min(p.taps)
    shape = p.taps[first].shape
    taps: dict[int, csr_array] = {}
    if parts:
        rows, cols, weights, delays = (
            np.concatenate([getattr(s, name) for s in parts])
            for name in ("rows", "cols", "weights", "delay_steps")
        )
        for delay in np.unique(delays):
            mine = delays == delay
            matrix = sparse.csr_array((weights[mine], (rows[mine], cols[mine])), shape=shape)
            matrix.sum_duplicates()
            matrix.eliminate_zeros()
            taps[int(delay)] = matrix
    return taps or {first: sparse.csr_array(shape)}


def machine_on_chip(
    machine: Machine, symbols: Symbols, latency: Latency, steps: Mapping[str, np.ndarray], shift: int = 0
) -> tuple[list[FloatSynapses], dict[str, dict[int, np.ndarray]]]:
    """The synapses and constants of a machine of single synapses, its hop latencies and lags taken out again.

    steps: population -> (n,) one integer of the membrane in the network's unit. shift: of a weight before it is added.
    Constants that the host drives start at the float step of their first arrival, which may be below 0."""
    ends = _Ends(machine, symbols)
    lags = {p.name: p.lag_steps for p in symbols.populations}
    hops = np.where(machine.syn_source < machine.n_neurons, latency.neuron_to_neuron, latency.input_to_neuron)
    arrives = machine.syn_delay + hops
    synapses: list[FloatSynapses] = []
    constants: dict[str, dict[int, np.ndarray]] = {}
    for post in symbols.populations:
        into = ends.into(post)
        for name, lag, onset, chosen in ends.sources(into, lags):
            rows, cols = ends.places(chosen)
            weights = steps[post.name][rows] * (machine.syn_weight[chosen].astype(np.float64) * (1 << shift))
            delays = arrives[chosen] + lag - post.lag_steps
            if onset is None:
                synapses.append(
                    FloatSynapses(
                        pre=name, post=post.name, rows=rows, cols=cols, weights=weights, delay_steps=delays
                    )
                )
                continue
            late = constants.setdefault(post.name, {})
            for delay in np.unique(delays):
                mine, step = delays == delay, int(delay) + onset
                total = np.bincount(rows[mine], weights[mine], post.machine_index.size)
                late[step] = late.get(step, np.zeros(total.size)) + total
    return synapses, constants


class _Ends:
    """Synapses by the populations and ports at their two ends."""

    def __init__(self, machine: Machine, symbols: Symbols) -> None:
        n = machine.n_neurons
        self.machine, self.symbols = machine, symbols
        self.group = np.full(n + machine.n_inputs, -1, dtype=np.int64)
        self.place = np.zeros(n + machine.n_inputs, dtype=np.int64)
        for k, population in enumerate(symbols.populations):
            self.group[population.machine_index] = k
            self.place[population.machine_index] = np.arange(population.machine_index.size)
        for k, port in enumerate(symbols.inputs):
            elements = slice(n + port.first, n + port.first + port.size)
            self.group[elements] = len(symbols.populations) + k
            self.place[elements] = np.arange(port.size)

    def into(self, post: PopulationSymbols) -> np.ndarray:
        """(k,) indices of the synapses onto `post`."""
        index = next(k for k, p in enumerate(self.symbols.populations) if p.name == post.name)
        return np.flatnonzero(self.group[self.machine.syn_post] == index)

    def sources(
        self, synapses: np.ndarray, lags: Mapping[str, int]
    ) -> list[tuple[str, int, int | None, np.ndarray]]:
        """(name, lag, onset of a constant port or None, its synapses) of every source."""
        listed: list[tuple[str, int, int | None, np.ndarray]] = []
        groups = self.group[self.machine.syn_source[synapses]]
        for k in np.unique(groups):
            chosen = synapses[groups == k]
            if k < len(self.symbols.populations):
                name = self.symbols.populations[k].name
                listed.append((name, lags[name], None, chosen))
            else:
                port = self.symbols.inputs[k - len(self.symbols.populations)]
                listed.append((port.name, 0, port.onset_step if port.constant else None, chosen))
        return listed

    def places(self, synapses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k,) neurons, and elements of the sources."""
        return self.place[self.machine.syn_post[synapses]], self.place[self.machine.syn_source[synapses]]


def from_network_start(
    constants: Mapping[str, Mapping[int, np.ndarray]],
) -> tuple[dict[str, dict[int, np.ndarray]], list[str]]:
    """What starts before the network's first step starts with it. The constants, and the populations of these."""
    moved: dict[str, dict[int, np.ndarray]] = {}
    early: list[str] = []
    for name in sorted(constants):
        mine = moved.setdefault(name, {})
        for step, vector in sorted(constants[name].items()):
            mine[max(step, 0)] = mine.get(max(step, 0), np.zeros(vector.size)) + vector
        if any(step < 0 and vector.any() for step, vector in constants[name].items()):
            early.append(name)
    return moved, early


def constants_that_start_early(names: Sequence[str], title: str) -> list[LeftOut]:
    """What is left out of a file where constants act before the network's first step. names: their populations."""
    if not names:
        return []
    return [
        LeftOut(
            where=", ".join(names),
            chip=f"a constant acts on {title} before the network's first step",
            file="in the file it starts with that step",
        )
    ]
