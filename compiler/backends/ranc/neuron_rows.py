"""Lists what RANC approximates of single neurons, as rows of the fidelity table: initial biases, pooling, floors."""

from __future__ import annotations

import numpy as np

from ....sim.nir.path import shown
from ...ir.fidelity_row import FidelityRow
from .family_rules import FLOOR
from .quantize import Quantized


def neuron_rows(quantized: Quantized) -> list[FidelityRow]:
    """List biases that act before their population does, and floors that keep potentials from wrapping."""
    rows: list[FidelityRow] = []
    network, protected = quantized.relayed.network, list[str]()
    for p in quantized.network.populations:
        neurons, registers = quantized.neurons[p.name], p.params
        start = neurons.population.start * quantized.steps[p.name]
        loaded = registers["initial_potential"] + quantized.lowered(p.name)
        if np.any(start != 0) and p.role == "original":
            held = bool(np.all(np.abs(loaded - start) <= 0.5))
            late = max(quantized.timed.populations[p.name].constants, default=p.lag_steps) > p.lag_steps
            rows.append(
                FidelityRow(
                    feature="bias onset",
                    where=p.name,
                    wanted=f"from chip step {p.lag_steps} on, and what the membrane starts with",
                    done="in the initial potential"
                    + ("" if held else ", as far as it stays below the threshold"),
                    status="exact" if held and not late else "approximated",
                    effect=""
                    if held and not late
                    else _onset_effect(loaded - start, registers["positive_threshold"]),
                )
            )
        if network.populations[p.name].neuron.v_min is None and np.any(
            registers["negative_threshold"] > quantized.lowest
        ):
            protected.append(p.name)
    for name, (pre, groups) in sorted(quantized.relayed.relays.items()):
        size = int(network.populations[pre].size)
        rows.append(
            FidelityRow(
                feature="pooling",
                where=name,
                wanted=f"sums of {shown(pre)}, {size:,} neurons in {groups:,} groups",
                done="a neuron a group passes on one spike for every half of it, a step later",
                status="approximated",
            )
        )
    if protected:
        done = "far below 0 it is set back towards 0, so that it does not wrap; counted as floor_resets"
        row = FidelityRow(
            feature=FLOOR, where=", ".join(protected), wanted="none", done=done, status="approximated"
        )
        rows.append(row)
    return rows


def _onset_effect(off: np.ndarray, threshold: np.ndarray) -> str:
    """off: (n,) how far each initial potential is from the one that holds the whole difference."""
    largest = float((np.abs(off) / np.maximum(threshold, 1)).max(initial=0.0))
    return f"initial potential off by up to {largest:.3g} of the threshold"
