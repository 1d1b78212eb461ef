"""Units of membranes, and what the chip's integers then are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from spikec.compiler.backends.speck.quantize import Quantized, quantize
from spikec.compiler.backends.speck.scale import drift, finest
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph
from spikec.targets.speck.limits import layer_violations

from ...shipped import revision
from .nets import IAF, OPTIONS, conv, fire, network, port, random, row, two_layers

CHIP = revision("speck2f")


def quantized(raw: RawGraph, bits: int = 8, reading: Mapping[str, object] | None = None) -> Quantized:
    options = replace(OPTIONS, reading=IAF.with_overrides(default=reading or {}))
    net = network(raw, options)
    return quantize(on_chip_clock(net, CHIP), CHIP, weight_bits=bits)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bits", [8, 4, 2])
def test_everything_is_in_range_and_the_threshold_is_whole(seed: int, bits: int) -> None:
    raw = row(
        input=port("Input", 2, 6, 6),
        w=conv(random(seed, 3, 2, 3, 3), bias=random(seed + 50, 3) * 10.0 ** (seed - 3)),
        n=fire(3, 4, 4, threshold=0.7 + seed),
        output=port("Output", 3, 4, 4),
    )
    made = quantized(raw, bits)
    assert made.network.kernels is not None
    (core,), (layer,), (scale,) = made.network.kernels.layers, made.layers, made.scales
    assert layer_violations(core, CHIP) == ()
    assert -(1 << (bits - 1)) <= core.kernel.min() <= core.kernel.max() < 1 << (bits - 1)
    assert core.threshold == pytest.approx(layer.theta * scale, rel=1e-12)
    np.testing.assert_allclose(core.kernel, layer.kernel * scale, atol=0.5001)
    np.testing.assert_allclose(core.bias, layer.bias * scale, atol=0.5001)
    most = int(finest(layer, CHIP, bits) * layer.theta)
    assert drift(layer, core.threshold) <= drift(layer, most)
    assert core.threshold >= int(0.85 * most)


def test_weights_on_the_grid_stay_as_they_are() -> None:
    weight = np.random.default_rng(0).integers(-127, 128, (3, 2, 3, 3)).astype(np.float64)
    weight.flat[:2] = 127, -127
    raw = row(
        input=port("Input", 2, 6, 6),
        w=conv(weight / 100),
        n=fire(3, 4, 4, threshold=1.0),
        output=port("Output", 3, 4, 4),
    )
    made = quantized(raw)
    assert made.network.kernels is not None
    np.testing.assert_array_equal(made.network.kernels.layers[0].kernel, weight)
    assert made.network.kernels.layers[0].threshold == 100


def test_resets_floors_and_spikes_a_step() -> None:
    def core(**reading: object) -> tuple[bool, float, bool]:
        held = quantized(two_layers(), reading=reading).network.kernels
        assert held is not None
        first = held.layers[0]
        return first.reset_to_zero, first.low_threshold / first.threshold, held.single_spike

    assert core() == (False, CHIP.ranges.low_threshold[0] / core_threshold(), False)
    assert core(reset="v_reset", multi=1)[::2] == (True, True)
    assert core(v_min="-theta")[1] == -1.0
    assert core(v_min=-0.5)[1] == pytest.approx(-0.5, abs=0.01)


def core_threshold() -> int:
    held = quantized(two_layers()).network.kernels
    assert held is not None
    return held.layers[0].threshold


def test_roundings_are_what_was_rounded() -> None:
    made = quantized(two_layers())
    assert made.network.kernels is not None
    for core, layer, scale in zip(made.network.kernels.layers, made.layers, made.scales, strict=True):
        (weight,) = [r for r in made.network.roundings if (r.place, r.what) == (layer.name, "weight")]
        gap = np.abs(core.kernel / scale - layer.kernel)
        assert weight.worst == pytest.approx(float(gap.max()))
        assert weight.mean == pytest.approx(float(gap.mean()))
        assert weight.worst <= 0.5001 / scale


def test_a_weight_of_more_than_127_thresholds() -> None:
    raw = row(
        input=port("Input", 1, 4, 4),
        w=conv(np.full((1, 1, 1, 1), 300.0)),
        n=fire(1, 4, 4),
        output=port("Output", 1, 4, 4),
    )
    with pytest.raises(DiagnosticError) as raised:
        quantized(raw)
    (found,) = raised.value.diagnostics
    assert found.code == "SPK1035"
    assert "300 times its threshold" in found.message
