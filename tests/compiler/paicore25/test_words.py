"""Words that are not the network: each kind of change is found, by reading words alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.paicore25.verify_words import static_verdict
from spikec.targets.configuration import Symbols
from spikec.targets.paicore25.configuration import Core, PaicoreConfiguration, Vector

from .nets import Made, made, network, neuron


@pytest.fixture(scope="module")
def found() -> Made:
    """Two layers, the first heard by the second and by itself, and read."""
    random = np.random.default_rng(0)
    neurons = {"a": ((6,), neuron(6, 0.75, bias=0.05)), "b": ((3,), neuron(3, 0.75, reset="subtract"))}
    links = [
        ("in", "a", {0: random.normal(0.2, 0.5, (6, 5))}, ()),
        ("a", "a", {2: random.normal(0, 0.3, (6, 6))}, ()),
        ("a", "b", {0: random.normal(0.2, 0.5, (3, 6))}, ()),
    ]
    return made(network({"in": (5,)}, neurons, links, ["a", "b"]))


def with_core(c: PaicoreConfiguration, change: Callable[[Core], Core]) -> PaicoreConfiguration:
    return replace(c, cores=(change(c.cores[0]), *c.cores[1:]))


def record(**fields: int) -> Callable[[PaicoreConfiguration], PaicoreConfiguration]:
    """Add to fields of the first record."""

    def change(core: Core) -> Core:
        records = core.records.copy()
        for name, by in fields.items():
            records[name][0] += by
        return replace(core, records=records)

    return lambda c: with_core(c, change)


def register(**values: int) -> Callable[[PaicoreConfiguration], PaicoreConfiguration]:
    return lambda c: with_core(c, lambda core: replace(core, registers={**core.registers, **values}))


def _weight(core: Core) -> Core:
    weights = core.vectors[0].weights.copy()
    weights[np.flatnonzero(weights)[0]] += 1
    return replace(core, vectors=(Vector(weights, core.vectors[0].address), *core.vectors[1:]))


def _input(c: PaicoreConfiguration) -> PaicoreConfiguration:
    one = c.inputs[0]
    return replace(c, inputs=(one._replace(address=one.address[::-1]), *c.inputs[1:]))


CHANGES: Mapping[str, Callable[[PaicoreConfiguration], PaicoreConfiguration]] = {
    **{
        name: record(**{name: 1})
        for name in ("leak_v", "leak_tau", "thr_pos", "thr_neg", "reset_v", "init_v")
    },
    **{
        name: record(**{name: by})
        for name, by in {
            "reset_mode": 1,
            "leak_multi_mode": -1,
            "leak_multi_sequence": -1,
            "leak_multi_input": 1,
            "leak_add_mode": 1,
            "lateral": 1,
            "thr_pos_mode": 1,
            "thr_neg_mode": -1,
            "v": 1,
            "output_type": 1,
            "weight_skew": 1,
            "axon": 1,
            "tick_relative": 1,
            "x": 1,
            "vector": 1,
        }.items()
    },
    "weight": lambda c: with_core(c, _weight),
    "max_pooling": register(max_pooling=1),
    "snn_ann": register(snn_ann=1),
    "zero_output": register(zero_output=1),
    "input_sign": register(input_sign=1),
    "axon_skew": register(axon_skew=1),
    "tick_initial": register(tick_initial=3),
    "tick_duration": register(tick_duration=3),
    "add_potential": register(add_potential=1),
    "input map": _input,
    "chip steps": lambda c: replace(c, chip_steps=c.chip_steps + 1),
}


def test_what_is_written_is_the_network(found: Made) -> None:
    assert static_verdict(found.quantized.network, found.configuration, found.emitted.symbols).identical
    assert found.emitted.symbols.copies, "a neuron with two receivers is two records"


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found(found: Made, name: str) -> None:
    wrong = CHANGES[name](found.configuration)
    verdict = static_verdict(found.quantized.network, wrong, found.emitted.symbols)
    assert not verdict.identical
    assert verdict.findings


@pytest.mark.parametrize("part", ["populations", "copies"])
def test_wrong_symbols_are_found(found: Made, part: str) -> None:
    symbols: Symbols = found.emitted.symbols
    first, *others = getattr(symbols, part)
    moved = replace(first, machine_index=np.roll(first.machine_index, 1))
    changed: Any = {part: (moved, *others)}
    assert not static_verdict(
        found.quantized.network, found.configuration, replace(symbols, **changed)
    ).identical
