"""Cores that no placement can do without, before one is searched."""

from __future__ import annotations

from spikec.compiler.backends.loihi.core_usage import check_placement
from spikec.compiler.backends.loihi.least_cores import least_cores, too_few_cores
from spikec.compiler.backends.loihi.partition import partition

from .quantized_nets import layered
from .test_large_networks import chip


def test_neurons_that_reach_many_cores_need_many() -> None:
    """40 neurons are on 10 cores or more; so a neuron that reaches them takes 10 of the 12 output slots of its own."""
    net, tight = layered([1, 30, 40]), chip(compartments=4, output_slots=12)
    bound = least_cores(net, tight)
    assert (bound.cores, bound.resource) == (30, "output_slots")
    placement = partition(net, tight)
    assert check_placement(net, placement, tight) == []
    assert placement.cores >= bound.cores


def test_a_layer_on_many_cores_spreads_the_one_before() -> None:
    bound = least_cores(layered([1, 4, 12, 40]), chip(compartments=4, output_slots=12))
    assert [layer.most_on_a_core for layer in bound.layers.values()] == [1, 1, 4]
    assert [layer.cores for layer in bound.layers.values()] == [4, 12, 10]


def test_what_may_fit_is_not_refused() -> None:
    net, roomy = layered([1, 30, 40]), chip()
    bound = least_cores(net, roomy)
    assert bound.cores == 1
    assert too_few_cores(bound, roomy) is None
