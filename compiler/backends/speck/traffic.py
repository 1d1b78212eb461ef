"""Counts what each core sends and receives: events in a step, averaged over the steps and samples of a run.

A spike is an event for each destination, before the windows of the pooling sum it; one that such a window leaves out
is sent all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....targets.machines.convolution import ConvolutionCore
from ...ir.report import CoreTraffic
from ..shared.packet_rates import DIGITS


def events_of_cores(
    cores: Sequence[ConvolutionCore], input_cores: Sequence[int], spikes: np.ndarray, events: np.ndarray
) -> tuple[CoreTraffic, ...]:
    """Count events a step of each core: `out`, `in` (from cores) and `from_host`.

    spikes: (T, B, N) of the machine. events: (n_inputs,) events a step of each input element."""
    mean = spikes.mean(axis=(0, 1), dtype=np.float64)
    ends = np.cumsum([int(np.prod(core.neuron_shape)) for core in cores])[:-1]
    sent = {core.core: float(part.sum()) for core, part in zip(cores, np.split(mean, ends), strict=True)}
    heard = dict.fromkeys(sent, 0.0)
    for core in cores:
        for destination in core.destinations:
            heard[destination.core] += sent[core.core]
    return tuple(
        CoreTraffic(
            out=_rounded(sent[core.core] * len(core.destinations)),
            from_cores=_rounded(heard[core.core]),
            from_host=_rounded(float(events.sum()) * (core.core in input_cores)),
        )
        for core in cores
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
