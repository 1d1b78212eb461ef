"""Random cores with the arithmetic of ReckOn."""

from __future__ import annotations

import numpy as np
from spikec.targets.reckon.configuration import ReckonConfiguration, columns, written_neurons
from spikec.targets.reckon.neuron import HIGH, ONE
from spikec.targets.reckon.spike_codes import KAPPA, SHIFT


def core(
    rng: np.random.Generator,
    *,
    inputs: int = 5,
    recurrent: int = 6,
    outputs: int = 3,
    heavy: bool = False,
    loaded: bool = False,
    ticks: int = 1,
) -> ReckonConfiguration:
    """A core that the chip can hold. heavy: sums saturate. loaded: starts from membranes. ticks: of a step."""
    n, reached = written_neurons(inputs, recurrent, outputs), columns(recurrent)
    used = np.arange(n) < recurrent
    pairs, shift = n // 2, 7 if heavy else 3
    threshold = rng.integers(200, 6000, pairs)
    threshold[recurrent // 2 :] = HIGH
    weights_rec = rng.integers(-128, 128, (n, reached)) * used[:, None]
    v = rng.integers(-900, 150, n) * used if loaded else np.zeros(n, dtype=np.int64)
    return ReckonConfiguration(
        weights_in=rng.integers(-128, 128, (inputs, reached)).astype(np.int8),
        weights_rec=weights_rec.astype(np.int8),
        weights_out=(rng.integers(-128, 128, (n, outputs)) * used[:, None]).astype(np.int8),
        alpha=np.where(rng.random(pairs) < 0.2, ONE, rng.integers(28672, ONE, pairs)),
        threshold=threshold,
        v=v.astype(np.int64),
        o=np.zeros(outputs, dtype=np.int64),
        element=np.arange(inputs),
        tick=rng.integers(0, ticks, inputs),
        ticks=ticks,
        recurrent=recurrent,
        shift_in=shift,
        shift_rec=shift,
        shift_out=SHIFT,
        kappa=KAPPA,
        to_zero=bool(rng.random() < 0.5),
    )
