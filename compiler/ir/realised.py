"""The network that a configured chip computes, in float."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class RealisedNeuron:
    """One value a neuron, (n,) float64, membranes counted from the reset value:

    i[t] = alpha i[t-1] + x[t];  v[t] = beta v[t-1] + i[t] + bias;  spike where v > theta, then v = 0.
    hold_steps: steps after a spike in which v stays 0. units: integers of the chip in 1.0."""

    alpha: np.ndarray
    beta: np.ndarray
    bias: np.ndarray
    theta: np.ndarray
    hold_steps: np.ndarray
    units: float


@dataclass(frozen=True, kw_only=True)
class Realised:
    """neurons: population -> its neuron. taps: (source, population) -> float steps of delay -> (n_post, n_pre)
    weights, exactly the chip's integers / units of the population. constants: population -> float step from
    which it arrives -> (n,) current, from always-on axons. lags: population -> chip step less float step."""

    neurons: Mapping[str, RealisedNeuron]
    taps: Mapping[tuple[str, str], Mapping[int, np.ndarray]]
    constants: Mapping[str, Mapping[int, np.ndarray]]
    lags: Mapping[str, int]
