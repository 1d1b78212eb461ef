"""Makes Lava's processes of a quantised network: one LIF for each set of decays and threshold, and connections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ....sim.engines.delivery.kernel import recognise
from ....targets.configuration import Symbols
from ....targets.loihi2.chain import grid
from ....targets.loihi2.content import Connection, Content, Kernel, Lif, Port, Read
from ....targets.loihi2.convolution import LARGEST_SUM
from ....targets.loihi2.model import Loihi2Chip
from ....targets.machines.synapse_rows import SynapseRows, as_rows
from ...ir.quantized import QuantizedPopulation, ScaledProjection
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.unplaced import plain_symbols

PROCESS = ("du", "dv", "vth")
"""Parameters of which a process has one value."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """Neurons of a population that are one process. neurons: (n,) int64, ascending."""

    population: str
    process: Lif
    neurons: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Processes:
    """content: the graph of processes; symbols: where the network's neurons and input elements are in it."""

    content: Content
    symbols: Symbols


def processes_of(network: QuantizedNetwork, target: Loihi2Chip) -> Processes:
    """Make the processes of a network, those behind others after them."""
    pieces = [
        piece
        for k, p in enumerate(_downstream(network))
        for piece in processes_of_population(p, f"neurons {k}")
    ]
    ports = tuple(Port(name=f"input {k}", shape=port.shape) for k, port in enumerate(network.inputs))
    ends: dict[str, list[tuple[str, np.ndarray]]] = {
        port.name: [(made.name, np.arange(port.size))]
        for port, made in zip(network.inputs, ports, strict=True)
    }
    for piece in pieces:
        ends.setdefault(piece.population, []).append((piece.process.name, piece.neurons))
    shapes = {part.name: part.shape for part in (*network.inputs, *network.populations)}
    payload = {port.name: target.synapse.max_payload for port in network.inputs}
    connections = [
        c for p in network.projections for c in _connections(p, ends, shapes, payload.get(p.pre, 1))
    ]
    content = Content(
        ports=ports,
        neurons=tuple(piece.process for piece in pieces),
        connections=tuple(connections),
        reads=tuple(_reads(network, pieces)),
    )
    return Processes(content=content, symbols=_symbols(network, pieces))


def _downstream(network: QuantizedNetwork) -> list[QuantizedPopulation]:
    """Populations behind those that they hear, loops left out; where that says nothing, in order of names."""
    feeds: dict[str, set[str]] = {p.name: set() for p in network.populations}
    for projection in network.projections:
        if projection.pre in feeds and projection.pre != projection.post:
            feeds[projection.post].add(projection.pre)
    left, found = list(network.populations), list[QuantizedPopulation]()
    while left:
        done = {p.name for p in found}
        following = next((p for p in left if feeds[p.name] <= done), left[0])
        found.append(following)
        left.remove(following)
    return found


def processes_of_population(population: QuantizedPopulation, name: str) -> list[Piece]:
    """Neurons with the same parameters of a process, in order of the first of each. name: of the process, or what those
    of several begin with: no node's, so that what nodes are called changes nothing."""
    pieces: list[Piece] = []
    rows = np.stack([population.params[name] for name in PROCESS], axis=1)
    _, first, member = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    for number, which in enumerate(np.argsort(first, kind="stable").tolist()):
        neurons = np.flatnonzero(member.reshape(-1) == which)
        du, dv, vth = rows[neurons[0]].tolist()
        process = Lif(
            name=name if len(first) == 1 else f"{name}.{number}",
            du=du,
            dv=dv,
            vth=vth,
            bias_mant=population.params["bias_mant"][neurons],
            bias_exp=population.params["bias_exp"][neurons],
        )
        pieces.append(Piece(population=population.name, process=process, neurons=neurons))
    return pieces


