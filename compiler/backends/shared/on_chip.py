"""Joins what a chip holds to the float network that it computes: weights and delays by population, in its units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error
from ....sim.nir.path import shown, stored_at
from ....targets.chip import Latency
from ....targets.configuration import Symbols
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import PART, Flat
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

    Raises DiagnosticError: SPK3011 for synapses between what the network does not join."""
    parts: dict[tuple[str, str], dict[int, csr_array]] = {}
    sizes = {name: p.size for name, p in network.populations.items()}
    sizes |= {name: int(np.prod(shape)) for name, shape in network.inputs.items()}
    for s in synapses:
        if not s.rows.size:
            continue
        taps = parts.setdefault((s.pre, s.post), {})
        for delay, matrix in _matrices(s, (sizes[s.post], sizes[s.pre])):
            taps[delay] = taps[delay] + matrix if delay in taps else matrix
    projections: list[Projection] = []
    told: set[str] = set()
    for p in network.projections:
        if p.post not in network.populations:
            projections.append(p)
            continue
        bias = {} if p.post in told else dict(constants.get(p.post, {}))
        told.add(p.post)
        taps = _taps(p, parts.pop((p.pre, p.post), {}))
        projections.append(replace(p, taps=taps, bias={k: v for k, v in sorted(bias.items()) if v.any()}))
    if parts:
        raise DiagnosticError(tuple(_not_joined(pre, post) for pre, post in sorted(parts)))
    populations = {
        name: replace(population, neuron=neurons[name])
        for name, population in sorted(network.populations.items())
    }
    return replace(network, populations=populations, projections=tuple(projections))


def _not_joined(pre: str, post: str) -> Diagnostic:
    """Of a construct whose synapses do more than take a threshold off in the step after a spike."""
    text = f"the chip's synapses from {shown(pre)} to {shown(post)} stand for a reset; the network has none there"
    hint = "compile with --native-reset to export, or take the quantised weights from quantized.npz"
    return error("SPK3011", text, where=stored_at(post), hint=hint)


def _matrices(synapses: FloatSynapses, shape: tuple[int, int]) -> Iterator[tuple[int, csr_array]]:
    """The delays of synapses, and a matrix of those of each."""
    from scipy import sparse

    for delay in np.unique(synapses.delay_steps).tolist():
        mine = synapses.delay_steps == delay
        chosen = slice(None) if mine.all() else mine
        ends = synapses.rows[chosen], synapses.cols[chosen]
        matrix = sparse.csr_array((synapses.weights[chosen], ends), shape=shape)
        matrix.sum_duplicates()
        yield delay, matrix


def _taps(p: Projection, parts: Mapping[int, csr_array]) -> dict[int, csr_array]:
    """The matrices of a projection by delay; an empty one where no weight is left."""
    from scipy import sparse

    first = min(p.taps)
    for matrix in parts.values():
        matrix.eliminate_zeros()
    return dict(sorted(parts.items())) or {first: sparse.csr_array(p.taps[first].shape)}


def machine_on_chip(
    machine: Machine, symbols: Symbols, latency: Latency, steps: Mapping[str, np.ndarray], shift: int = 0
) -> tuple[Iterator[FloatSynapses], dict[str, dict[int, np.ndarray]]]:
    """The synapses and constants of a machine of single synapses, its hop latencies and lags taken out again.

    steps: population -> (n,) one integer of the membrane in the network's unit. shift: of a weight before it is added.
    Constants that the host drives start at the float step of their first arrival, which may be below 0; what it sends
    once is left out: see `starts_on_chip`. Synapses come one source after the other, and are made as they are asked
    for."""
    ends = _Ends(machine, symbols)
    constants: dict[str, dict[int, np.ndarray]] = {}
    driven = [port for port in symbols.inputs if port.constant and not port.once]
    for port in driven:
        for s in ends.synapses_of(port.name, 0, latency.input_to_neuron, steps, shift):
            late = constants.setdefault(s.post, {})
            for delay in np.unique(s.delay_steps).tolist():
                mine, step = s.delay_steps == delay, delay + port.onset_step
                total = np.bincount(s.rows[mine], s.weights[mine], steps[s.post].size)
                late[step] = late.get(step, np.zeros(total.size)) + total
    return _synapses(ends, latency, steps, shift), constants


