"""Rows that are added whole against synapses one by one: the same spikes, states and counts."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from spikec.sim.engines.ordered_kernel import by_synapses
from spikec.sim.engines.ordered_matrix import by_rows, matrix
from spikec.targets.machines.ordered import OrderedMachine
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.reckon import neuron as reckon
from spikec.targets.reckon.configuration import machine as reckon_machine
from spikec.targets.xylo import neuron as xylo
from spikec.targets.xylo.configuration import machine as xylo_machine

from . import xylo_networks as networks
from .reckon_networks import core


def drawn(chip: str, seed: int) -> tuple[OrderedMachine, ModuleType]:
    rng = np.random.default_rng(seed)
    if chip == "reckon":
        return reckon_machine(core(rng, inputs=7, recurrent=20, outputs=5, heavy=seed % 2 == 0)), reckon
    made = xylo_machine(networks.configuration(rng, largest=12))
    n, sources = made.n_neurons, made.n_neurons + made.rows.size
    source, post = np.repeat(np.arange(sources), n), np.tile(np.arange(n), sources)
    weight = rng.integers(-(1 << 14), 1 << 14, source.size)
    return replace(
        made,
        alias_target=np.full(n, -1),
        synapses=as_rows(source, post, weight, np.zeros_like(weight)),
        syn_receptor=rng.integers(0, 2, source.size),
    ), xylo


@pytest.mark.parametrize("chip", ["reckon", "xylo"])
@pytest.mark.parametrize("seed", range(4))
def test_rows_and_synapses_agree(chip: str, seed: int) -> None:
    made, module = drawn(chip, seed)
    rng = np.random.default_rng(seed)
    sent = rng.integers(0, made.max_events + 1, (40, made.rows.size)).astype(np.uint8)
    rows = by_rows(made, module, 1, made.turns, states=True)
    assert rows is not None
    synapses = by_synapses(made, module, 1, made.turns, states=True, fast=False, peak=None)
    found = [np.zeros((41, made.n_neurons), dtype=np.uint8) for _ in range(2)]
    (states, counts), (wanted_states, wanted_counts) = rows(0, sent, found[0]), synapses(0, sent, found[1])
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(states, wanted_states)
    np.testing.assert_array_equal(counts, wanted_counts)


def test_rows_are_not_added_whole_where_each_of_two_synapses_is_clipped_by_itself() -> None:
    made, _ = drawn("reckon", 1)
    assert matrix(made, 1) is not None
    listed = made.synapses
    first = {name: getattr(listed, name)[:1] for name in ("source", "row", "base", "axon")}
    more = {name: np.concatenate([getattr(listed, name), one]) for name, one in first.items()}
    twice = replace(listed, **more)
    receptor = np.concatenate([made.syn_receptor, made.syn_receptor[: listed.lengths[0]]])
    assert matrix(replace(made, synapses=twice, syn_receptor=receptor), 1) is None


def test_rows_that_are_mostly_empty_are_not_added_whole() -> None:
    made, _ = drawn("reckon", 1)
    few = made.synapses.of_axons(np.arange(made.synapses.source.size) < made.synapses.source.size // 8)
    assert matrix(replace(made, synapses=few, syn_receptor=made.syn_receptor[: few.count]), 1) is None
