"""Relays for what pools: the same sums, rounded in time alone, with consent alone, where they save axons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from spikec.compiler.backends.ranc.quantize import quantize
from spikec.compiler.backends.ranc.relays import ROLE, relay_name, with_relays
from spikec.compiler.ir.network import Network
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus

from ..speck.nets import conv, fire, flatten, front, linear, pool, port, random, row
from ..xylo.nets import network
from .nets import chip, fire as neurons, quantized
from .test_flow import OPTIONS

RELAY = relay_name("n1", "n2")


def pooled(kind: str = "AvgPool2d") -> RawGraph:
    """4 maps of 12 x 12, pooled by 2, onto 8 neurons: 576 sources in 144 groups of 4."""
    return row(
        input=port("Input", 1, 12, 12),
        w1=conv(random(1, 4, 1, 3, 3) + 0.2, padding=(1, 1)),
        n1=fire(4, 12, 12),
        p1=pool(kind, 2),
        f1=flatten(),
        w2=linear(random(2, 8, 144)),
        n2=fire(8),
        output=port("Output", 8),
    )


def two(weights: np.ndarray, delay: int = 0) -> Network:
    """n1 of as many neurons as there are columns, onto n2."""
    post, pre = weights.shape
    links: list = [("in", "n1", np.eye(pre)), ("n1", "n2", weights, delay)]
    return network(pre, {"n1": neurons(pre), "n2": neurons(post)}, links, "n2")


@pytest.mark.parametrize("delay", [0, 3])
def test_the_relays_carry_the_same_sums(delay: int) -> None:
    random = np.random.default_rng(1)
    group = random.integers(0, 30, 120)
    weights = random.normal(0, 1, (5, 30))[:, group] * (random.random(120) < 0.9)
    net = two(weights, delay)
    found = with_relays(net, chip())
    assert dict(found.relays) == {RELAY: ("n1", found.network.populations[RELAY].size)}
    (first,) = found.network.into(RELAY)
    (second,) = found.network.into("n2")
    assert (first.pre, set(first.taps), second.pre, set(second.taps)) == ("n1", {delay}, RELAY, {0})
    theta = found.network.populations[RELAY].neuron.theta
    assert theta is not None
    carried = second.taps[0] @ sparse.diags_array(1 / theta) @ first.taps[delay]
    np.testing.assert_allclose(carried.toarray(), weights)
    assert set(np.unique(first.taps[delay].data)) == {1.0}


def test_nothing_is_relayed_that_fits_or_does_not_pool() -> None:
    random = np.random.default_rng(1)
    alike = np.tile(random.normal(0, 1, (5, 12)), 5)
    for weights in (alike, random.normal(0, 1, (5, 120))):  # 60 sources; 120 that are all different
        assert with_relays(two(weights), chip()).relays == {}


def test_without_consent_there_are_none() -> None:
    weights = np.tile(np.random.default_rng(1).normal(0, 1, (5, 30)), 4)
    names = {p.name for p in quantized(two(weights), chip()).network.populations}
    assert names == {"n1", "n2"}


def compiled(**more: Any) -> Compiled:
    events = (np.random.default_rng(3).random((30, 3, 1, 12, 12)) < 0.2).astype(np.uint8)
    stimulus = Stimulus(inputs={"input": events}, labels=None, source={"kind": "made"})
    return compile_graph(pooled(), replace(OPTIONS, **more), stimulus=stimulus)


def test_the_whole_compile_has_them_as_populations_of_its_own() -> None:
    found = compiled(allow_approximation=True)
    assert found.placement_identical, found.verdicts
    report: dict[str, Any] = dict(found.report)
    lags = {p["name"]: p["lag_steps"] for p in report["network"]["populations"]}
    assert lags["n2"] == lags[RELAY] + 1 == lags["n1"] + 2
    (shown,) = [row for row in report["fidelity_table"] if row["feature"] == "pooling"]
    assert shown["where"] == RELAY
    assert "576 neurons in 144 groups" in shown["wanted"]
    assert front(pooled(), OPTIONS).network.populations.keys() == {"n1", "n2"}
    made = quantized_with_consent()
    assert [p.role for p in made.populations if p.name == RELAY] == [ROLE]


def quantized_with_consent() -> QuantizedNetwork:
    net = front(pooled(), OPTIONS).network
    return quantize(on_chip_clock(net, chip()), chip(), weight_bits=8, consent=True).network
