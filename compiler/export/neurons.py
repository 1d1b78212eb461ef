"""Converts a realised neuron to the NIR node that the reading `nir.euler` steps in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir.realised import RealisedNeuron

if TYPE_CHECKING:
    import nir

ENDLESS_STEPS = 1e30
"""tau / dt of a membrane that keeps everything: 1 - dt / tau is 1 in any float."""


def node_of(
    neuron: RealisedNeuron, dt_seconds: float, *, spiking: bool
) -> tuple[nir.NIRNode, np.ndarray, str]:
    """The node; (n,) constant current that has to come with the input; "" or why there is no such node.

    Reading: kept = 1 - dt / tau, input weighted by r dt / tau = 1, constant (1 - kept) v_leak."""
    one_state = not neuron.alpha.any()
    endless = one_state and bool((neuron.beta == 1).all())
    in_input = neuron.bias if one_state else np.zeros(neuron.bias.size)
    in_leak = np.zeros(neuron.bias.size) if one_state else neuron.bias
    leak = 1 - neuron.beta
    stuck = (in_leak != 0) & (leak == 0)
    problem = "a membrane that forgets nothing has a constant beside its synapse" if stuck.any() else ""
    v_leak = np.divide(in_leak, leak, out=np.zeros(leak.size), where=leak > 0)
    tau = dt_seconds / np.maximum(leak, 1 / ENDLESS_STEPS)
    tau_syn = dt_seconds / (1 - neuron.alpha)
    return _node(neuron, dt_seconds, tau, tau_syn, v_leak, (spiking, one_state, endless)), in_input, problem


def _node(
    neuron: RealisedNeuron,
    dt: float,
    tau: np.ndarray,
    tau_syn: np.ndarray,
    v_leak: np.ndarray,
    kind: tuple[bool, bool, bool],
) -> nir.NIRNode:
    """kind: spiking, no synapse state, no leak."""
    import nir

    spiking, one_state, endless = kind
    r, zero = tau / dt, np.zeros(tau.size)
    if endless:
        r = np.full(tau.size, 1 / dt)
        return nir.IF(r=r, v_threshold=neuron.theta, v_reset=zero) if spiking else nir.I(r=r)
    if one_state and spiking:
        return nir.LIF(tau=tau, r=r, v_leak=v_leak, v_threshold=neuron.theta, v_reset=zero)
    if one_state:
        return nir.LI(tau=tau, r=r, v_leak=v_leak)
    w_in = tau_syn / dt
    if spiking:
        return nir.CubaLIF(
            tau_mem=tau, tau_syn=tau_syn, r=r, v_leak=v_leak, v_threshold=neuron.theta, v_reset=zero, w_in=w_in
        )  # fmt: skip
    return nir.CubaLI(tau_mem=tau, tau_syn=tau_syn, r=r, v_leak=v_leak, w_in=w_in)
