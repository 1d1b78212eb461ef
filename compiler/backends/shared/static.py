"""Compares decoded words with the quantised network: every register, and the multiset of synapses.

A family expands its own words into a `WordTable` and the network into a `NetworkTable`; nothing is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.synapse_rows import narrow
from ....targets.row_order import KEY_BITS, packed
from ...ir.quantized import QuantizedNetwork
from ...ir.stages import StaticVerdict

SHOWN = 20
COLUMNS = ("source", "target", "weight", "delay", "receptor")


@dataclass(kw_only=True)
class Findings:
    """Collects what is wrong, a sentence each; the first `SHOWN` are kept, all are counted."""

    shown: list[str] = field(default_factory=list)
    total: int = 0

    def add(self, text: str) -> None:
        """Count a finding; keep its text if it is among the first."""
        self.total += 1
        if len(self.shown) < SHOWN:
            self.shown.append(text)

    def verdict(self) -> StaticVerdict:
        """The verdict so far: identical if nothing was found."""
        return StaticVerdict(
            identical=self.total == 0, findings=tuple(self.shown[:SHOWN]), n_findings=self.total
        )


@dataclass(frozen=True, kw_only=True)
class Names:
    """Translates between the numbers of a machine and those of a network.

    A network numbers its neurons population after population, then its input elements port after port.
    of: (machine neurons + input elements,) int64 the number of each machine source in the network, -1 for neurons that
    the network has no use for. machine: (n,) int64 the machine neuron of each of the network's neurons."""

    network: QuantizedNetwork
    of: np.ndarray
    machine: np.ndarray

    def text(self, number: int) -> str:
        """Name a number of the network by population and index: `/node[3]`, or `/node[2, 0]`."""
        for part in (*self.network.populations, *self.network.inputs):
            if number < part.size:
                index = np.unravel_index(number, part.shape or (1,))
                return f"{part.name}[{', '.join(str(int(i)) for i in index)}]"
            number -= part.size
        return f"an input element that the network lacks ({number})"

    def of_machine(self, source: int) -> str:
        """Name a machine source (neuron or input element) by what it is in the network."""
        if 0 <= source < self.of.size and self.of[source] >= 0:
            return self.text(int(self.of[source]))
        return f"machine source {source}, which the network lacks"


def numbered(network: QuantizedNetwork) -> dict[str, np.ndarray]:
    """Number the neurons and input elements of a network: population or port -> (n,) int64, see `Names`."""
    numbers: dict[str, np.ndarray] = {}
    first = 0
    for part in (*network.populations, *network.inputs):
        numbers[part.name] = first + np.arange(part.size)
        first += part.size
    return numbers


def named(
    network: QuantizedNetwork,
    symbols: Symbols,
    n_neurons: int,
    findings: Findings,
    *,
    spare: bool = False,
    ports_share: bool = False,
) -> Names | None:
    """Identify the neurons of a machine of `n_neurons` by its symbols.

    None, with a finding, where the symbols do not name each of the network's neurons and input elements exactly once,
    with its shape, lag, role and scales.

    spare: the chip has neurons of which not all need to be used, or that copy others. ports_share: all ports take the
    same input elements."""
    expected = [
        (p.name, p.shape, p.lag_steps, p.role, p.counts_for, dict(p.scales)) for p in network.populations
    ]
    listed = [
        (p.name, p.shape, p.lag_steps, p.role, p.counts_for, dict(p.scales)) for p in symbols.populations
    ]
    expected_ports = [p.sent for p in network.inputs]
    listed_ports = [p.sent for p in symbols.inputs]
    for what, a, b in (("populations", expected, listed), ("inputs", expected_ports, listed_ports)):
        if a != b:
            findings.add(f"the symbols list {what} {b}; the network has {a}")
            return None
    n = sum(p.size for p in network.populations)
    sizes = [p.size for p in network.populations]
    right = all(p.machine_index.shape == (k,) for p, k in zip(symbols.populations, sizes, strict=True))
    none = np.zeros(0, dtype=np.int64)
    index = np.concatenate([none, *(p.machine_index for p in symbols.populations)])
    elements = np.concatenate([none, *(p.first + np.arange(p.size) for p in symbols.inputs)])
    inside = bool(((index >= 0) & (index < n_neurons)).all())
    once = np.unique(index).size == index.size and (spare or index.size == n_neurons)
    in_order = ports_share or np.array_equal(np.sort(elements), np.arange(elements.size))
    if not (right and inside and once and in_order):
        findings.add(
            f"the symbols do not give each neuron and input element one number of its own (the words hold {n_neurons} "
            f"neurons, the network has {n})"
        )
        return None
    of = np.full(n_neurons + elements.size, -1, dtype=np.int64)
    of[index] = np.arange(n)
    of[n_neurons + elements] = n + np.arange(elements.size)
    return Names(network=network, of=of, machine=index)