def starts_on_chip(
    machine: Machine, symbols: Symbols, latency: Latency, steps: Mapping[str, np.ndarray], shift: int = 0
) -> dict[str, np.ndarray]:
    """Population -> (n,) what the host's pulses bring in its own first step, as `machine_on_chip`."""
    ends, found = _Ends(machine, symbols), dict[str, np.ndarray]()
    for port in symbols.inputs:
        for s in ends.synapses_of(port.name, 0, latency.input_to_neuron, steps, shift) if port.once else ():
            mine = s.delay_steps + port.onset_step == 0
            total = np.bincount(s.rows[mine], s.weights[mine], steps[s.post].size)
            found[s.post] = found.get(s.post, np.zeros(total.size)) + total
    return found


def _synapses(
    ends: _Ends, latency: Latency, steps: Mapping[str, np.ndarray], shift: int
) -> Iterator[FloatSynapses]:
    for p in ends.symbols.populations:
        yield from ends.synapses_of(p.name, p.lag_steps, latency.neuron_to_neuron, steps, shift)
    for port in ends.symbols.inputs:
        if not port.constant:
            yield from ends.synapses_of(port.name, 0, latency.input_to_neuron, steps, shift)


class _Ends:
    """Synapses by the populations and ports at their two ends."""

    def __init__(self, machine: Machine, symbols: Symbols) -> None:
        n = machine.n_neurons
        self.rows, self.symbols = machine.synapses, symbols
        self.group = np.full(n, -1, dtype=np.int32)
        self.place = np.zeros(n + machine.n_inputs, dtype=np.int32)
        self.elements: dict[str, np.ndarray] = {}
        for k, population in enumerate(symbols.populations):
            self.group[population.machine_index] = k
            self.elements[population.name] = population.machine_index
        for port in symbols.inputs:
            self.elements[port.name] = n + port.first + np.arange(port.size)
        for numbers in self.elements.values():
            self.place[numbers] = np.arange(numbers.size)

    def synapses_of(
        self, pre: str, lag: int, hop: int, steps: Mapping[str, np.ndarray], shift: int
    ) -> Iterator[FloatSynapses]:
        """The synapses of a population or port onto each population. hop: chip steps to a neuron."""
        own = np.zeros(self.place.size, dtype=np.bool_)
        own[self.elements[pre]] = True
        axons = np.flatnonzero(own[self.rows.source])
        parts: dict[int, list[Flat]] = {}
        share = np.cumsum(self.rows.lengths[axons]) // PART
        for chosen in np.split(axons, np.flatnonzero(np.diff(share)) + 1):
            found = self.rows.flat(chosen)
            group = self.group[found.post]
            for k in np.unique(group[group >= 0]).tolist():
                mine = slice(None) if bool((group == k).all()) else group == k
                parts.setdefault(k, []).append(Flat(*(column[mine] for column in found)))
        for k in sorted(parts):
            post = self.symbols.populations[k]
            source, onto, weight, delay, _ = (
                np.concatenate(column) for column in zip(*parts.pop(k), strict=True)
            )
            rows = self.place[onto]
            yield FloatSynapses(
                pre=pre,
                post=post.name,
                rows=rows,
                cols=self.place[source],
                weights=steps[post.name][rows] * (weight.astype(np.float64) * (1 << shift)),
                delay_steps=delay + (hop + lag - post.lag_steps),
            )


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


def without_resets(
    network: Network, synapses: Iterable[FloatSynapses], taken: Mapping[str, np.ndarray]
) -> Iterator[FloatSynapses]:
    """The synapses without those that take thresholds off. taken: population -> (n,) amounts in the network's unit."""
    known = {*network.populations, *network.inputs}
    joined = {(p.pre, p.post) for p in network.projections}
    for s in synapses:
        if s.pre not in known or s.post not in known:
            continue  # of those that count spikes with others, whose synapses are the same
        if s.pre != s.post or s.post not in taken:
            yield s
            continue
        first = (s.rows == s.cols) & (s.delay_steps == 1)
        back = np.flatnonzero(taken[s.post])
        rows, cols = (np.concatenate([index, back]) for index in (s.rows, s.cols))
        weights = np.concatenate([s.weights, taken[s.post][back]])
        if (s.pre, s.post) in joined or not first.all():
            delays = np.concatenate([s.delay_steps, np.ones(back.size, dtype=np.int64)])
            yield replace(s, rows=rows, cols=cols, weights=weights, delay_steps=delays)
