"""The static verdict: right grids pass, and no single change of any number or of any name does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from spikec.compiler.backends.ranc.verify_words import static_verdict
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.targets.configuration import CopySymbols, Symbols
from spikec.targets.machines.crossbar_grid import GridCore, GridMachine

from ...effort import thinned
from .nets import any_network, chip, quantized
from .test_any_network import made, wide

SMALL = chip(axons=32, neurons=24)
NUMBERS = ("axon_type", "weights", "dx", "dy", "axon", "delay")


def changed(values: np.ndarray, at: tuple[int, ...]) -> np.ndarray:
    copy = values.copy()
    copy[at] = ~copy[at] if copy.dtype == np.bool_ else copy[at] + (1 if copy[at] <= 0 else -1)
    return copy


def with_core(machine: GridMachine, k: int, core: GridCore) -> GridMachine:
    return replace(machine, cores=(*machine.cores[:k], core, *machine.cores[k + 1 :]))


def faults(machine: GridMachine) -> Iterator[tuple[str, GridMachine]]:
    """Every number wrong by one and every connection the other way, one at a time; what is on no axon in use is left
    out: the type of an axon that nobody hears."""
    for k, core in enumerate(machine.cores):
        for name in (*NUMBERS, "connected"):
            values = getattr(core, name)
            for at in np.ndindex(values.shape):
                if name != "axon_type" or core.connected[:, at[0]].any():
                    yield (
                        f"core {k} {name}{at}",
                        with_core(machine, k, replace(core, **{name: changed(values, at)})),
                    )
        for name in sorted(core.params):
            for at in np.ndindex(core.params[name].shape):
                params = {**core.params, name: changed(core.params[name], at)}
                yield f"core {k} {name}{at}", with_core(machine, k, replace(core, params=params))
    for at in np.ndindex(machine.inputs.shape):
        yield f"inputs{at}", replace(machine, inputs=changed(machine.inputs, at))
    yield "an input packet less", replace(machine, inputs=machine.inputs[1:])
    yield "an output more", replace(machine, n_outputs=machine.n_outputs + 1)
    yield "an input more", replace(machine, n_inputs=machine.n_inputs + 1)


def with_splitters() -> tuple[QuantizedNetwork, GridMachine, Symbols]:
    made_of = quantized(wide(1), SMALL).network
    return made_of, *made(made_of, SMALL)


def test_no_number_of_splitters_may_be_off_by_one() -> None:
    """And none of their symbols."""
    network, machine, symbols = with_splitters()
    (splitters,) = [c for c in symbols.copies if c.role == "splitter"]
    core = np.searchsorted(machine.first, splitters.machine_index[0], side="right") - 1
    own = [(what, wrong) for what, wrong in faults(machine) if what.startswith(f"core {core} ")]
    for what, wrong in thinned(own[:400], 7):
        assert not static_verdict(network, wrong, symbols, SMALL).identical, what
    assert len(own) >= 400
    for change in (
        {"delay_steps": 0},
        {"delay_steps": 2},
        {"role": "copy"},
        {"neuron": splitters.neuron[::-1]},
    ):
        copies = tuple(replace(c, **change) if c.role == "splitter" else c for c in symbols.copies)
        assert not static_verdict(network, machine, replace(symbols, copies=copies), SMALL).identical


@pytest.mark.parametrize("seed", [1, 5, 14])
def test_no_number_may_be_off_by_one(seed: int) -> None:
    """Delays of spikes to the output bus included, though it has none."""
    network = quantized(any_network(seed), SMALL).network
    machine, symbols = made(network, SMALL)
    assert static_verdict(network, machine, symbols, SMALL).identical
    tried = 0
    for what, wrong in thinned(faults(machine), 7):
        assert not static_verdict(network, wrong, symbols, SMALL).identical, what
        tried += 1
    assert tried > 300 // 7


def wrong_symbols(symbols: Symbols) -> Iterator[Symbols]:
    first = symbols.populations[0]
    swapped = first.machine_index[::-1].copy()
    if swapped.size > 1:
        yield replace(symbols, populations=(replace(first, machine_index=swapped), *symbols.populations[1:]))
    yield replace(symbols, populations=(replace(first, lag_steps=9), *symbols.populations[1:]))
    yield replace(symbols, populations=(replace(first, name="x"), *symbols.populations[1:]))
    yield replace(symbols, inputs=(replace(symbols.inputs[0], first=1),))
    yield replace(symbols, copies=())
    copy = symbols.copies[0]
    for change in (
        {"population": "x"}, {"delay_steps": 1}, {"machine_index": copy.machine_index + 1000},
        {"neuron": copy.neuron + 1000}, {"machine_index": copy.machine_index[1:]},
    ):  # fmt: skip
        yield replace(symbols, copies=(replace(copy, **change), *symbols.copies[1:]))


@pytest.mark.parametrize("seed", [1, 5, 6])
def test_symbols_that_name_other_neurons_are_found(seed: int) -> None:
    network = quantized(any_network(seed), SMALL).network
    machine, symbols = made(network, SMALL)
    assert isinstance(symbols.copies[0], CopySymbols)
    for k, wrong in enumerate(wrong_symbols(symbols)):
        assert not static_verdict(network, machine, wrong, SMALL).identical, k