@dataclass(frozen=True, kw_only=True)
class WordTable:
    """What decoded words say: registers and synapses of N machine neurons.

    owner: (N,) int64 the network's neuron that each one is, or is a copy of; -1: not compared here. registers: name ->
    (N,) int64. synapses: (5, K) int32 or int64, see COLUMNS: sources are numbers of the network, targets machine
    neurons. place: where a machine neuron is, in the chip's words. axon: (K,) integers, the axon that a synapse hangs
    on, where the chip numbers them."""

    owner: np.ndarray
    registers: Mapping[str, np.ndarray]
    synapses: np.ndarray
    place: Callable[[int], str]
    axon: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class NetworkTable:
    """What the words should say: registers and synapses of the network's n neurons.

    registers: name -> (n,) int64. synapses: (5, K) int32 or int64, see COLUMNS: all numbers of the network."""

    registers: Mapping[str, np.ndarray]
    synapses: np.ndarray


def compare(words: WordTable, asked: NetworkTable, names: Names, findings: Findings) -> None:
    """Add a finding for each register of each neuron, and each pair of source and target, that differs."""
    compare_registers(words, asked.registers, names, findings)
    chosen = words.owner[words.synapses[1]] >= 0
    found = list(words.synapses if chosen.all() else words.synapses[:, chosen])
    axon = None if words.axon is None else words.axon[chosen]
    compare_synapses(
        _onto_machine(asked.synapses, words.owner), found, axon, (words.place, words.owner), names, findings
    )


def compare_registers(
    words: WordTable, asked: Mapping[str, np.ndarray], names: Names, findings: Findings
) -> None:
    """Add a finding for each register of each neuron that differs. asked: name -> (n,) of the network's neurons."""
    neurons = np.flatnonzero(words.owner >= 0)
    owner = words.owner[neurons]
    for name in sorted({*words.registers, *asked}):
        if name not in words.registers or name not in asked:
            findings.add(f"{name} is not a register of both network and chip")
            continue
        expected, found = asked[name][owner], words.registers[name][neurons]
        for at in np.flatnonzero(expected != found).tolist():
            findings.add(
                f"{words.place(int(neurons[at]))}: {names.text(int(owner[at]))}: {name} expected {int(expected[at])}, "
                f"found {int(found[at])}"
            )


Where = tuple[Callable[[int], str], np.ndarray]
"""Where a machine neuron is, in the chip's words; (N,) int64 the network's neuron that each is."""


def compare_synapses(
    expected: Sequence[np.ndarray],
    found: Sequence[np.ndarray],
    axon: np.ndarray | None,
    where: Where,
    names: Names,
    findings: Findings,
) -> None:
    """Add a finding for each pair of source and target whose synapses differ.

    expected, found: rows of `COLUMNS`, of which those after the delay may be left out; sources are numbers of the
    network, targets machine neurons. axon: of what is found, where the chip numbers them."""
    if _same(expected, found):
        return
    sizes = expected[0].size, found[0].size
    axon = np.full(sizes[1], -1) if axon is None else axon
    axon = np.concatenate((np.full(sizes[0], -1), axon))
    rows = np.concatenate((np.stack(expected), np.stack(found)), axis=1)
    rows = np.pad(rows, ((0, len(COLUMNS) - len(rows)), (0, 0)))
    sign = np.repeat([1, -1], sizes)
    order = np.lexsort(rows[::-1])
    rows, sign, axon = rows[:, order], sign[order], axon[order]
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(rows, axis=1) != 0, axis=0)])
    surplus, axon = np.add.reduceat(sign, starts), np.maximum.reduceat(axon, starts)
    wrong = np.flatnonzero(surplus)
    rows, surplus, axon = rows[:, starts[wrong]], surplus[wrong], axon[wrong]
    if not wrong.size:
        return
    pairs = np.flatnonzero(np.r_[True, np.any(np.diff(rows[:2], axis=1) != 0, axis=0)])
    findings.total += max(pairs.size - SHOWN, 0)
    for start, end in list(zip(pairs, [*pairs[1:], wrong.size], strict=True))[:SHOWN]:
        text = _pair_text(where, names, rows[:, start:end], surplus[start:end], int(axon[start:end].max()))
        findings.add(text)


