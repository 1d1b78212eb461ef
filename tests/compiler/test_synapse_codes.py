"""Float weights as mantissas: exact where they can be, and right in sum where they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import sparse
from spikec.compiler.backends.shared.cuba.precision import Precision, split_exponent
from spikec.compiler.backends.shared.cuba.quantize import quantize
from spikec.compiler.backends.shared.cuba.synapse_codes import encode_weights
from spikec.compiler.ir.matrix_rows import matrix_rows
from spikec.compiler.options import Options
from spikec.compiler.prepare import read_front, resolve_target
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.targets import load
from spikec.targets.machines.synapse_rows import SynapseRows

from .graphs import affine, graph, leaky, port

LOIHI = load("loihi1")
SHIFT = 1 << LOIHI.synapse.weight_shift


def dense(weights: np.ndarray) -> SynapseRows:
    return matrix_rows(sparse.csr_array(weights))


def realised(weights: np.ndarray, units: float, precision: Precision) -> np.ndarray:
    """What the stored mantissas add up to, in float units."""
    parts, _ = encode_weights("a", "b", dense(weights), units, LOIHI, precision)
    total = np.zeros(weights.shape)
    for p in parts:
        top, step = 256, 1
        if p.format["signMode"] == 1:
            step = 1 << (9 - p.format["wgtBits"])
        assert np.all(p.code % step == 0)
        assert np.all(np.abs(p.code) < top)
        np.add.at(total, (p.rows, p.cols), p.code * 2.0 ** p.format["wgtExp"] * SHIFT / units)
    return total


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**31), st.booleans(), st.booleans(), st.sampled_from([4, 5, 6, 8]))
def test_the_sum_of_a_row_is_right_to_half_a_step(seed: int, signs: bool, split: bool, bits: int) -> None:
    random = np.random.default_rng(seed)
    weights = random.normal(0.0, 1.0, (7, 60))
    top = 256 - (1 << (8 - bits + (0 if signs or split else 1)))
    units = top * SHIFT / np.abs(weights).max()
    precision = Precision(weight_bits=bits, split_signs=signs, split_weights=split)
    step = SHIFT * (1 << (8 - bits + (0 if signs or split else 1))) / units
    error = realised(weights, units, precision) - weights
    assert np.abs(error.sum(axis=1)).max() <= 0.5 * step * (1 + 1e-9)
    assert np.abs(error).max() <= step * (1 + 1e-9)


def test_split_weights_reach_the_finest_grid_at_any_scale() -> None:
    random = np.random.default_rng(1)
    weights = random.uniform(-1.0, 1.0, (5, 50))
    units = 254 * 2.0 ** split_exponent(8) * SHIFT / np.abs(weights).max()
    error = realised(weights, units, Precision(split_weights=True)) - weights
    assert np.abs(error).max() <= SHIFT / units


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 8])
def test_the_fine_synapse_holds_what_the_coarse_one_rounds(bits: int) -> None:
    coarse_step = 1 << (9 - bits)
    fine_top = 256 - (1 << (8 - bits))
    exponent = split_exponent(bits)
    assert (coarse_step << exponent) / 2 <= fine_top < (coarse_step << (exponent + 1)) / 2


@pytest.mark.parametrize("split", [False, True])
def test_weights_of_few_bits_stay_exact(split: bool) -> None:
    """Weights that are multiples of one step, as training for few bits leaves them, lose nothing."""
    random = np.random.default_rng(2)
    weights = random.integers(-7, 8, (12, 20)) * 0.0371
    weights[0, 0] = 7 * 0.0371
    nodes = {"input": port("Input", 20), "output": port("Output", 12), "w": affine(weights),
             "a": leaky(12, 0.9, 8.0, r=8.0)}  # fmt: skip
    raw = graph(nodes, [("input", "w"), ("w", "a"), ("a", "output")])
    options = Options(dialect="nir.euler", dt_seconds=1.0)
    target = resolve_target(options)
    front = read_front(raw, options, target)
    found = quantize(on_chip_clock(front.network, target), target, Precision(split_weights=split))
    worst = max(r.worst for r in found.network.roundings if r.what == "weight")
    assert worst < 1e-7
