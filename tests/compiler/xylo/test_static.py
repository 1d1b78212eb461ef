"""The static verdict: right configurations pass, and no single change of any field does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.xylo.assign import Assignment, assign
from spikec.compiler.backends.xylo.configuration import configuration
from spikec.compiler.backends.xylo.unplaced import expand
from spikec.compiler.backends.xylo.verify_words import static_verdict
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.sim.engines.ordered import simulate_ordered
from spikec.targets.configuration import Symbols
from spikec.targets.xylo import neuron
from spikec.targets.xylo.attributes import encode
from spikec.targets.xylo.configuration import XyloConfiguration, machine
from spikec.targets.xylo.files import decode

from .nets import AUDIO3
from .quantized import random_network


def compiled(seed: int) -> tuple[QuantizedNetwork, XyloConfiguration, Symbols]:
    network = random_network(seed)
    made, symbols = configuration(network, assign(network, AUDIO3), AUDIO3)
    return network, made, symbols


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_what_was_made_is_right_and_runs_as_the_network(seed: int) -> None:
    network, made, symbols = compiled(seed)
    read = decode(encode(made, AUDIO3), AUDIO3)
    verdict = static_verdict(network, read, symbols)
    assert verdict.identical, verdict.findings
    events = np.random.default_rng(seed).integers(0, 16, (30, 2, network.inputs[0].size)).astype(np.uint8)
    placed = simulate_ordered(machine(read), neuron, events, states=True)
    wanted = simulate_ordered(expand(network, AUDIO3)[0], neuron, events, states=True)
    np.testing.assert_array_equal(placed.spikes, wanted.spikes)
    for name in wanted.states:
        np.testing.assert_array_equal(placed.states[name], wanted.states[name])


def changed(values: np.ndarray, at: tuple[int, ...], by: int) -> np.ndarray:
    copy = values.copy()
    copy[at] = copy[at] + by if -128 <= int(copy[at]) + by <= 32767 else copy[at] - by
    return copy


def faults(made: XyloConfiguration) -> Iterator[tuple[str, XyloConfiguration]]:
    """Every number of the configuration wrong by one, one at a time."""
    for name in ("weights_in", "weights_rec", "weights_out"):
        values = getattr(made, name)
        for at in np.ndindex(values.shape):
            by = -1 if values[at] == 127 else 1
            yield f"{name}{at}", replace(made, **{name: changed(values, at, by)})
    for at in np.ndindex(made.alias_target.shape):
        yield f"alias{at}", replace(made, alias_target=changed(made.alias_target, at, 1))
    for group in ("hidden", "output"):
        fields = getattr(made, group)
        for name in sorted(fields):
            for at in np.ndindex(fields[name].shape):
                wrong = {**fields, name: changed(fields[name], at, 1)}
                yield f"{group} {name}{at}", replace(made, **{group: wrong})
    for name in ("shift_in", "shift_rec", "shift_out"):
        yield name, replace(made, **{name: (getattr(made, name) + 1) % 8})
    wider = np.concatenate([made.weights_in, np.zeros_like(made.weights_in[:, :1])], axis=1)
    yield "input expansion", replace(made, weights_in=wider)
    yield "output expansion", replace(made, weights_out=np.pad(made.weights_out, ((1, 0), (0, 0))))
    yield "inputs", replace(made, weights_in=np.pad(made.weights_in, ((0, 1), (0, 0), (0, 0))))
    yield (
        "synapses",
        replace(made, weights_in=made.weights_in[:, :, :1], weights_rec=made.weights_rec[:, :, :1]),
    )


@pytest.mark.parametrize("seed", range(4))
def test_no_wrong_number_is_missed(seed: int) -> None:
    network, made, symbols = compiled(seed)
    found = {what: static_verdict(network, wrong, symbols) for what, wrong in faults(made)}
    assert len(found) > 90
    assert not [what for what, verdict in found.items() if verdict.identical]


def test_findings_name_neuron_and_synapse() -> None:
    network, made, symbols = compiled(1)
    last = made.n_hidden - 1
    threshold = {**made.hidden, "threshold": changed(made.hidden["threshold"], (last,), 1)}
    (text,) = static_verdict(network, replace(made, hidden=threshold), symbols).findings
    size = network.population("b").size
    right = int(made.hidden["threshold"][last])
    assert text == f"hidden neuron {last}: b[{size - 1}]: threshold expected {right}, found {right + 1}"
    weights = made.weights_in.copy()
    weights[0, 0, 0] = 5
    (text,) = static_verdict(network, replace(made, weights_in=weights), symbols).findings
    expected, found = (f"weight {code << 2} delay 0" for code in (127, 5))
    assert text == f"hidden neuron 0: synapse in[0] -> a[0]: expected {expected}, found {found}"
    alias = made.alias_target.copy()
    alias[0] = -1
    (text,) = static_verdict(network, replace(made, alias_target=alias), symbols).findings
    assert text == f"a[0]: copied to none, expected b[{size - 1}]"


def test_wrong_symbols_are_findings() -> None:
    network, made, symbols = compiled(2)
    first, *others = symbols.populations
    swapped = first.machine_index[::-1]
    for wrong in (
        replace(first, machine_index=swapped),
        replace(first, machine_index=first.machine_index + 1),
        replace(first, machine_index=first.machine_index[:1]),
        replace(first, lag_steps=3),
        replace(first, scales={}),
        replace(first, name="ghost"),
    ):
        listed = replace(symbols, populations=(wrong, *others))
        assert not static_verdict(network, made, listed).identical
    port = replace(symbols.inputs[0], first=1)
    assert not static_verdict(network, made, replace(symbols, inputs=(port,))).identical


def test_places_of_another_network_are_findings() -> None:
    """Neurons at other places than the symbols say."""
    network, _, symbols = compiled(3)
    right = assign(network, AUDIO3)
    n = right.hidden.size
    turned = Assignment(hidden=n - 1 - right.hidden, input_expansion=n, output_expansion=n, synapses=2)
    other, _ = configuration(network, turned, AUDIO3)
    assert not static_verdict(network, other, symbols).identical
