"""Lowers a float network to neurons that integrate and fire: what each gets, in its own thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....targets.ranc.model import Revision
from ...ir.calibration import Tuning
from ...ir.network import Network, Population
from ...timed.retime import Retimed
from ..shared.assumed_activity import LEAK_AT

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, kw_only=True)
class FloatNeurons:
    """A population in float. Of a population, everything by the neuron's threshold. weights: (source, steps that its
    spikes come later than they could) -> csr (n, size of source). bias: (n,) what a step adds, with the constant
    that stands for a leak (`leak`, at most 0) in it. start: (n,) the membrane before the chip's first step, less
    what biases add until the population's own first step. theta: (n,) the thresholds."""

    weights: Mapping[tuple[str, int], csr_array]
    bias: np.ndarray
    leak: np.ndarray
    start: np.ndarray
    theta: np.ndarray


def lower(
    network: Network, retimed: Retimed, population: Population, chip: Revision, tuning: Tuning
) -> FloatNeurons:
    """Lower a population whose thresholds are above 0."""
    from scipy import sparse

    neuron, lag = population.neuron, retimed.lag[population.name]
    theta = np.ones(population.size) if neuron.theta is None else neuron.theta
    theta = theta * tuning.threshold.get(population.name, 1.0)
    per_threshold = sparse.diags_array(1.0 / theta)
    weights: dict[tuple[str, int], csr_array] = {}
    bias = neuron.bias.copy()
    early = neuron.bias * lag
    for pre, _, field, taps in retimed.arriving(network, population.name, chip.latency):
        matrix = sparse.csr_array(per_threshold @ taps)
        key = (pre, field)
        weights[key] = sparse.csr_array(weights[key] + matrix) if key in weights else matrix
    for p in network.into(population.name):
        for onset, vector in sorted(p.bias.items()):
            bias = bias + vector
            early = early + vector * (lag + onset)
    calibrated = tuning.leak.get(population.name)
    leak = -theta * (LEAK_AT * (1 - neuron.beta) if calibrated is None else np.array(calibrated))
    start = np.zeros(population.size) if neuron.v_start is None else neuron.v_start
    return FloatNeurons(
        weights=weights,
        bias=(bias + leak) / theta,
        leak=leak / theta,
        start=(start - early) / theta,
        theta=theta,
    )
