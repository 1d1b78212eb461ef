"""Static half of the placement verdict: the decoded configuration holds the quantised network, and nothing else.

Every parameter of every neuron, the multiset of synapses, the aliases, the three shifts and the sizes are compared
through the symbols. No stimulus is involved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ....targets.configuration import Symbols
from ....targets.xylo import neuron
from ....targets.xylo.configuration import HIDDEN_SPIKES, OUTPUT_SPIKES, XyloConfiguration
from ...ir.stages import StaticVerdict
from ..loihi.verify_words import Findings
from .quantized_network import QuantizedNetwork
from .wiring import is_output


@dataclass(frozen=True, kw_only=True)
class _Names:
    """owner, local: (neurons + inputs,) which record of the symbols a source belongs to, and its index there."""

    symbols: Symbols
    owner: np.ndarray
    local: np.ndarray

    def of(self, source: int) -> str:
        records = (*self.symbols.populations, *self.symbols.inputs)
        owner = int(self.owner[source])
        index = np.unravel_index(int(self.local[source]), records[owner].shape or (1,))
        return f"{records[owner].name}[{', '.join(str(int(i)) for i in index)}]"


def static_verdict(
    network: QuantizedNetwork, configuration: XyloConfiguration, symbols: Symbols
) -> StaticVerdict:
    """Never raises for a wrong configuration or wrong symbols: everything that is wrong is a finding."""
    findings = Findings(shown=[])
    names = _names(network, symbols, findings)
    if names is None or not _same_sizes(network, configuration, findings):
        return findings.verdict()
    if _places(network, symbols, configuration, findings):
        _neurons(network, configuration, names, findings)
        _synapses(network, configuration, names, findings)
        _aliases(network, configuration, names, findings)
        _shifts(network, configuration, findings)
    return findings.verdict()


def _names(network: QuantizedNetwork, symbols: Symbols, findings: Findings) -> _Names | None:
    """None, with a finding, where the symbols do not name every neuron and input element exactly once."""
    wanted = [(p.name, p.shape, p.lag_steps, p.role, dict(p.scales)) for p in network.populations]
    listed = [(p.name, p.shape, p.lag_steps, p.role, dict(p.scales)) for p in symbols.populations]
    ports = [(p.name, p.shape, p.size, p.constant, p.onset_step) for p in network.inputs]
    given = [(p.name, p.shape, p.size, p.constant, p.onset_step) for p in symbols.inputs]
    for what, a, b in (("populations", wanted, listed), ("inputs", ports, given)):
        if a != b:
            findings.add(f"the symbols list {what} {b}; the network has {a}")
            return None
    n = sum(p.size for p in network.populations)
    pieces = [p.machine_index for p in symbols.populations]
    pieces += [n + np.arange(port.first, port.first + port.size) for port in symbols.inputs]
    sizes = [*(p.size for p in network.populations), *(p.size for p in network.inputs)]
    index = np.concatenate([np.zeros(0, dtype=np.int64), *pieces])
    right = all(piece.shape == (size,) for piece, size in zip(pieces, sizes, strict=True))
    neurons = index[:n]
    if (
        not right
        or not np.array_equal(np.sort(neurons), np.arange(n))
        or not np.array_equal(np.sort(index[n:]), np.arange(n, sum(sizes)))
    ):
        findings.add("the symbols do not give each neuron and input element one number of its own")
        return None
    owner, local = np.empty(index.size, dtype=np.int64), np.empty(index.size, dtype=np.int64)
    owner[index] = np.repeat(np.arange(len(sizes)), sizes)
    local[index] = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(size) for size in sizes)])
    return _Names(symbols=symbols, owner=owner, local=local)


def _same_sizes(network: QuantizedNetwork, c: XyloConfiguration, findings: Findings) -> bool:
    outputs = sum(p.size for p in network.populations if is_output(p))
    hidden = sum(p.size for p in network.populations) - outputs
    inputs = sum(port.size for port in network.inputs)
    expected = {
        "hidden neurons": (c.n_hidden, hidden),
        "output neurons": (c.n_outputs, outputs),
        "inputs": (int(c.weights_in.shape[0]), inputs),
        "aliases": (c.alias_target.size, hidden),
        **{f"hidden {name}": (c.hidden[name].size, hidden) for name in sorted(c.hidden)},
        **{f"output {name}": (c.output[name].size, outputs) for name in sorted(c.output)},
    }
    for what, (found, wanted) in expected.items():
        if found != wanted:
            findings.add(f"{what}: {found}; the network has {wanted}")
    return findings.total == 0


def _places(network: QuantizedNetwork, symbols: Symbols, c: XyloConfiguration, findings: Findings) -> bool:
    """Whether output neurons come behind the hidden ones. Matrices larger than the synapses need are findings."""
    first: dict[str, np.ndarray] = {p.name: p.machine_index for p in symbols.populations}
    outputs = {p.name for p in network.populations if is_output(p)}
    for name in sorted(first):
        if bool(((first[name] >= c.n_hidden) != (name in outputs)).any()):
            findings.add(f"{name}: hidden and output neurons are mixed up")
    apart = findings.total == 0
    inputs = {port.name for port in network.inputs}
    fed = [first[p.post][p.rows] for p in network.projections if p.pre in inputs and p.rows.size]
    feeding = [first[p.pre][p.cols] for p in network.projections if p.post in outputs and p.rows.size]
    receptors = [p.receptor for p in network.projections if not p.alias]
    reach = max((int(places.max()) for places in fed), default=0) + 1
    last = c.n_hidden - min((int(places.min()) for places in feeding), default=c.n_hidden - 1)
    for what, found, wanted in (
        ("hidden neurons behind inputs", int(c.weights_in.shape[1]), reach),
        ("hidden neurons before outputs", int(c.weights_out.shape[0]), last),
        ("synapses of a hidden neuron", c.n_synapses, 1 + max(receptors, default=0)),
    ):
        if found != wanted:
            findings.add(f"{what}: the matrices have {found}, the network's synapses take {wanted}")
    return apart


def _neurons(network: QuantizedNetwork, c: XyloConfiguration, names: _Names, findings: Findings) -> None:
    found = _parameters(c)
    for population, symbol in zip(network.populations, names.symbols.populations, strict=True):
        index = symbol.machine_index
        for name in neuron.PARAMETERS:
            wrong = np.flatnonzero(found[name][index] != population.params[name])
            for at in wrong:
                findings.add(
                    f"{names.of(int(index[at]))}: {name} expected {int(population.params[name][at])}, "
                    f"found {int(found[name][index[at]])}"
                )


def _parameters(c: XyloConfiguration) -> Mapping[str, np.ndarray]:
    """Every parameter, hidden neurons first, as they are, in range or not."""
    missing = np.zeros(c.n_outputs, dtype=np.int64)
    limits = np.repeat([HIDDEN_SPIKES, OUTPUT_SPIKES], [c.n_hidden, c.n_outputs])
    return {
        name: limits
        if name == "max_spikes"
        else np.concatenate([c.hidden[name], c.output.get(name, missing)]).astype(np.int64)
        for name in neuron.PARAMETERS
    }


def _sources(network: QuantizedNetwork, names: _Names) -> dict[str, np.ndarray]:
    n = sum(p.size for p in network.populations)
    first: dict[str, np.ndarray] = {p.name: p.machine_index for p in names.symbols.populations}
    return first | {p.name: n + p.first + np.arange(p.size) for p in names.symbols.inputs}


def _synapses(network: QuantizedNetwork, c: XyloConfiguration, names: _Names, findings: Findings) -> None:
    """One finding a (source, target, accumulator) whose weights differ."""
    first = _sources(network, names)
    blocks = [np.zeros((4, 0), dtype=np.int64)]
    for p in network.projections:
        if not p.alias:
            weight = p.code * (1 << p.shift)
            receptor = np.full(p.rows.size, p.receptor)
            blocks.append(np.stack([first[p.pre][p.cols], first[p.post][p.rows], receptor, weight]))
    wanted = _by_place(np.concatenate(blocks, axis=1))
    found = _by_place(np.concatenate(_held(c), axis=1))
    for place in sorted({*wanted, *found}):
        if wanted.get(place) != found.get(place):
            source, post, receptor = place
            findings.add(
                f"synapse {names.of(source)} -> {names.of(post)}, accumulator {receptor}: expected weight "
                f"{_text(wanted.get(place))}, found {_text(found.get(place))}"
            )


def _held(c: XyloConfiguration) -> list[np.ndarray]:
    """(4, k) source, target, accumulator, weight of each nonzero weight of a matrix. A weight is never shifted out of
    its 16 bits: 8 bits and a shift of at most 7."""
    n, total = c.n_hidden, c.n_hidden + c.n_outputs
    behind = n - int(c.weights_out.shape[0])
    blocks: list[np.ndarray] = []
    for matrix, shift, sources, targets in (
        (c.weights_in, c.shift_in, total, 0),
        (c.weights_rec, c.shift_rec, 0, 0),
        (c.weights_out[:, :, None], c.shift_out, behind, n),
    ):
        pre, post, receptor = np.nonzero(matrix)
        weight = matrix[pre, post, receptor].astype(np.int64) * (1 << shift)
        blocks.append(np.stack([pre + sources, post + targets, receptor, weight]))
    return blocks


def _by_place(synapses: np.ndarray) -> dict[tuple[int, int, int], tuple[int, ...]]:
    """Weights, ascending, of each (source, target, accumulator)."""
    found: dict[tuple[int, int, int], tuple[int, ...]] = {}
    for source, post, receptor, weight in synapses[:, np.lexsort(synapses[::-1])].T.tolist():
        place = (source, post, receptor)
        found[place] = (*found.get(place, ()), weight)
    return found


def _text(weights: tuple[int, ...] | None) -> str:
    return "none" if weights is None else " and ".join(str(w) for w in weights)


def _aliases(network: QuantizedNetwork, c: XyloConfiguration, names: _Names, findings: Findings) -> None:
    first = _sources(network, names)
    wanted = np.full(c.n_hidden, -1, dtype=np.int64)
    for p in network.projections:
        if p.alias:
            wanted[first[p.pre][p.cols]] = first[p.post][p.rows]
    for at in np.flatnonzero(wanted != c.alias_target):
        expected, found = (
            names.of(int(a[at])) if 0 <= a[at] < c.n_hidden else "none" if a[at] == -1 else str(int(a[at]))
            for a in (wanted, c.alias_target)
        )
        findings.add(f"{names.of(int(at))}: copied to {found}, expected {expected}")


def _shifts(network: QuantizedNetwork, c: XyloConfiguration, findings: Findings) -> None:
    """A matrix without weights has no shift."""
    inputs = {port.name for port in network.inputs}
    outputs = {p.name for p in network.populations if is_output(p)}
    wanted = {"input": 0, "recurrent": 0, "output": 0}
    for p in network.projections:
        if not p.alias:
            kind = "input" if p.pre in inputs else "output" if p.post in outputs else "recurrent"
            wanted[kind] = p.shift
    for kind, found in (("input", c.shift_in), ("recurrent", c.shift_rec), ("output", c.shift_out)):
        if found != wanted[kind]:
            findings.add(f"{kind} weights: shift expected {wanted[kind]}, found {found}")
