"""Lists what joins the populations of a compiled network, with the spikes that pass in a run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...targets.configuration import Symbols
from ..backends.shared.packet_rates import input_rates
from ..ir.report import Edge
from ..ir.stages import ChipRun, Prepared
from .fan_out import fan_outs

DIGITS = 6
"""Significant digits of a rate in the report."""


def edges(
    prepared: Prepared, symbols: Symbols, chip: ChipRun | None, inputs: Mapping[str, np.ndarray]
) -> tuple[Edge, ...]:
    """Those on the chip, those to Outputs, and those onto populations of the host, each sorted by its ends.

    inputs: what reached the chip, (T, B, ...) a port."""
    quantized, whole = prepared.quantized.network, prepared.front.network
    paths = {(p.pre, p.post): p.path for p in whole.projections}
    rates = None if chip is None else source_rates(symbols, chip, inputs)
    on_chip = [
        Edge(
            pre=pre,
            post=post,
            kind="synapses",
            through=paths.get((pre, post), ()),
            synapses=int(reached.sum()),
            spikes=None if rates is None else _short(float(rates[pre].sum())),
            operations=None if rates is None else _short(float(rates[pre] @ reached)),
        )
        for (pre, post), reached in fan_outs(quantized).items()
    ]
    read = [
        Edge(
            pre=name,
            post=path,
            kind="read",
            through=paths.get((name, path), ()),
            synapses=0,
            spikes=None if rates is None or name not in rates else _short(float(rates[name].sum())),
        )
        for path, names in sorted(quantized.outputs.items())
        for name in names
    ]
    hosted = [
        Edge(
            pre=p.pre,
            post=p.post,
            kind="host",
            through=p.path,
            synapses=sum(tap.nnz for tap in p.taps.values()),
        )
        for p in whole.projections
        if p.post in prepared.host
    ]
    return (*on_chip, *read, *hosted)


def source_rates(symbols: Symbols, chip: ChipRun, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Population or port -> (n,) float64, spikes of each neuron or element in a step of the chip, of a sample."""
    spikes = chip.run.spikes
    mean = spikes.mean(axis=(0, 1), dtype=np.float64)
    rates = {p.name: mean[p.machine_index] for p in symbols.populations}
    given = input_rates(symbols, inputs, len(spikes))
    return rates | {port.name: given[port.first : port.first + port.size] for port in symbols.inputs}


def _short(rate: float) -> float:
    return float(f"{rate:.{DIGITS}g}")
