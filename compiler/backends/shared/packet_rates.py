"""Rates of packets: spikes a step of input elements, and the traffic table of the report."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.configuration import Symbols

DIGITS = 6
"""Significant digits of a rate in the report."""


def as_packets(totals: Mapping[str, np.ndarray]) -> list[dict[str, float]]:
    """Turn columns of packet rates into the report's list of one record per core.

    totals: name -> (cores,) packets a step; rounded to `DIGITS` significant digits."""
    columns = {
        name: [float(f"{value:.{DIGITS}g}") for value in total.tolist()] for name, total in totals.items()
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def input_rates(symbols: Symbols, inputs: Mapping[str, np.ndarray], steps: int) -> np.ndarray:
    """Average the spikes of each input element over a run: (n_inputs,) float64 spikes a step over `steps` chip steps.

    inputs: port -> (T, B, ...) of 0 and 1; constant ports spike from their onset on."""
    rates = np.zeros(max((p.first + p.size for p in symbols.inputs), default=0))
    for port in symbols.inputs:
        place = slice(port.first, port.first + port.size)
        if port.constant:
            rates[place] = max(0, steps - port.onset_step) / steps
        else:
            values = inputs[port.name]
            rates[place] = values.reshape(*values.shape[:2], -1).mean(axis=1, dtype=np.float64).sum(0) / steps
    return rates
