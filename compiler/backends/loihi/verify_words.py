"""Static half of the placement verdict: the emitted words hold the quantised network, and nothing else.

The words are decoded, expanded through the symbols and compared with every register of every neuron and with
the multiset of synapses; then they are encoded again and must come out bit for bit. No stimulus is involved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.configuration import Configuration, Symbols
from ....targets.layout import DecodeError
from ....targets.loihi1.model import Target
from ....targets.machines.synapse_list import Machine
from ...ir.stages import StaticVerdict
from .quantized_network import QuantizedNetwork

SHOWN = 20
_COMPARTMENTS = "cxCfg"
_PER_COMPARTMENT = (_COMPARTMENTS, "axonMap")


@dataclass(kw_only=True)
class Findings:
    shown: list[str]
    total: int = 0

    def add(self, text: str) -> None:
        self.total += 1
        if len(self.shown) < SHOWN:
            self.shown.append(text)

    def verdict(self) -> StaticVerdict:
        return StaticVerdict(
            identical=self.total == 0, findings=tuple(self.shown[:SHOWN]), n_findings=self.total
        )


@dataclass(frozen=True, kw_only=True)
class _Names:
    """Machine source -> (which record of the symbols, index in it), to name neurons and input elements."""

    symbols: Symbols
    owner: np.ndarray
    local: np.ndarray

    def of(self, source: int) -> str:
        """`/node/nodes/lif1[3]`, or `/node/nodes/input[2, 0]`."""
        records = (*self.symbols.populations, *self.symbols.inputs)
        if source >= self.owner.size:
            return f"an input element that the network lacks (machine source {source})"
        owner = int(self.owner[source])
        index = np.unravel_index(int(self.local[source]), records[owner].shape or (1,))
        return f"{records[owner].name}[{', '.join(str(int(i)) for i in index)}]"


def static_verdict(
    network: QuantizedNetwork, target: Target, configuration: Configuration, symbols: Symbols
) -> StaticVerdict:
    """Never raises for wrong words: everything that is wrong is a finding. `symbols` may be wrong as well."""
    findings = Findings(shown=[])
    names = _names(network, symbols, findings)
    emitter = target.emitter
    try:
        content = emitter.decode(configuration)
    except DecodeError as problem:
        findings.add(_undecodable(problem, configuration, names))
        return findings.verdict()
    machine: Machine = emitter.machine(content)
    if names is not None and _same_size(network, machine, findings):
        expanded = _Expansion(machine, names, tuple((core.chip, core.core) for core in content.cores))
        _compare_neurons(network, expanded, findings)
        _compare_synapses(network, expanded, target, findings)
    for chip, core, axon in emitter.undriven(content):
        findings.add(f"chip {chip} core {core}: nothing drives input axon {axon}")
    try:
        again = emitter.encode(
            content.cores,
            content.n_inputs,
            content.input_routes,
            configuration.target,
            output_reads=content.output_reads,
        )
    except ValueError as problem:
        findings.add(f"what the words say cannot be written again: {problem}")
    else:
        _compare_words(configuration, again, findings)
    return findings.verdict()


@dataclass(frozen=True)
class _Expansion:
    """A decoded machine with names. places: (chip, core) of each machine core."""

    machine: Machine
    names: _Names
    places: tuple[tuple[int, int], ...]

    def place(self, neuron: int) -> str:
        chip, core = self.places[int(self.machine.core[neuron])]
        return f"chip {chip} core {core} compartment {int(self.machine.slot[neuron])}"


def _names(network: QuantizedNetwork, symbols: Symbols, findings: Findings) -> _Names | None:
    """None, with a finding, when the symbols do not name every neuron and input element exactly once."""
    populations = [(p.name, p.shape, p.lag_steps, p.role) for p in network.populations]
    named = [(p.name, p.shape, p.lag_steps, p.role) for p in symbols.populations]
    if populations != named:
        findings.add(f"the symbols list populations {named}; the network has {populations}")
        return None
    for population, symbol in zip(network.populations, symbols.populations, strict=True):
        if dict(symbol.scales) != dict(population.scales):
            given, wanted = dict(symbol.scales), dict(population.scales)
            findings.add(f"the symbols scale {symbol.name} by {given}; the network by {wanted}")
    ports = [(p.name, p.shape, p.size, p.constant, p.onset_step) for p in network.inputs]
    listed = [(p.name, p.shape, p.size, p.constant, p.onset_step) for p in symbols.inputs]
    if ports != listed:
        findings.add(f"the symbols list inputs {listed}; the network has {ports}")
        return None
    n = sum(p.size for p in network.populations)
    pieces = [p.machine_index for p in symbols.populations]
    pieces += [n + np.arange(port.first, port.first + port.size) for port in symbols.inputs]
    index = np.concatenate([np.zeros(0, dtype=np.int64), *pieces])
    sizes = [*(p.size for p in network.populations), *(p.size for p in network.inputs)]
    short = [piece.shape != (size,) for piece, size in zip(pieces, sizes, strict=True)]
    if any(short) or not np.array_equal(np.sort(index), np.arange(sum(sizes))):
        findings.add("the symbols do not give each neuron and input element one number of its own")
        return None
    if any(np.any(piece >= n) for piece in pieces[: len(network.populations)]):
        findings.add("the symbols number neurons and input elements alike")
        return None
    owner, local = np.full(index.size, -1), np.full(index.size, -1)
    owner[index] = np.repeat(np.arange(len(sizes)), sizes)
    local[index] = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(size) for size in sizes)])
    return _Names(symbols=symbols, owner=owner, local=local)


def _undecodable(problem: DecodeError, configuration: Configuration, names: _Names | None) -> str:
    """The decoder's words, and the neuron where a word of a per-compartment image is meant."""
    chip, _, rest = problem.image.partition("/")
    core, _, image = rest.partition("/")
    if chip == "host" or not image:
        return f"{problem}"
    text = f"chip {chip} core {core}: {problem}"
    sizes = {
        name: words.size for name, words in configuration.images.items() if name.endswith(f"/{_COMPARTMENTS}")
    }
    place = (int(chip), int(core)) if chip.isdigit() and core.isdigit() else (-1, -1)
    if image not in _PER_COMPARTMENT or problem.index < 0 or names is None:
        return text
    before = sum(
        size for name, size in sizes.items() if tuple(int(part) for part in name.split("/")[:2]) < place
    )
    neuron = before + problem.index
    return f"{text} (neuron {names.of(neuron)})" if neuron < names.owner.size else text


