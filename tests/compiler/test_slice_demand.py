"""What a run of neurons takes of a core, against the definition of shared axons and rows."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.backends.loihi.slice_demand import SUMMED, Demands
from spikec.targets import load
from spikec.targets.loihi1.resources import axon_bits, bits_anywhere
from spikec.targets.row_order import row_order

from ..targets.axon_rows import axon_rows
from .quantized_nets import random_network

LAST = load("loihi1").capacity.compartments - 1


@pytest.mark.parametrize("anywhere", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_axons_and_memory_are_those_of_the_definition(seed: int, anywhere: bool) -> None:
    rng, target = np.random.default_rng(seed), load("loihi1")
    net = random_network(rng)
    demands = Demands(net, target, anywhere=anywhere)
    for population in net.populations:
        first, last = sorted(rng.choice(population.size + 1, 2, replace=False).tolist())
        axons = bits = 0
        for projection in net.projections:
            if projection.post != population.name:
                continue
            source, post, code, delay, _ = (c.astype(np.int64) for c in projection.synapses.flat())
            here = (post >= first) & (post < last)
            if not here.any():
                continue
            source, post, code, delay = (c[here] for c in (source, post, code, delay))
            order = row_order(source, post, delay, code)
            rows = axon_rows(source[order], post[order] - first, code[order], delay[order], LAST)
            axons += rows.axon_first.size
            if anywhere:
                bits += bits_anywhere(rows.axon_count, projection.format, LAST, target.synapse).bits
            else:
                each = rows.row_count, rows.span, rows.max_index, rows.twice
                bits += axon_bits(*each, projection.format, target.synapse).bits
        found = demands.demand(population.name, first, last, demands.no_slots(population.name))
        amounts = dict(zip(SUMMED, found.sums, strict=True))
        assert (amounts["input_axons"], amounts["synapse_memory_bits"]) == (axons, bits)
        assert amounts["compartments"] == last - first
