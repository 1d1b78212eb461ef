"""What Spyx is given of a machine, and that it runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows

from . import spyx_peer
from .simulated_networks import Layer, all_to_all, machine


def small(*, loop: bool = False) -> Machine:
    random = np.random.default_rng(0)
    among = all_to_all(random, 6, 6, 1, 9) if loop else None
    layers = [
        Layer(n=6, threshold=30, synapses=all_to_all(random, 8, 6, 1, 127), onto_itself=among),
        Layer(n=3, threshold=60, synapses=all_to_all(random, 6, 3, 1, 127)),
    ]
    return machine(8, layers)


def test_weights_are_in_thresholds() -> None:
    made = small()
    flat, found = made.synapses.flat(), spyx_peer.matrices(made)
    assert found is not None
    assert [matrix.shape for matrix in found] == [(8, 6), (6, 3)]
    total = sum(float((matrix * vth).sum()) for matrix, vth in zip(found, (30, 60), strict=True))
    assert total == pytest.approx(float(flat.weight.sum()))
    (weight,) = flat.weight[(flat.source == 2) & (flat.post == 7)]
    assert found[1][2, 1] * 60 == pytest.approx(weight)


def test_a_loop_is_no_chain() -> None:
    assert spyx_peer.matrices(small(loop=True)) is None
    sparse = small()
    source, post, weight, _, _ = sparse.synapses.flat()
    kept = (source + post) % 29 == 0
    few = replace(sparse, synapses=as_rows(source[kept], post[kept], weight[kept]))
    assert spyx_peer.matrices(few) is None


@pytest.mark.skipif(spyx_peer.modules() is None, reason="the extra `benchmarks` is not installed")
def test_spyx_runs() -> None:
    run = spyx_peer.spyx(small())
    assert run is not None
    spikes = run(np.ones((20, 2, 8), dtype=np.uint8))
    assert spikes.shape == (20, 2, 9)
    assert spikes.any()
