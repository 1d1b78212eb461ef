"""Where neurons of PAICORE 2.5 go: rows of memory, kernels that walk, boxes that touch, and what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.backends.paicore25.boxes import Board, Box, boxes_of
from spikec.compiler.backends.paicore25.lay_out import lay_out
from spikec.compiler.backends.paicore25.timing import Hop, start_ticks
from spikec.compiler.ir.network import Network
from spikec.compiler.options import Options
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets.paicore25.memory import record_rows, shared
from spikec.targets.paicore25.weight_words import rows_of, weight_bits

from .nets import CHIP, chip, conv_node, convolution, made, network, neuron, random_network


def dense(n_in: int, n: int, *, delay: int = 0, share: float = 1.0, seed: int = 0) -> Network:
    random = np.random.default_rng(seed)
    weights = random.normal(0.1, 0.5, (n, n_in)) * (random.random((n, n_in)) < share)
    return network({"in": (n_in,)}, {"a": ((n,), neuron(n, 0.5))}, [("in", "a", {delay: weights}, ())], ["a"])


@pytest.mark.parametrize(
    ("n_in", "n", "rows"),
    [
        (64, 64, 64 * (2 + 16)),
        (512, 10, 10 * (2 + 128)),
        (700, 5, 5 * (2 + 175)),
        (700, 60, 60 * (2 + 44)),
        (2000, 5, 5 * (2 + 250)),
    ],
)
def test_rows_of_dense_layers(n_in: int, n: int, rows: int) -> None:
    """Two for a neuron, one where it takes the second of the one before; a byte a weight, 16 in a row; each event of
    the host up to four times, where half a core and eight slots have room for that."""
    (used,) = made(dense(n_in, n)).placed.placement.used
    assert 0.98 * rows <= used["memory_rows"] <= rows


@pytest.mark.parametrize("seed", range(0, 12, 2))
def test_rows_are_those_that_are_written(seed: int) -> None:
    found = made(random_network(seed), wide=bool(seed % 4))
    written = [
        int(record_rows(shared(core.records) if not core.records.size else core.records).sum())
        + sum(rows_of(vector, weight_bits(core.registers)) for vector in core.vectors)
        for core in found.configuration.cores
        if core.records.size
    ]
    assert written == [used["memory_rows"] for used in found.placed.placement.used]


def map_of(n: int, channels: int = 4) -> Network:
    random = np.random.default_rng(0)
    weights, shape = convolution(random.normal(0, 1, (channels, 1, 3, 3)), (n, n), 1, 1)
    one = neuron(int(np.prod(shape)), 0.5)
    return network(
        {"in": (1, n, n)},
        {"a": (shape, one)},
        [("in", "a", {0: weights}, ("conv",))],
        ["a"],
        {"conv": conv_node("conv", 1)},
    )


def test_a_kernel_walks() -> None:
    """A record a channel: three rows, four potentials a row, and a kernel that reaches over two rows of the map, four
    times."""
    found = made(map_of(8))
    (core,) = [core for core in found.configuration.cores if core.records.size]
    assert core.records["fold_number"].tolist() == [64] * 4
    assert core.records["fold_range_y"].tolist() == [8] * 4
    assert core.registers["neuron_number"] == 4 * (3 + 16)
    assert {-(-vector.weights.size // 16) for vector in core.vectors} == {6}  # 4 * (2 * 10 + 3) elements


def test_cores_of_a_section_are_a_box_and_all_touch() -> None:
    found = made(dense(600, 400))
    sites = [found.placed.placement.site(k) for k in range(found.placed.placement.cores)]
    assert len(set(sites)) == len(sites) == 4
    x, y = zip(*(divmod(site, 9)[::-1] for site in sites), strict=True)
    assert (max(x) - min(x) + 1) * (max(y) - min(y) + 1) == len(found.configuration.cores)
    assert found.placed.placement.certificate.status == "optimal"


def test_boxes_fill_the_board() -> None:
    """63 cores in sections of 7."""
    found = lay_out(made(dense(600, 400)).quantized.network, CHIP)
    board = Board(columns=9, rows=9, first_row=2)
    boxes = boxes_of(found, board)
    assert boxes is not None
    assert board.size == 63
    assert boxes[0] in (Box(0, 2, 2, 2), Box(0, 2, 4, 1))
    assert [board.site(board.position(site)) for site in range(63)] == [*range(63)]


@pytest.mark.parametrize(
    ("net", "target", "code", "says"),
    [
        (dense(40000, 2, share=0.0005), chip(most_lcn=6), "SPK2001", "reads 32,768 bits"),
        (dense(1000, 3), chip(rows=40), "SPK2001", "a core of PAICORE 2.5 has 40"),
        (dense(500, 2200), chip(rows=1024), "SPK2003", "needs 74 cores, 71 at least"),
        (dense(40000, 2, delay=2, share=0.0005), CHIP, "SPK1003", "holds 2 of 65,536 bits"),
    ],
)
def test_what_does_not_fit_is_refused(net: Network, target: Any, code: str, says: str) -> None:
    with pytest.raises(DiagnosticError, match=code) as raised:
        made(net, target)
    assert says in str(raised.value)


def test_potentials_that_cores_do_not_hear_are_counted_in_the_bound() -> None:
    """Of two potentials a neuron a core of two slots hears those of 16 in a step: 1,000 neurons take 63 cores."""
    with pytest.raises(DiagnosticError, match="SPK2003") as raised:
        made(dense(32, 1000), chip(most_lcn=1), wide=True)
    told = str(raised.value)
    assert "1,000 neurons add 2,000 potentials, in 63 cores, each of which hears 32 in a chip step" in told
    assert "without --split-weights" in told
    needed, least = (int(text.split()[-1]) for text in told.split(" at least")[0].split(" cores, "))
    assert needed == least > 63


def test_delays_that_the_buffer_does_not_hold() -> None:
    """Of 1,000 sources a step takes two slots of 256."""
    random = np.random.default_rng(0)
    net = network(
        {"in": (4,)},
        {"a": ((1000,), neuron(1000, 0.5)), "b": ((2,), neuron(2, 0.5))},
        [
            ("in", "a", {0: random.normal(0.5, 0.1, (1000, 4))}, ()),
            ("a", "b", {127: random.normal(0, 0.1, (2, 1000))}, ()),
        ],
        ["b"],
    )
    made(net)
    longer = network(
        {"in": (4,)},
        {"a": ((1000,), neuron(1000, 0.5)), "b": ((2,), neuron(2, 0.5))},
        [
            ("in", "a", {0: random.normal(0.5, 0.1, (1000, 4))}, ()),
            ("a", "b", {128: random.normal(0, 0.1, (2, 1000))}, ()),
        ],
        ["b"],
    )
    with pytest.raises(DiagnosticError, match="SPK1003"):
        made(longer)


def test_when_cores_start() -> None:
    hops = [Hop("a", "b", 0), Hop("b", "c", 0), Hop("a", "c", 0), Hop("c", "a", 3), Hop("b", "b", 1)]
    assert start_ticks("abc", hops) == ({"a": 1, "b": 2, "c": 3}, ())
    _, loop = start_ticks("abc", [*hops[:3], Hop("c", "a", 2)])
    assert {(hop.pre, hop.post) for hop in loop} == {("a", "b"), ("b", "c"), ("c", "a")}


def test_an_estimate_counts_what_is_placed() -> None:
    backend: Any = backend_of(CHIP)
    found = made(dense(600, 400))
    estimate = backend.estimate(found.quantized.network, CHIP, Options())
    assert (estimate.cores, estimate.available, estimate.reason) == (4, 63, "")
    too_many = backend.estimate(found.quantized.network, chip(rows=80), Options())
    assert "63" in too_many.reason