def _same_size(network: QuantizedNetwork, machine: Machine, findings: Findings) -> bool:
    neurons = sum(p.size for p in network.populations)
    inputs = sum(p.size for p in network.inputs)
    if machine.n_neurons != neurons:
        per_core = ", ".join(str(int(n)) for n in np.bincount(machine.core))
        findings.add(
            f"{machine.n_neurons} compartments (by core: {per_core}); the network has {neurons} neurons"
        )
    if machine.n_inputs != inputs:
        findings.add(f"host/inputCount: {machine.n_inputs} input elements; the network has {inputs}")
    return machine.n_neurons == neurons


def _compare_neurons(network: QuantizedNetwork, expanded: _Expansion, findings: Findings) -> None:
    machine = expanded.machine
    for population, symbol in zip(network.populations, expanded.names.symbols.populations, strict=True):
        index = symbol.machine_index
        registers = {
            **population.params,
            **{name: np.full(population.size, value) for name, value in population.core_params.items()},
        }
        for name in sorted({*registers, *machine.params}):
            if name not in registers or name not in machine.params:
                findings.add(f"{population.name}: {name} is not a register of both network and chip")
                continue
            found = machine.params[name][index]
            for at in np.flatnonzero(found != registers[name]):
                neuron = int(index[at])
                findings.add(
                    f"{expanded.place(neuron)}: {expanded.names.of(neuron)}: {name} expected "
                    f"{int(registers[name][at])}, found {int(found[at])}"
                )


def _expected_synapses(network: QuantizedNetwork, symbols: Symbols, target: Target) -> np.ndarray:
    """(4, K) int64: source, target neuron, effective weight, delay of each synapse of the network."""
    first = {p.name: p.machine_index for p in symbols.populations}
    n = sum(p.size for p in network.populations)
    first |= {p.name: n + p.first + np.arange(p.size) for p in symbols.inputs}
    blocks = [np.zeros((4, 0), dtype=np.int64)]
    for projection in network.projections:
        weight = target.arithmetic.effective_weight(np, projection.code, projection.format["wgtExp"])
        pre, post = first[projection.pre][projection.cols], first[projection.post][projection.rows]
        blocks.append(np.stack((pre, post, weight, projection.delay)))
    return np.concatenate(blocks, axis=1)


