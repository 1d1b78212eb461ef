"""Converts a neuron in discrete time to the NIR node that the reading `nir.euler`, with options, steps in the same
way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...sim.nir.raw_graph import RawNode
from ..ir.network import Neuron

ENDLESS_STEPS = 1e30
"""tau / dt of a membrane that keeps everything: 1 - dt / tau is 1 in any float."""


def node_of(neuron: Neuron, dt_seconds: float) -> tuple[RawNode, np.ndarray, str]:
    """The node; (n,) constant current that has to come with the input; "" or why there is no such node.

    Reading: kept = 1 - dt / tau, input weighted by r dt / tau = 1, constant (1 - kept) v_leak. Membranes count from
    where a spike leaves them."""
    one_state = neuron.alpha is None
    endless = one_state and bool((neuron.beta == 1).all())
    zero = np.zeros(neuron.beta.size)
    in_input, in_leak = (neuron.bias, zero) if one_state else (zero, neuron.bias)
    leak = 1 - neuron.beta
    stuck = (in_leak != 0) & (leak == 0)
    problem = "a membrane that forgets nothing has a constant beside its synapse" if stuck.any() else ""
    v_leak = np.divide(in_leak, leak, out=zero.copy(), where=leak > 0)
    tau = dt_seconds / np.maximum(leak, 1 / ENDLESS_STEPS)
    r = np.full(tau.size, 1 / dt_seconds) if endless else tau / dt_seconds
    kind = ("" if one_state else "Cuba") + ("I" if endless else "LI") + ("" if neuron.theta is None else "F")
    params = {"r": r}
    if not endless:
        params |= {"tau" if one_state else "tau_mem": tau, "v_leak": v_leak}
    if neuron.alpha is not None:
        tau_syn = dt_seconds / np.maximum(1 - neuron.alpha, 1 / ENDLESS_STEPS)
        params |= {"tau_syn": tau_syn, "w_in": tau_syn / dt_seconds}
    if neuron.theta is not None:
        params |= {"v_threshold": neuron.theta, "v_reset": zero}
    return RawNode(kind=kind, params=params), in_input, problem


def reading_of(neuron: Neuron) -> tuple[Mapping[str, object], bool]:
    """What `nir.euler` is told of such a node; and whether its floors are one number."""
    if neuron.theta is None:
        return {}, True
    wanted: dict[str, object] = {
        "fire": ">=" if neuron.at_threshold else ">",
        "multi": neuron.multi,
        "refractory": neuron.refractory,
        "reset": "v_reset" if neuron.reset == "to_value" else neuron.reset,
        "reset_phase": "next_after_decay" if neuron.reset_after_decay else "same",
    }
    usual = {"fire": ">", "multi": 1, "refractory": 0, "reset": "v_reset", "reset_phase": "same"}
    options = {name: value for name, value in wanted.items() if value != usual[name]}
    if neuron.v_min is None:
        return options, True
    if np.array_equal(neuron.v_min, -neuron.theta):
        return {**options, "v_min": "-theta"}, True
    lowest = float(np.float32(np.median(neuron.v_min)))
    even = np.ptp(neuron.v_min) <= 1e-6 * float(np.abs(neuron.v_min).max(initial=0.0))
    return {**options, "v_min": lowest}, bool(even)