def _pair_text(where: Where, names: Names, rows: np.ndarray, surplus: np.ndarray, axon: int) -> str:
    source, target = int(rows[0, 0]), int(rows[1, 0])
    place, owner = where
    via = f", axon {axon}" if axon >= 0 else ""
    pair = f"{names.text(source)} -> {names.text(int(owner[target]))}"
    expected, found = _listed(rows[2:], surplus), _listed(rows[2:], -surplus)
    return f"{place(target)}{via}: synapse {pair}: expected {expected}, found {found}"


def _onto_machine(synapses: np.ndarray, owner: np.ndarray) -> list[np.ndarray]:
    """The network's synapses, once for each machine neuron that stands for their target: its rows, copied only where
    they must be."""
    neurons = np.flatnonzero(owner >= 0)
    neurons = neurons[np.argsort(owner[neurons], kind="stable")]
    owned = owner[neurons]
    stand = np.bincount(owned, minlength=int(synapses[1].max(initial=-1)) + 1)
    before = np.cumsum(stand) - stand
    if (stand == 1).all():
        return [synapses[0], neurons[before[synapses[1]]], *synapses[2:]]
    count = stand[synapses[1]]
    which = np.repeat(np.arange(synapses.shape[1]), count)
    within = np.arange(which.size) - np.repeat(np.cumsum(count) - count, count)
    source, target, *others = (row[which] for row in synapses)
    return [source, neurons[before[target] + within], *others]


def _same(expected: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> bool:
    """Whether two lists of synapses, each in rows of equal length, are equal but for their order; the quick way for
    what is right."""
    if expected[0].size != found[0].size:
        return False
    pairs = list(zip(expected, found, strict=True))
    low = [min(int(a.min(initial=0)), int(b.min(initial=0))) for a, b in pairs]
    high = [max(int(a.max(initial=0)), int(b.max(initial=0))) for a, b in pairs]
    bits = [(top - least).bit_length() for least, top in zip(low, high, strict=True)]
    if sum(bits) <= KEY_BITS:
        a, b = (np.sort(packed(tuple(rows), low, bits)) for rows in (expected, found))
        return np.array_equal(a, b)
    orders = [np.lexsort(np.stack(list(rows))) for rows in (expected, found)]
    return all(np.array_equal(a[orders[0]], b[orders[1]]) for a, b in pairs)


def _listed(values: np.ndarray, count: np.ndarray) -> str:
    """Weights, delays and receptors (3, k) of which there are more than none."""
    present = np.flatnonzero(count > 0)
    if not present.size:
        return "none"
    texts: list[str] = []
    for at in present[:4].tolist():
        weight, delay, receptor = (int(v) for v in values[:, at])
        times = f"{int(count[at])} x " if count[at] > 1 else ""
        onto = f" on accumulator {receptor}" if receptor else ""
        texts.append(f"{times}weight {weight} delay {delay}{onto}")
    more = f" and {present.size - 4} more" if present.size > 4 else ""
    return ", ".join(texts) + more


def synapse_columns(
    source: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray,
    delay: np.ndarray | int = 0,
    receptor: np.ndarray | int = 0,
) -> np.ndarray:
    """Stack (K,) arrays, or numbers that hold for all, into the (5, K) table of synapses, see COLUMNS: int32 where all
    numbers fit, else int64."""
    shape = source.shape
    columns = (source, target, weight, np.broadcast_to(delay, shape), np.broadcast_to(receptor, shape))
    rows = [narrow(np.asarray(c)) for c in columns]
    return np.stack(rows) if all(row.dtype == np.int32 for row in rows) else np.stack(rows).astype(np.int64)


def joined(parts: list[np.ndarray]) -> np.ndarray:
    """Join (5, K) tables of synapses end to end; an empty list gives (5, 0)."""
    return np.concatenate([np.zeros((5, 0), dtype=np.int32), *parts], axis=1)