def _compare_synapses(
    network: QuantizedNetwork, expanded: _Expansion, target: Target, findings: Findings
) -> None:
    """One finding a (pre, post) pair whose synapses differ, as multisets of (weight, delay)."""
    machine = expanded.machine
    expected = _expected_synapses(network, expanded.names.symbols, target)
    found = np.stack((machine.syn_source, machine.syn_post, machine.syn_weight, machine.syn_delay))
    if _same_multiset(expected, found):
        return
    axon = np.concatenate((np.full(expected.shape[1], -1), machine.syn_axon))
    rows = np.concatenate((expected, found), axis=1)
    sign = np.repeat([1, -1], [expected.shape[1], found.shape[1]])
    order = np.lexsort(rows[::-1])
    rows, sign, axon = rows[:, order], sign[order], axon[order]
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(rows, axis=1) != 0, axis=0)]) if sign.size else order
    surplus = np.add.reduceat(sign, starts) if sign.size else sign
    axon = np.maximum.reduceat(axon, starts) if sign.size else axon
    wrong = np.flatnonzero(surplus)
    rows, surplus, axon = rows[:, starts[wrong]], surplus[wrong], axon[wrong]
    if not wrong.size:
        return
    pairs = np.flatnonzero(np.r_[True, np.any(np.diff(rows[:2], axis=1) != 0, axis=0)])
    findings.total += max(pairs.size - SHOWN, 0)
    for start, end in list(zip(pairs, [*pairs[1:], wrong.size], strict=True))[:SHOWN]:
        findings.add(_pair_text(expanded, rows[:, start:end], surplus[start:end], int(axon[start:end].max())))


def _same_multiset(expected: np.ndarray, found: np.ndarray) -> bool:
    """Whether two (4, K) lists of synapses are equal but for their order; the quick way for what is right."""
    if expected.shape != found.shape:
        return False
    order, other = (np.lexsort((a[2] << 6 | a[3], a[0] << 32 | a[1])) for a in (expected, found))
    return all(np.array_equal(a[order], b[other]) for a, b in zip(expected, found, strict=True))


def _pair_text(expanded: _Expansion, rows: np.ndarray, surplus: np.ndarray, axon: int) -> str:
    pre, post = int(rows[0, 0]), int(rows[1, 0])
    wanted = _synapse_list(rows[2:], surplus)
    found = _synapse_list(rows[2:], -surplus)
    via = f", axon {axon}" if axon >= 0 else ""
    return (
        f"{expanded.place(post)}{via}: synapse {expanded.names.of(pre)} -> {expanded.names.of(post)}: "
        f"expected {wanted}, found {found}"
    )


def _synapse_list(weight_delay: np.ndarray, count: np.ndarray) -> str:
    present = np.flatnonzero(count > 0)
    if not present.size:
        return "none"
    texts = [f"weight {weight_delay[0, i]} delay {weight_delay[1, i]}" for i in present[:4]]
    times = [f"{int(count[i])} x " if count[i] > 1 else "" for i in present[:4]]
    more = f" and {present.size - 4} more" if present.size > 4 else ""
    return ", ".join(t + text for t, text in zip(times, texts, strict=True)) + more


def _compare_words(configuration: Configuration, again: Configuration, findings: Findings) -> None:
    for name in sorted({*configuration.images, *again.images}):
        old, new = configuration.images.get(name), again.images.get(name)
        if old is None or new is None:
            findings.add(f"{name}: {'missing' if old is None else 'not an image of this content'}")
        elif old.size != new.size:
            findings.add(f"{name}: {old.size} words, but its content takes {new.size}")
        else:
            for at in np.flatnonzero(old != new)[:SHOWN]:
                findings.add(
                    f"{name} word {at}: 0x{int(old[at]):016x}, but its content is 0x{int(new[at]):016x}"
                )
