"""Compares a decoded machine of summed synapses with what its network asks for, some sources at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import PART, Flat, SynapseRows, joined, runs
from ...ir.quantized import QuantizedNetwork
from ...ir.stages import StaticVerdict
from .static import (
    Findings,
    Names,
    WordTable,
    compare_registers,
    compare_synapses,
    named,
    numbered,
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a network asks for, as `unplaced.unplaced_machine` takes it: of each projection the synapses, weighed by
    what a spike adds; registers: name -> (n,) int64 of all neurons."""

    synapses: Sequence[SynapseRows]
    registers: Mapping[str, np.ndarray]


def machine_verdict(
    network: QuantizedNetwork,
    symbols: Symbols,
    machine: Machine,
    wanted: Wanted,
    place: Callable[[int], str],
) -> StaticVerdict:
    """Hold a decoded machine of summed synapses against what its network asks for. place: where a machine neuron is, in
    the chip's words.

    Never raises for a wrong machine or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    names = named(network, symbols, machine.n_neurons, findings)
    inputs = sum(port.size for port in network.inputs)
    if machine.n_inputs != inputs:
        findings.add(f"{machine.n_inputs} input elements; the network has {inputs}")
    elif names is not None:
        compare_machine(machine, wanted, names, place, findings)
    return findings.verdict()


def compare_machine(
    machine: Machine, wanted: Wanted, names: Names, place: Callable[[int], str], findings: Findings
) -> None:
    """Add a finding for each register of each neuron, and each pair of source and target, that differs."""
    owner = names.of[: machine.n_neurons]
    words = WordTable(
        owner=owner, registers=machine.params, synapses=np.zeros((5, 0), dtype=np.int32), place=place
    )
    compare_registers(words, wanted.registers, names, findings)
    number = numbered(names.network)
    asked = joined(
        (rows, int(number[p.pre][0]), int(number[p.post][0]))
        for p, rows in zip(names.network.projections, wanted.synapses, strict=True)
        if rows.source.size
    ).by_source()
    held = machine.synapses.by_source()
    source = np.full(names.of.size, -1, dtype=np.int64)
    source[names.of[names.of >= 0]] = np.flatnonzero(names.of >= 0)
    for expected, found in _side_by_side(asked, held, names, source[: asked_sources(names)]):
        onto = names.machine[expected.post]
        compare_synapses(
            (expected.source, onto, expected.weight, expected.delay),
            (found.source, found.post, found.weight, found.delay),
            found.axon, (place, owner), names, findings,
        )  # fmt: skip


def asked_sources(names: Names) -> int:
    """Neurons and input elements of the network."""
    network = names.network
    return sum(part.size for part in (*network.populations, *network.inputs))


def _side_by_side(
    asked: SynapseRows, held: SynapseRows, names: Names, source: np.ndarray
) -> Iterator[tuple[Flat, Flat]]:
    """The synapses that are asked for and held, for runs of the network's sources; sources are numbers of the network.
    source: of each number, the machine's source. What the machine holds of sources that the network lacks comes last.
    """
    of_asked = np.searchsorted(asked.source, np.arange(source.size + 1))
    of_held = np.searchsorted(held.source, np.arange(names.of.size + 1))
    edges = of_held[source + 1] - of_held[source] + np.diff(of_asked)
    total = [np.concatenate([[0], np.cumsum(rows.lengths)]) for rows in (asked, held)]
    work = (
        total[0][of_asked[1:]]
        - total[0][of_asked[:-1]]
        + total[1][of_held[source + 1]]
        - total[1][of_held[source]]
    )
    part = np.cumsum(work + edges) // (2 * PART)
    bounds = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), source.size]
    seen = np.zeros(held.source.size, dtype=np.bool_)
    for begin, end in pairwise(bounds):
        own = runs(of_held[source[begin:end]], of_held[source[begin:end] + 1])
        seen[own] = True
        found = held.flat(own)
        yield (
            asked.flat(slice(int(of_asked[begin]), int(of_asked[end]))),
            found._replace(source=names.of[found.source]),
        )
    left = held.flat(np.flatnonzero(~seen))
    known = left.source < names.of.size
    number = np.where(known, names.of[np.minimum(left.source, names.of.size - 1)], left.source)
    yield asked.flat(slice(0, 0)), left._replace(source=number)
