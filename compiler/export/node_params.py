"""Finds the parameters with which a NIR neuron, in its own reading, is a given neuron in discrete time.

What a file uses its gain `r` for is kept: one that is 1, or makes the gain 1, or repeats the decay, does so after it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...sim.dialect.dialect import NodeDialect
from ..ir.network import FlatNode, Neuron

LEAST = 2.0**-26
"""dt / tau of a membrane that keeps everything: 1 less this is 1 in 32 bits."""
MOST = 104.0
"""dt / tau of a membrane that keeps nothing, where its decay is exponential: exp of minus this is 0 in 32 bits."""
ALIKE = 1e-5
"""Relative; files were written from 32-bit floats."""

Params = Mapping[str, np.ndarray]


def chip_params(node: FlatNode, neuron: Neuron, reading: NodeDialect, dt_seconds: float) -> Params | None:
    """The parameters of `node` that change, each of its output shape; None where nodes of its kind are no such neuron.
    The input's gain may change with them. A constant of the membrane is in `v_leak`."""
    synaptic = node.kind.startswith("Cuba")
    if synaptic != (neuron.alpha is not None):
        return None
    shape, origin = node.output_shape or (), neuron.v_reset
    zero = np.zeros(neuron.beta.size)
    origin = zero if origin is None else origin
    changed: dict[str, np.ndarray] = {}
    if neuron.theta is not None and "v_threshold" in node.params:
        changed["v_threshold"] = neuron.theta + origin
    if node.kind in {"I", "IF"}:
        if (neuron.beta != 1).any() or neuron.bias.any():
            return None
    else:
        changed |= _membrane(node, neuron, reading, dt_seconds)
        leaks = neuron.beta < 1
        if (neuron.bias[~leaks] != 0).any():
            return None
        changed["v_leak"] = origin + np.divide(neuron.bias, 1 - neuron.beta, out=zero, where=leaks)
    if neuron.alpha is not None:
        changed |= _synapse(node, neuron.alpha, reading, dt_seconds)
    return {name: value.reshape(shape) for name, value in changed.items()}


def _tau(kept: np.ndarray, rule: str, reading: NodeDialect, dt: float) -> np.ndarray:
    """The stored tau under which `rule` keeps `kept` of a state in one step."""
    if rule == "given":
        return kept
    with np.errstate(divide="ignore"):
        ratio = 1 - kept if rule == "euler" else -np.log(kept)
    return dt / np.clip(ratio, LEAST, MOST) / reading.tau_scale


def _kept(tau: np.ndarray, rule: str, reading: NodeDialect, dt: float) -> np.ndarray:
    if rule == "given":
        return tau
    ratio = dt / (tau * reading.tau_scale)
    return np.exp(-ratio) if rule == "exp" else 1 - ratio


def _membrane(node: FlatNode, neuron: Neuron, reading: NodeDialect, dt: float) -> dict[str, np.ndarray]:
    name = "tau_mem" if node.kind.startswith("Cuba") else "tau"
    rule = reading.li_gain if node.kind in {"LI", "CubaLI"} else reading.gain
    old, r = _flat(node, name), _flat(node, "r")
    new = _tau(neuron.beta, reading.decay, reading, dt)
    before, after = _kept(old, reading.decay, reading, dt), _kept(new, reading.decay, reading, dt)
    if _alike(r * dt, old * reading.tau_scale):
        r = new * reading.tau_scale / dt
    elif _alike(r, np.ones(r.size)):
        r = np.ones(r.size)
    elif rule == "one" and _alike(r, before):
        r = after
    elif rule == "one" and _alike(r * dt, before * old * reading.tau_scale):
        r = after * new * reading.tau_scale / dt
    elif rule == "r*dt/tau":
        r = r * (new / old)
    elif rule == "r*(1-decay)":
        r = r * (1 - before) / np.maximum(1 - after, LEAST)
    return {name: new, "r": r}


def _synapse(node: FlatNode, alpha: np.ndarray, reading: NodeDialect, dt: float) -> dict[str, np.ndarray]:
    old, w_in = _flat(node, "tau_syn"), _flat(node, "w_in")
    new = _tau(alpha, reading.syn_decay, reading, dt)
    if not _alike(w_in, np.ones(w_in.size)) and reading.syn_gain == "w*dt/tau":
        w_in = w_in * (new / old)
    return {"tau_syn": new, "w_in": w_in}


def _flat(node: FlatNode, name: str) -> np.ndarray:
    value = np.asarray(node.params[name], dtype=np.float64)
    return np.broadcast_to(value, node.output_shape or ()).ravel()


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.isclose(a, b, rtol=ALIKE, atol=0).all())
