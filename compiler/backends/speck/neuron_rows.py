"""Lists what Speck approximates of single neurons, as rows of the fidelity table."""

from __future__ import annotations

import numpy as np

from ...ir.fidelity_row import FidelityRow
from ...ir.timed_network import TimedNetwork
from ...timed.constants import constant_from_chip_start, with_own_constant
from ...timed.membrane_units import in_units_of
from .quantize import Quantized


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """List biases that start before their population does, thresholds of their own, and membranes that hold more."""
    rows: list[FidelityRow] = []
    for layer in quantized.layers:
        population = timed.populations[layer.name]
        onsets = [step for step, vector in with_own_constant(population).items() if step and vector.any()]
        if onsets:
            wanted_start = constant_from_chip_start(in_units_of(population, layer.ratio)).start
            loaded = np.array_equal(layer.start.reshape(-1), wanted_start)
            exact = loaded and max(onsets) <= population.lag_steps
            rows.append(
                FidelityRow(
                    feature="bias onset",
                    where=layer.name,
                    wanted=f"from chip step {', '.join(map(str, onsets))} on",
                    done="from chip step 0; the initial state holds the difference"
                    + ("" if loaded else ", as far as it stays between floor and threshold"),
                    status="exact" if exact else "approximated",
                    effect=""
                    if exact
                    else _onset_effect(layer.start.reshape(-1) - wanted_start, layer.theta),
                )
            )
        if float(layer.ratio.min()) < 1.0:
            rows.append(
                FidelityRow(feature="thresholds", where=layer.name,
                            wanted=f"{layer.theta * float(layer.ratio.min()):.4g} to {layer.theta:.4g}",
                            done=f"{layer.theta:.4g}, and weights in proportion", status="exact")
            )  # fmt: skip
    return rows


def _onset_effect(off: np.ndarray, theta: float) -> str:
    """off: how far each initial state is from the one that holds the whole difference, in units of the chip."""
    largest = float(np.abs(off).max(initial=0.0)) / theta
    if largest == 0.0:
        return "spikes of the first steps may come early"
    return f"initial state off by up to {largest:.3g} of the threshold"
