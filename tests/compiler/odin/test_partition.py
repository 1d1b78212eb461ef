"""Chips: the fewest there can be, by trying all ways; and what a chip may hold."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from spikec.compiler.backends.odin.capacity import fit
from spikec.compiler.backends.odin.demand import Demands, demands, rows_of_neurons
from spikec.compiler.backends.odin.partition import Partition, partition
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.targets.odin.model import OdinChip

from ..speck.nets import conv, fire as map_of_neurons, front, pool, port, random, row
from .nets import any_network, chip, layers, quantized

SMALL = chip("tinyodin", neurons=5, rows=9)


def through_the_host(seed: int, on: OdinChip) -> QuantizedNetwork | None:
    found = quantized(any_network(seed, largest=5), on, chips=4).network
    return None if found.order is None or found.order.closed_loop else found


def fits(wanted: Demands, where: tuple[int, ...], on: OdinChip) -> bool:
    """where: chip of each neuron, atom after atom."""
    at = np.split(np.array(where), np.cumsum([a.neurons.size for a in wanted.atoms])[:-1])
    of = {
        a: [c for k, atom in enumerate(wanted.atoms) if atom.population == a for c in at[k]] for a in range(3)
    }
    for k in sorted(set(where)):
        rows = {
            r for atom, chips in zip(wanted.atoms, at, strict=True) if k in chips for r in atom.rows.tolist()
        }
        if where.count(k) > on.capacity.neurons or len(rows) > on.capacity.rows:
            return False
    return all(max(of[a], default=-1) < min(of[b], default=9) for a, b in wanted.before)


def fewest(wanted: Demands, on: OdinChip, most: int) -> int:
    n = sum(a.neurons.size for a in wanted.atoms)
    return next(
        k for k in range(1, most + 1) if any(fits(wanted, w, on) for w in product(range(k), repeat=n))
    )


def test_no_way_takes_fewer_chips() -> None:
    seen: list[int] = []
    for seed in range(70):
        network = through_the_host(seed, SMALL)
        if network is None or sum(p.size for p in network.populations) > 7:
            continue
        rows = rows_of_neurons(network)
        if max(r.size for neurons in rows for r in neurons) > SMALL.capacity.rows:
            continue
        wanted = demands(network, rows, SMALL)
        assert wanted.exact
        found = partition(wanted, SMALL, 9)
        where = tuple(int(k) for counts in found.counts for k in np.repeat(np.arange(found.chips), counts))
        assert fits(wanted, where, SMALL)
        assert found.bound == found.chips == fewest(wanted, SMALL, found.chips)
        seen.append(found.chips)
    assert len(seen) > 12
    assert {1, 2} < set(seen)


def test_sources_that_a_pool_joins_share_their_rows() -> None:
    """8 maps of 4 x 4, pooled, under a kernel of 2 x 2: 8 x 4 rows, not 8 x 16."""
    raw = row(
        input=port("Input", 1, 4, 4), w=conv(random(1, 8, 1, 1, 1)), n=map_of_neurons(8, 4, 4), p=pool("AvgPool2d", 2),
        v=conv(random(2, 4, 8, 2, 2)), m=map_of_neurons(4, 1, 1), output=port("Output", 4, 1, 1),
    )  # fmt: skip
    on = chip("tinyodin", rows=40)
    network = quantized(front(raw).network, on, chips=9).network
    last = rows_of_neurons(network)[-1]
    assert {r.size for r in last} <= set(range(16, 33))
    assert fit(network, on, 9).chips is not None


@pytest.mark.parametrize(("neurons", "chips"), [(256, 1), (257, 2), (600, 3)])
def test_a_population_is_cut_where_a_chip_is_full(neurons: int, chips: int) -> None:
    made = fit(quantized(layers(3, neurons), chip("tinyodin"), chips=4).network, chip("tinyodin"), 4)
    assert made.chips == chips
    found = made.partition
    if found is not None:
        assert isinstance(found, Partition)
        assert found.bound == chips
        assert found.counts.sum() == neurons


def test_more_rows_than_a_chip_has() -> None:
    made = fit(quantized(layers(300, 20), chip("tinyodin"), chips=4).network, chip("tinyodin"), 4)
    assert made.chips is None
    assert [d.code for d in made.findings] == ["SPK2041"]