def _connections(
    projection: ScaledProjection,
    ends: Mapping[str, list[tuple[str, np.ndarray]]],
    shapes: Mapping[str, tuple[int, ...]],
    most_sent: int,
) -> Iterator[Connection]:
    """One for each pair of processes that it joins, and more where a pair of neurons has several synapses.

    most_sent: the largest number that a source sends in a step."""
    form = projection.format
    flat = projection.synapses.flat()
    before, after = ends[projection.pre], ends[projection.post]
    own, other = _of_process(before), _of_process(after)
    shaped = (shapes[projection.pre], shapes[projection.post]) if len(before) == 1 == len(after) else None
    pair = own[0][flat.source] * len(after) + other[0][flat.post]
    for number in np.unique(pair).tolist():
        mine = slice(None) if shaped is not None else pair == number
        i, j = divmod(number, len(after))
        source, onto = own[1][flat.source[mine]], other[1][flat.post[mine]]
        for rows in _one_a_pair(source, onto, flat.weight[mine], flat.delay[mine]):
            yield Connection(
                pre=before[i][0],
                post=after[j][0],
                synapses=rows,
                weight_exp=form["weight_exp"],
                num_weight_bits=form["num_weight_bits"],
                sign_mode=form["sign_mode"],
                kernel=_kernel(rows, form["weight_exp"], shaped, most_sent),
            )


def _of_process(pieces: list[tuple[str, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Of each neuron or element the number of its process, and its place in it."""
    size = sum(neurons.size for _, neurons in pieces)
    number, place = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for k, (_, neurons) in enumerate(pieces):
        number[neurons], place[neurons] = k, np.arange(neurons.size)
    return number, place


def _one_a_pair(
    source: np.ndarray, post: np.ndarray, weight: np.ndarray, delay: np.ndarray
) -> Iterator[SynapseRows]:
    """Synapses in order of their pairs, the second ones of a pair apart, and so on."""
    order = np.lexsort((delay, post, source))
    source, post, weight, delay = source[order], post[order], weight[order], delay[order]
    new = np.ones(source.size, dtype=np.bool_)
    new[1:] = (np.diff(source) != 0) | (np.diff(post) != 0)
    begin = np.flatnonzero(new)
    rank = np.arange(source.size) - np.repeat(begin, np.diff(np.append(begin, source.size)))
    for k in range(int(rank.max(initial=-1)) + 1):
        mine = rank == k
        yield as_rows(source[mine], post[mine], weight[mine], delay[mine])


def _kernel(
    rows: SynapseRows,
    exponent: int,
    shapes: tuple[tuple[int, ...], tuple[int, ...]] | None,
    most_sent: int,
) -> Kernel | None:
    """The convolution that synapses are, where Lava's Conv can hold it: without exponent, delay or lopsided edges, and
    with sums that do not wrap."""
    if shapes is None or exponent != 0 or rows.delay.any():
        return None
    flat, (before, after) = rows.flat(), (grid(shapes[0]), grid(shapes[1]))
    if before is None or after is None or after[1:] == (1, 1):
        return None
    found = recognise(flat.source, flat.post, flat.weight, before, after)
    if found is None or found.largest_sum * most_sent > LARGEST_SUM:
        return None
    weights = np.ascontiguousarray(found.weights.transpose(3, 2, 0, 1))
    padding = (found.padding[0][0], found.padding[1][0])
    if min(padding) < 0 or not min(*found.stride, *found.dilation) >= 1:
        return None
    for axis in (0, 1):
        reach = found.dilation[axis] * (weights.shape[2 + axis] - 1) + 1
        if (before[1 + axis] + 2 * padding[axis] - reach) // found.stride[axis] + 1 != after[1 + axis]:
            return None
    return Kernel(
        weights=weights,
        before=before,
        after=after,
        stride=found.stride,
        padding=padding,
        dilation=found.dilation,
        groups=found.groups,
    )


def _reads(network: QuantizedNetwork, pieces: list[Piece]) -> Iterator[Read]:
    """Lines in order of populations and their neurons, as `shared.outputs.host_reads` numbers them."""
    for _, p in network.exported:
        process, place = _of_process([(q.process.name, q.neurons) for q in pieces if q.population == p.name])
        names = [q.process.name for q in pieces if q.population == p.name]
        for run in np.split(np.arange(p.size), np.flatnonzero(np.diff(process)) + 1):
            if run.size:
                name = names[int(process[run[0]])]
                yield Read(process=name, element=place[run], membrane=not p.spiking)


def _symbols(network: QuantizedNetwork, pieces: list[Piece]) -> Symbols:
    plain = plain_symbols(network)
    index = {p.name: np.zeros(p.machine_index.size, dtype=np.int64) for p in plain.populations}
    at = 0
    for piece in pieces:
        index[piece.population][piece.neurons] = at + np.arange(piece.neurons.size)
        at += piece.neurons.size
    return replace(
        plain,
        populations=tuple(replace(p, machine_index=index[p.name]) for p in plain.populations),
    )
