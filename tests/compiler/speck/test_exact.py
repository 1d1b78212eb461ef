"""Networks whose numbers are on the chip's grid: not one spike differs from the float reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.pipeline import compile_graph
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.stimulus import Stimulus

from ..graphs import affine
from .nets import IAF, OPTIONS, conv, fire, flatten, pool, port, row

STEPS, SAMPLES, UNITS = 10, 4, 64
READINGS: dict[str, dict[str, object]] = {
    "subtract, any number": {},
    "to a value, once": {"reset": "v_reset", "multi": 1},
    "subtract, once, with a floor": {"multi": 1, "v_min": "-theta"},
    "subtracted a step later": {"multi": 1, "reset_phase": "next_after_decay"},
    "sent a step later": {"layer_delay": 1},
    "old membrane": {"multi": 1, "fire_on": "old", "reset_phase": "next_after_decay"},
}


def grid(draw: np.random.Generator, *shape: int) -> np.ndarray:
    """Multiples of 1 / UNITS, few of them large, with the largest there: so that UNITS is the finest unit."""
    values = np.rint(draw.normal(0, 12, shape)).clip(-127, 127)
    values.flat[0] = 127
    return values / UNITS


def few(draw: np.random.Generator, size: int) -> np.ndarray:
    """Biases that take more than two steps to a threshold of 1."""
    return draw.integers(-20, 21, size) / UNITS


def network(seed: int) -> tuple[RawGraph, tuple[int, int, int]]:
    """Input, convolution, a pool or none, convolution, pool, Linear; sizes at random."""
    draw = np.random.default_rng(seed)
    channels, middle, more = (int(n) for n in draw.integers(1, 5, 3))
    size, stride, padding = int(draw.integers(1, 4)), int(draw.choice([1, 2])), int(draw.integers(0, 2))
    height, width = (int(n) for n in draw.integers(9, 14, 2))
    mapped = tuple((n + 2 * padding - size) // stride + 1 for n in (height, width))
    window = int(draw.choice([1, 2]))
    between: dict[str, RawNode] = {"p1": pool("SumPool2d", window)} if window > 1 else {}
    last = tuple(n // window for n in mapped)
    raw = row(
        input=port("Input", channels, height, width),
        w1=conv(
            grid(draw, middle, channels, size, size), stride=(stride, stride), padding=(padding, padding)
        ),
        n1=fire(middle, *mapped, threshold=2.0),
        **between,
        w2=conv(grid(draw, more, middle, 1, 1), bias=few(draw, more)),
        n2=fire(more, *last),
        p2=pool("SumPool2d", 2),
        f=flatten(),
        w3=affine(grid(draw, 5, more * (last[0] // 2) * (last[1] // 2)), few(draw, 5)),
        n3=fire(5, threshold=4.0),
        output=port("Output", 5),
    )
    return raw, (channels, height, width)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_spike_is_where_it_was(seed: int, reading: str) -> None:
    raw, shape = network(seed)
    draw = np.random.default_rng(seed)
    events = (draw.random((STEPS, SAMPLES, *shape)) < 0.2).astype(np.uint8)
    options = replace(OPTIONS, reading=IAF.with_overrides(default=READINGS[reading]))
    stimulus = Stimulus(inputs={"input": events}, labels=None, source={"kind": "made"})
    found = compile_graph(raw, options, stimulus=stimulus)
    assert found.placement_identical, found.verdicts["placement"]["findings"]
    fidelity: dict[str, Any] = found.verdicts["fidelity"]
    layers = {name: layer["f1"] for name, layer in fidelity["layers"].items()}
    assert layers == dict.fromkeys(["n1", "n2", "n3"], 1.0)
    assert fidelity["output_f1"] == 1.0
    assert fidelity["output_agreement"] == 1.0
    assert found.verdicts["placement"]["dynamic"]["spikes"] > 500
