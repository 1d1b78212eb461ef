"""Lists what Speck approximates of single neurons, as rows of the fidelity table."""

from __future__ import annotations

import numpy as np

from ...ir.fidelity_row import FidelityRow
from ...ir.network import Network
from ...timed.retime import Retimed
from .quantize import Quantized


def neuron_rows(network: Network, retimed: Retimed, quantized: Quantized) -> list[FidelityRow]:
    """List biases that start before their population does, thresholds of their own, and membranes that hold more."""
    rows: list[FidelityRow] = []
    for layer in quantized.layers:
        ahead, bias = max(0, -retimed.lag[layer.name]), layer.bias - layer.leak
        late = any(delay for p in network.into(layer.name) for delay in p.bias)
        if bias.any() and (ahead or late):
            enough = ahead * float(np.abs(bias).max()) < layer.theta and not late
            rows.append(
                FidelityRow(
                    feature="bias onset",
                    where=layer.name,
                    wanted="a step or more later" if late else f"{ahead} step(s) before the chip's first",
                    done="from the first step" if late else "what it adds until then, in the initial state",
                    status="exact" if enough else "approximated",
                )
            )
        if float(layer.ratio.min()) < 1.0:
            rows.append(
                FidelityRow(feature="thresholds", where=layer.name,
                            wanted=f"{layer.theta * float(layer.ratio.min()):.4g} to {layer.theta:.4g}",
                            done=f"{layer.theta:.4g}, and weights in proportion", status="exact")
            )  # fmt: skip
    return rows
