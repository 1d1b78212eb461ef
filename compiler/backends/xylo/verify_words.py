"""Checks that the decoded configuration holds the quantised network and nothing else: the static half of the
verdict.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.configuration import Symbols
from ....targets.xylo import neuron
from ....targets.xylo.configuration import USUAL, XyloConfiguration
from ....targets.xylo.model import Spikes
from ...ir.stages import StaticVerdict
from ..shared.static import (
    Findings,
    Names,
    NetworkTable,
    WordTable,
    compare,
    joined,
    named,
    numbered,
    synapse_columns,
)
from .quantized_network import QuantizedNetwork
from .verify_ties import compare_ties
from .wiring import is_output


def static_verdict(
    network: QuantizedNetwork, configuration: XyloConfiguration, symbols: Symbols, spikes: Spikes = USUAL
) -> StaticVerdict:
    """Compare a configuration, through its symbols, with the network.

    Never raises for a wrong configuration or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    names = named(network, symbols, sum(p.size for p in network.populations), findings)
    if names is None or not _same_sizes(network, configuration, findings):
        return findings.verdict()
    if _places(network, symbols, configuration, findings):
        compare(_words(configuration, names, spikes), _asked(network), names, findings)
        _aliases(network, configuration, names, findings)
        _shifts(network, configuration, findings)
        compare_ties(network, configuration, names, findings)
    return findings.verdict()


def _same_sizes(network: QuantizedNetwork, c: XyloConfiguration, findings: Findings) -> bool:
    outputs = sum(p.size for p in network.populations if is_output(p))
    hidden = sum(p.size for p in network.populations) - outputs
    inputs = sum(port.size for port in network.inputs)
    sizes = {
        "hidden neurons": (c.n_hidden, hidden),
        "output neurons": (c.n_outputs, outputs),
        "inputs": (int(c.weights_in.shape[0]), inputs),
        "aliases": (c.alias_target.size, hidden),
        **{f"hidden {name}": (c.hidden[name].size, hidden) for name in sorted(c.hidden)},
        **{f"output {name}": (c.output[name].size, outputs) for name in sorted(c.output)},
    }
    for what, (found, expected) in sizes.items():
        if found != expected:
            findings.add(f"{what}: {found}; the network has {expected}")
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
    for what, found, expected in (
        ("hidden neurons behind inputs", int(c.weights_in.shape[1]), reach),
        ("hidden neurons before outputs", int(c.weights_out.shape[0]), last),
        ("synapses of a hidden neuron", c.n_synapses, 1 + max(receptors, default=0)),
    ):
        if found != expected:
            findings.add(f"{what}: the matrices have {found}, the network's synapses take {expected}")
    return apart


def _words(c: XyloConfiguration, names: Names, spikes: Spikes) -> WordTable:
    n = c.n_hidden

    def place(neuron: int) -> str:
        return f"hidden neuron {neuron}" if neuron < n else f"output neuron {neuron - n}"

    source, target, receptor, weight = np.concatenate(_held(c), axis=1)
    return WordTable(
        owner=names.of[: n + c.n_outputs],
        registers=_parameters(c, spikes),
        synapses=synapse_columns(names.of[source], target, weight, receptor=receptor),
        place=place,
    )


def _asked(network: QuantizedNetwork) -> NetworkTable:
    number = numbered(network)
    return NetworkTable(
        registers={
            name: np.concatenate([p.params[name] for p in network.populations]) for name in neuron.PARAMETERS
        },
        synapses=joined(
            [
                synapse_columns(
                    number[p.pre][p.cols],
                    number[p.post][p.rows],
                    p.code * (1 << p.shift),
                    receptor=np.full(p.rows.size, p.receptor),
                )
                for p in network.projections
                if not p.alias
            ]
        ),
    )


def _parameters(c: XyloConfiguration, spikes: Spikes) -> Mapping[str, np.ndarray]:
    """Every parameter, hidden neurons first, as they are, in range or not."""
    missing = np.zeros(c.n_outputs, dtype=np.int64)
    limits = np.repeat([spikes.hidden, spikes.output], [c.n_hidden, c.n_outputs])
    return {
        name: limits
        if name == "max_spikes"
        else np.concatenate([c.hidden[name], c.output.get(name, missing)]).astype(np.int64)
        for name in neuron.PARAMETERS
    }


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


def _aliases(network: QuantizedNetwork, c: XyloConfiguration, names: Names, findings: Findings) -> None:
    number = numbered(network)
    aliases = np.full(c.n_hidden, -1, dtype=np.int64)
    for p in network.projections:
        if p.alias:
            aliases[names.machine[number[p.pre][p.cols]]] = names.machine[number[p.post][p.rows]]
    for at in np.flatnonzero(aliases != c.alias_target):
        expected, found = (
            names.of_machine(int(a[at]))
            if 0 <= a[at] < c.n_hidden
            else "none"
            if a[at] == -1
            else str(int(a[at]))
            for a in (aliases, c.alias_target)
        )
        findings.add(f"{names.of_machine(int(at))}: copied to {found}, expected {expected}")


def _shifts(network: QuantizedNetwork, c: XyloConfiguration, findings: Findings) -> None:
    """A matrix without weights has no shift."""
    inputs = {port.name for port in network.inputs}
    outputs = {p.name for p in network.populations if is_output(p)}
    expected = {"input": 0, "recurrent": 0, "output": 0}
    for p in network.projections:
        if not p.alias:
            kind = "input" if p.pre in inputs else "output" if p.post in outputs else "recurrent"
            expected[kind] = p.shift
    for kind, found in (("input", c.shift_in), ("recurrent", c.shift_rec), ("output", c.shift_out)):
        if found != expected[kind]:
            findings.add(f"{kind} weights: shift expected {expected[kind]}, found {found}")
