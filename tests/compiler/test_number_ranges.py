"""Weights of two networks side by side, and what formats hold, by hand."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import spikec
from scipy.sparse import csr_array
from spikec.compiler.ir.network import Network, Neuron, Population, Projection
from spikec.compiler.ir.number_ranges import NumberFormats
from spikec.compiler.ir.on_chip import ChipMembrane, OnChip
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.verdicts.number_ranges import BINS, histogram, integers, weight_ranges

from .commandline import ROOT
from .test_cost import OPTIONS, two_layers

STEP = 0.25


Matrix = tuple[int, list[list[float]]]


def weights(*taps: Matrix) -> dict[tuple[str, str], dict[int, csr_array]]:
    return {("in", "a"): {delay: csr_array(np.array(matrix)) for delay, matrix in taps}}


def network(*taps: Matrix) -> Network:
    neuron = Neuron(alpha=None, beta=np.ones(2), bias=np.zeros(2), theta=np.ones(2))
    matrices = weights(*taps)["in", "a"]
    return Network(
        inputs={"in": (3,)}, outputs={}, dt_seconds=1.0,
        populations={"a": Population(name="a", shape=(2,), neuron=neuron, paths=("a",))},
        projections=(Projection(pre="in", post="a", taps=matrices),),
    )  # fmt: skip


def test_two_networks_side_by_side() -> None:
    wanted = weights((0, [[1.0, 0.0, -0.6], [0.1, 0.3, 0.0]]))
    chip = network((0, [[0.75, 0.0, -0.5], [0.0, 0.25, 0.0]]))
    on_chip = OnChip(network=chip, membranes={"a": ChipMembrane(step=np.full(2, STEP), rounded=None)})
    (row,) = weight_ranges(wanted, on_chip, NumberFormats(weights={("in", "a"): (-3.0, 3.0)}))
    assert (row.pre, row.post, row.weights, row.step) == ("in", "a", 4, STEP)
    assert (row.low, row.high) == (-0.6, 1.0)
    assert (row.format_low, row.format_high) == (-0.75, 0.75)
    assert row.lost == 1  # 0.1
    assert row.at_limit == 1  # 0.75
    assert row.worst == pytest.approx(0.25)
    assert row.mean == pytest.approx((0.25 + 0.1 + 0.1 + 0.05) / 4)


def test_delays_are_apart_unless_the_chip_has_others() -> None:
    wanted = weights((0, [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), (2, [[0.5, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    same = network((0, [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), (2, [[0.25, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    membranes = {"a": ChipMembrane(step=np.full(2, STEP), rounded=None)}
    (row,) = weight_ranges(wanted, OnChip(network=same, membranes=membranes), NumberFormats())
    assert (row.weights, row.worst, row.high, row.format_low) == (3, 0.25, 1.0, None)
    other = network((1, [[1.5, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    (row,) = weight_ranges(wanted, OnChip(network=other, membranes=membranes), NumberFormats())
    assert (row.weights, row.worst, row.high) == (2, 0.0, 1.5)


def test_a_synaptic_current_of_delays_is_compared_delay_by_delay() -> None:
    """A chip without a second state makes the current of delayed synapses; each of these is near its own weight."""
    file = ROOT / "tests" / "corpus" / "snntorch_cuba_digits.nir"
    made = spikec.compile(file, "loihi2", dialect="snntorch.Synaptic")
    for row in made.report.ranges.weights:
        assert row.weights > 4096 if row.pre == "input" else row.weights > 640
        assert row.worst < 0.02 * max(row.high, -row.low)
        assert row.format_high is not None
        assert row.high < row.format_high


def test_a_histogram_has_both_ends() -> None:
    found = histogram(np.array([-1.0, 0.0, 1.0, 1.0]), -1.0, 1.0)
    assert (found.counts[0], found.counts[BINS // 2], found.counts[-1]) == (1, 1, 2)
    assert sum(histogram(np.full(7, 3.0), 3.0, 3.0).counts) == 7


def test_every_bin_of_integers_holds_as_many() -> None:
    few = integers(np.arange(-3, 4), -3, 3)
    assert (few.low, few.high, few.counts) == (-3.5, 3.5, (1,) * 7)
    many = integers(np.arange(0, 100), 0, 99)
    assert set(many.counts[:-1]) == {3}
    assert sum(many.counts) == 100
    assert many.high - many.low == 3 * len(many.counts)


FORMATS = {
    "loihi1": (-(2**23) + 1, 2**23 - 1),
    "loihi2": (-(2**23) + 1, 2**23 - 1),
    "tinyodin": (-2048, 2047),
    "ranc": (-256, 255),
    "reckon": (-32768, 32767),
    "speck2f": (-32768, 32767),
    "spinnaker1": (-(2**31), 2**31 - 1),
    "xylo_audio3": (-32768, 32767),
}


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_every_family_says_what_its_registers_hold(target: str) -> None:
    made = compile_graph(two_layers(), replace(OPTIONS, target=target, allow_approximation=True))
    ranges = made.report.ranges
    assert ranges.weights_left_out == ""
    assert ranges.weights
    assert {(row.format_low, row.format_high) for row in ranges.membranes} == {FORMATS[target]}
    for row in ranges.weights:
        assert row.format_low is not None
        assert row.format_high is not None
        ends = row.format_low - row.step / 2, row.format_high + row.step / 2
        bins = [k for k, count in enumerate(row.chip.counts) if count]
        wide = (row.chip.high - row.chip.low) / BINS
        assert row.chip.low + bins[0] * wide >= ends[0] - wide
        assert row.chip.low + (bins[-1] + 1) * wide <= ends[1] + wide
        assert row.worst <= max(row.high, -row.low)


def test_the_format_of_kernels_is_their_eight_bits() -> None:
    """What is at the end of the format is a code of -128 or 127 in the file that is loaded."""
    made = compile_graph(two_layers(), Options(**{**OPTIONS.__dict__, "target": "speck2f"}))
    kernels = dict(np.load(io.BytesIO(made.files["quantized.npz"])))
    index = json.loads(kernels["index"].tobytes())
    codes = {p["name"]: kernels[f"layer/{k:05d}/kernel"] for k, p in enumerate(index["populations"])}
    for row in made.report.ranges.weights:
        mine = codes[row.post]
        assert row.at_limit == int(((mine == 127) | (mine == -128)).sum())
