"""Finds the time constants whose decays, as the cores compute them, are nearest to those of a network.

A tick is 1 ms in what is loaded, whatever it is in the network: decays follow from time constants in ticks alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ....targets.spinnaker1.constants import synapse
from ....targets.spinnaker1.exponential import LEAST, ONE, exp_s1615
from ...ir.network import Neuron

UNIT = float(1 << 32)
SQUARE = ONE * ONE
FORGETS = 1024
"""A time constant so short that nothing is kept."""
MOST = -LEAST
"""The largest exponent, in units of 2**-15, whose exponential is not 0."""


class Decays(NamedTuple):
    """Time constants, (n,) int64 s16.15, and what states keep in a tick with them, (n,) float64. taken: how much of
    what arrives a current takes. jumps: the current is what arrives, and keeps nothing. in_current: the membrane of the
    network is the current, and the chip's membrane follows it. two_states_in_one: the neuron has a synapse and no
    reset, which one current cannot hold."""

    tau_m: np.ndarray
    tau_syn: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    taken: np.ndarray
    jumps: bool
    in_current: bool
    two_states_in_one: bool


def decays_of(neuron: Neuron) -> Decays:
    """Choose the time constants of a population."""
    spikes, free = neuron.theta is not None, neuron.reset == "none"
    in_current = spikes and free and neuron.alpha is None
    wanted_alpha = neuron.beta if in_current else neuron.alpha
    tau_m, beta = membrane_times(np.zeros_like(neuron.beta)) if in_current else membrane_times(neuron.beta)
    jumps = wanted_alpha is None or not wanted_alpha.any()
    if jumps:
        none = np.zeros(tau_m.size)
        tau_syn, alpha, taken = none.astype(np.int64), none, none + 1
    else:
        tau_syn, alpha = synapse_times(np.zeros(0) if wanted_alpha is None else wanted_alpha)
        taken = synapse(tau_syn, np.full_like(tau_syn, ONE))[1] / UNIT
    return Decays(
        tau_m=tau_m,
        tau_syn=tau_syn,
        alpha=alpha,
        beta=beta,
        taken=taken,
        jumps=jumps,
        in_current=in_current,
        two_states_in_one=spikes and free and neuron.alpha is not None,
    )


def kept_by(neuron: Neuron, decays: Decays, *, tied: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return what synapse and membrane of the network keep on the chip, (n,) float64 each.

    tied: a construct makes the neuron. Then a membrane in the current has its synapse in taps, exact; and of two states
    the slower one is the current, whichever it is in the network."""
    if decays.in_current:
        return decays.alpha if neuron.alpha is None else neuron.alpha, decays.alpha
    if not tied or neuron.alpha is None:
        return decays.alpha, decays.beta
    synapse_first = neuron.alpha >= neuron.beta
    slower, faster = np.maximum(decays.alpha, decays.beta), np.minimum(decays.alpha, decays.beta)
    return np.where(synapse_first, slower, faster), np.where(synapse_first, faster, slower)


def membrane_times(kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose time constants of membranes, (n,) int64, and what they keep. kept: (n,) what they should keep, 0..1; the
    most that one keeps and still takes part of its input is 32766/32768."""

    def keeps(tau: np.ndarray) -> np.ndarray:
        found = exp_s1615(-(SQUARE // tau)) / ONE
        return np.where(found < 1, found, np.inf)

    return _nearest(kept, keeps)


def synapse_times(kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose time constants of synapses, as `membrane_times`."""

    def keeps(tau: np.ndarray) -> np.ndarray:
        return synapse(tau, np.full_like(tau, ONE))[0] / UNIT

    return _nearest(kept, keeps)


def _nearest(kept: np.ndarray, keeps: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    different, which = np.unique(kept, return_inverse=True)
    with np.errstate(divide="ignore"):
        exponent = np.clip(np.rint(-np.log(np.maximum(different, 0)) * ONE), 1, MOST - 1).astype(np.int64)
    near = np.clip(exponent[:, None] + np.arange(-3, 4), 1, MOST - 1)
    shortest = SQUARE // MOST + 1
    tau = np.clip(np.concatenate([SQUARE // near, SQUARE // near + 1], axis=1), shortest, SQUARE)
    tau = np.concatenate([np.full((different.size, 1), FORGETS), tau], axis=1)
    found = keeps(tau.reshape(-1)).reshape(tau.shape)
    best = np.abs(found - different[:, None]).argmin(axis=1)[:, None]
    chosen, realised = (np.take_along_axis(table, best, axis=1)[:, 0] for table in (tau, found))
    return chosen[which.reshape(-1)], realised[which.reshape(-1)]
