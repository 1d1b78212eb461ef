"""Checks that what is loaded is the quantised network and nothing else: the static half of the placement verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ....targets.configuration import Symbols
from ....targets.paicore25.configuration import REGISTERS, ROW_2, Core, PaicoreConfiguration
from ....targets.paicore25.memory import neurons_of, shared
from ...ir.stages import StaticVerdict
from ..shared.static import Findings, Names, WordTable, compare_registers, named, numbered
from .quantized_network import QuantizedNetwork
from .read_words import Written, delays, elements_of, first_of_cores, reading_of, written_to_cores

if TYPE_CHECKING:
    from scipy.sparse import csr_array

EACH = 3
"""Synapses of a core that are named, then their number."""
ZERO_REGISTERS = (
    "snn_ann", "max_pooling", "zero_output", "input_sign", "input_width", "output_sign", "axon_skew",
    "csc_accelerate", "tick_duration", "tick_initial",
)  # fmt: skip
"""Registers of a core that change what it computes, and that no network of ours needs."""


def static_verdict(
    network: QuantizedNetwork, loaded: PaicoreConfiguration, symbols: Symbols
) -> StaticVerdict:
    """Compare every register of every neuron, and all synapses, with the network, through the symbols.

    Never raises for wrong words or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    first = first_of_cores(loaded)
    names = named(network, symbols, int(first[-1]), findings, spare=True)
    if names is None:
        return findings.verdict()
    owner = _owners(symbols, names, int(first[-1]), findings)
    _compare_cores(network, loaded, first, owner, findings)
    _compare_neurons(network, loaded, first, owner, names, findings)
    _compare_synapses(network, loaded, first, owner, names, findings)
    return findings.verdict()


def _owners(symbols: Symbols, names: Names, n: int, findings: Findings) -> np.ndarray:
    """(n,) the network's neuron that each machine neuron is, or is a copy of."""
    owner = names.of[:n].copy()
    index = {p.name: p.machine_index for p in symbols.populations}
    for copy in symbols.copies:
        known = copy.population in index and copy.role == "copy" and copy.delay_steps == 0
        inside = known and bool(((copy.neuron >= 0) & (copy.neuron < index[copy.population].size)).all())
        if not inside or not bool(((copy.machine_index >= 0) & (copy.machine_index < n)).all()):
            findings.add(f"the symbols list copies of {copy.population} that there cannot be")
            continue
        if bool((owner[copy.machine_index] >= 0).any()):
            findings.add(f"the symbols list neurons as copies of {copy.population} that are another's")
            continue
        owner[copy.machine_index] = names.of[index[copy.population][copy.neuron]]
    unnamed = int((owner < 0).sum())
    if unnamed:
        findings.add(f"{unnamed} neurons of the chip are neither the network's nor copies of them")
    return owner


def _compare_cores(
    network: QuantizedNetwork,
    c: PaicoreConfiguration,
    first: np.ndarray,
    owner: np.ndarray,
    findings: Findings,
) -> None:
    """Registers that a core's neurons share."""
    adds = _by_neuron(network, "adds_potentials")
    for k, core in enumerate(c.cores):
        place = f"core {core.x}, {core.y}"
        for name in REGISTERS:
            if name in ZERO_REGISTERS and core.registers[name]:
                findings.add(f"{place}: {name} expected 0, found {core.registers[name]}")
        own = owner[first[k] : first[k + 1]]
        wrong = int((adds[own[own >= 0]] != core.registers["add_potential"]).sum())
        if wrong:
            findings.add(f"{place}: add_potential is not that of {wrong} of its neurons")
    steps = max((p.core_params["chip_steps"] for p in network.populations), default=1)
    if c.chip_steps != steps:
        findings.add(f"a step of the network is {c.chip_steps} chip steps; the network has {steps}")


def _compare_neurons(
    network: QuantizedNetwork,
    c: PaicoreConfiguration,
    first: np.ndarray,
    owner: np.ndarray,
    names: Names,
    findings: Findings,
) -> None:
    parts: dict[str, list[np.ndarray]] = {name: [] for name in (*_FIELDS, "v", "output_type")}
    for core in c.cores:
        for name, values in _fields(core).items():
            parts[name].append(values)
    none = np.zeros(0, dtype=np.int64)
    found = {name: np.concatenate([none, *some]) for name, some in parts.items()}
    columns = {
        name: np.concatenate([none, *(_field(p.params, name, p.size) for p in network.populations)])
        for name in _FIELDS
    }
    columns |= {"v": columns["init_v"], "output_type": _by_neuron(network, "sends_potential")}

    def place(neuron: int) -> str:
        k = int(np.searchsorted(first, neuron, side="right")) - 1
        return f"core {c.cores[k].x}, {c.cores[k].y} neuron {neuron - int(first[k])}"

    words = WordTable(owner=owner, registers=found, synapses=np.zeros((5, 0), dtype=np.int64), place=place)
    compare_registers(words, columns, names, findings)


