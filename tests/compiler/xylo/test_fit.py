"""Every limit that a network passes is told, all at once, with both numbers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from spikec.compiler.backends.xylo.capacity import findings
from spikec.compiler.diagnostics import NO_FIT, exit_code
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.targets.xylo.model import XyloChip

from ...shipped import revision
from .nets import AUDIO3
from .quantized import alias, population, projection, quantized

RANDOM = np.random.default_rng(0)


def layered(n_in: int, hidden: int, outputs: int, *, fan_out: int = 1) -> QuantizedNetwork:
    """Every input to every hidden neuron, the first one of which reaches `fan_out` of them; all to all outputs."""
    links = [
        projection("in", "h", np.ones((hidden, n_in)), 0),
        projection("h", "h", np.outer(np.arange(hidden) < fan_out, np.arange(hidden) < 1), 0),
        projection("h", "o", np.ones((outputs, hidden)), 0),
    ]
    return quantized([population("h", hidden, RANDOM), population("o", outputs, RANDOM, most=1)], n_in, links)


def with_capacity(**limits: int) -> XyloChip:
    return msgspec.structs.replace(AUDIO3, capacity=msgspec.structs.replace(AUDIO3.capacity, **limits))


def test_what_fits_is_not_told() -> None:
    assert findings(layered(16, 128, 32), AUDIO3) == []


@pytest.mark.parametrize(
    ("network", "chip", "code", "text"),
    [
        (layered(64, 20, 4), AUDIO3, "SPK2020", "too many inputs: 64 > 16"),
        (layered(16, 20, 4), with_capacity(hidden=19), "SPK2021", "too many hidden neurons: 20 > 19"),
        (layered(16, 20, 9), revision("xylo_audio2"), "SPK2022", "too many outputs: 9 > 8"),
        (layered(2, 20, 4, fan_out=9), with_capacity(fan_out=8), "SPK2023", "hidden neurons: 9 > 8"),
        (layered(2, 20, 4, fan_out=9), with_capacity(recurrent_connections=8), "SPK2024", "neurons: 9 > 8"),
        (layered(16, 129, 4), with_capacity(output_expansion=129), "SPK2025", "behind inputs: 129 > 128"),
        (layered(16, 129, 4), with_capacity(input_expansion=129), "SPK2026", "before outputs: 129 > 128"),
    ],
)
def test_one_limit(network: QuantizedNetwork, chip: XyloChip, code: str, text: str) -> None:
    (finding,) = findings(network, chip)
    assert finding.code == code
    assert text in finding.message
    assert finding.hint
    assert finding.severity == "error"


def test_all_limits_are_told_together_and_do_not_fit() -> None:
    chip = with_capacity(hidden=10, fan_out=5, recurrent_connections=4)
    found = findings(layered(64, 200, 40, fan_out=9), chip)
    assert [d.code for d in found] == [f"SPK202{k}" for k in range(7)]
    assert exit_code(found) == NO_FIT


def test_a_network_without_output_neurons_does_not_fit() -> None:
    network = quantized([population("h", 3, RANDOM)], 2, [projection("in", "h", np.ones((3, 2)), 0)])
    assert [d.code for d in findings(network, AUDIO3)] == ["SPK2022"]


def test_a_neuron_is_copied_once() -> None:
    network = layered(2, 4, 1)
    twice = (*network.projections, alias("h", "h", [0, 0], [1, 2]))
    found = findings(quantized(list(network.populations), 2, list(twice)), AUDIO3)
    assert [d.code for d in found] == ["SPK2028"]
    assert "h[0] is copied to 2 neurons > 1" in found[0].message
