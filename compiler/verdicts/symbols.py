"""Says whether symbols name the parts of a machine that there are, so that its run can be read through them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...targets.configuration import Symbols
from ...targets.machines.any_machine import AnyMachine
from ..ir.quantized import QuantizedNetwork

SHOWN = 20


def misnamed(network: QuantizedNetwork, symbols: Symbols, machine: AnyMachine) -> tuple[str, ...]:
    """List, a sentence each, what a run of `machine` could not be read by: populations, inputs or outputs other than
    the network's, and neurons, input elements or output lines that the machine does not have; () for none.

    Which neuron a number means is not asked: that is for the comparison of words to find."""
    texts = (
        *_other_parts(network, symbols),
        *_neurons(symbols, machine),
        *_elements(symbols, machine),
        *_lines(symbols, machine),
    )
    return texts[:SHOWN]


def _other_parts(network: QuantizedNetwork, symbols: Symbols) -> Iterator[str]:
    listed = (
        ("populations", [(p.name, p.shape, p.lag_steps) for p in symbols.populations],
         [(p.name, p.shape, p.lag_steps) for p in network.populations]),
        ("inputs", [p.sent for p in symbols.inputs],
         [p.sent for p in network.inputs]),
        ("outputs", [(o.name, o.population) for o in symbols.outputs],
         [(name, p.name) for name, p in network.exported]),
    )  # fmt: skip
    for what, found, wanted in listed:
        if found != wanted:
            yield f"the symbols list {what} {found}; the network has {wanted}"
    sizes = {p.name: p.size for p in network.populations}
    for p in symbols.populations:
        if sizes.get(p.name) != p.machine_index.size:
            yield f"the symbols give {p.machine_index.size} neurons to {p.name}, which has {sizes.get(p.name, 0)}"
        scales = {*p.scales}
        wanted_scales = {name for q in network.populations if q.name == p.name for name in q.scales}
        if scales != wanted_scales:
            yield f"the symbols give {p.name} scales of {sorted(scales)}; the network has {sorted(wanted_scales)}"
    for o in symbols.outputs:
        if sizes.get(o.name) != o.line.size:
            yield f"the symbols give {o.line.size} output lines to {o.name}, which has {sizes.get(o.name, 0)} neurons"


def _neurons(symbols: Symbols, machine: AnyMachine) -> Iterator[str]:
    index = [p.machine_index for p in (*symbols.populations, *symbols.copies)]
    if _outside(index, machine.n_neurons):
        low, high = (int(bound) for bound in _ends(index))
        yield f"the words hold {machine.n_neurons} neurons, numbered from 0; the symbols name {low} to {high}"
    sizes = {p.name: p.machine_index.size for p in symbols.populations}
    for c in symbols.copies:
        if c.neuron.size != c.machine_index.size or _outside([c.neuron], sizes.get(c.population, 0)):
            yield f"the symbols list copies of neurons that {c.population} does not have"


def _elements(symbols: Symbols, machine: AnyMachine) -> Iterator[str]:
    width = max((port.first + port.size for port in symbols.inputs), default=0)
    if width != machine.n_inputs:
        yield f"the words take {machine.n_inputs} input elements, the symbols name {width}"


def _lines(symbols: Symbols, machine: AnyMachine) -> Iterator[str]:
    lines = machine.exports.n_lines
    if _outside([o.line for o in symbols.outputs], lines):
        yield f"there are {lines} output lines, and the symbols name others"


def _ends(indices: list[np.ndarray]) -> tuple[np.int64, np.int64]:
    joined = np.concatenate(indices)
    return joined.min(), joined.max()


def _outside(indices: list[np.ndarray], size: int) -> bool:
    """Whether any index is none of 0 .. size - 1."""
    return any(bool(((index < 0) | (index >= size)).any()) for index in indices)