_FIELDS = tuple(name for name in ROW_2 if name != "sparse")
"""What a neuron computes with; whether a vector is packed changes nothing."""


def _field(params: Mapping[str, np.ndarray], name: str, size: int) -> np.ndarray:
    return params[name] if name in params else np.zeros(size, dtype=np.int64)


def _fields(core: Core) -> dict[str, np.ndarray]:
    """Of each neuron of a core: its second row, its first potential, and what it sends."""
    records = shared(core.records)
    size = neurons_of(records)
    fields = {name: np.repeat(records[name], size) for name in (*_FIELDS, "output_type")}
    v = [np.concatenate([[own], more]) for own, more in zip(core.records["v"], core.fold_v, strict=True)]
    return fields | {"v": np.concatenate([np.zeros(0, dtype=np.int64), *v]).astype(np.int64)}


def _by_neuron(network: QuantizedNetwork, name: str) -> np.ndarray:
    parts = [np.full(p.size, p.core_params[name]) for p in network.populations]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _compare_synapses(
    network: QuantizedNetwork,
    c: PaicoreConfiguration,
    first: np.ndarray,
    owner: np.ndarray,
    names: Names,
    findings: Findings,
) -> None:
    n = int(first[-1])
    source = np.concatenate([owner, names.of[n:]])
    written, lost = written_to_cores(c)
    for text in lost:
        findings.add(text)
    asked = _asked(network)
    for k, core in enumerate(c.cores):
        own = owner[first[k] : first[k + 1]]
        if not own.size or bool((own < 0).any()):
            continue
        try:
            reads = reading_of(core)
        except ValueError as problem:
            findings.add(f"{problem}")
            continue
        there = written.get(k, Written(*(np.zeros(0, dtype=np.int64),) * 3))
        for steps in sorted({*asked, *delays(there)}):
            expected = asked[steps][own] if steps in asked else None
            got = reads @ _writes(there, steps, source, elements_of(core), names.of)
            for text in _different(core, own, steps, expected, got, names):
                findings.add(text)


def _asked(network: QuantizedNetwork) -> dict[int, csr_array]:
    """Delay -> (neurons, neurons and input elements) int64: weights, 1 for a potential that is added."""
    from scipy import sparse

    numbers = numbered(network)
    n = sum(p.size for p in network.populations)
    total = n + sum(port.size for port in network.inputs)
    parts: dict[int, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    for p in network.projections:
        flat = p.synapses.flat()
        for steps in np.unique(flat.delay).tolist():
            mine = slice(None) if bool((flat.delay == steps).all()) else flat.delay == steps
            parts.setdefault(steps, []).append(
                (
                    flat.weight[mine].astype(np.int64),
                    numbers[p.post][flat.post[mine]],
                    numbers[p.pre][flat.source[mine]],
                )
            )
    found: dict[int, csr_array] = {}
    for steps, some in parts.items():
        weight, rows, columns = (np.concatenate(column) for column in zip(*some, strict=True))
        found[steps] = sparse.coo_array((weight, (rows, columns)), shape=(n, total)).tocsr()
    return found


def _writes(there: Written, steps: int, source: np.ndarray, elements: int, of: np.ndarray) -> csr_array:
    """(elements, neurons and input elements of the network) int64: how often a source writes an element."""
    from scipy import sparse

    mine = there.steps == steps
    by = source[there.source[mine]]
    known = by >= 0
    total = int(of.max(initial=-1)) + 1
    return sparse.coo_array(
        (np.ones(int(known.sum()), dtype=np.int64), (there.element[mine][known], by[known])),
        shape=(elements, total),
    ).tocsr()


def _different(
    core: Core, own: np.ndarray, steps: int, expected: csr_array | None, got: csr_array, names: Names
) -> Iterator[str]:
    difference = (got if expected is None else got - expected).tocoo()
    row, column = (np.asarray(axis)[difference.data != 0] for axis in difference.coords)
    for post, pre in list(zip(row.tolist(), column.tolist(), strict=True))[:EACH]:
        wanted = 0 if expected is None else int(expected[post, pre])
        yield (
            f"core {core.x}, {core.y}: synapse {names.text(pre)} -> {names.text(int(own[post]))} delay {steps}: "
            f"expected weight {wanted}, found {int(got[post, pre])}"
        )
    if row.size > EACH:
        yield f"core {core.x}, {core.y}: {row.size - EACH} more synapses like these"
