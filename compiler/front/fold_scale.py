"""Converts NIR neurons to discrete time as their dialect means them, with every gain moved into the weights before
them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...sim.dialect.dialect import Dialect, NodeDialect
from ..ir.network import FlatNode, Neuron


class Folded(NamedTuple):
    """A neuron in discrete time. input_gain: (n,) factor on incoming weights and biases. input_delay: steps that x
    comes later."""

    neuron: Neuron
    input_gain: np.ndarray
    input_delay: int


def fold_scale(node: FlatNode, dialect: Dialect) -> Folded:
    """Convert a stateful node or Threshold to discrete time; all arrays (n,) float64, row-major.

    They are infinite where the parameters make them so."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return _folded(node, dialect)


def _folded(node: FlatNode, dialect: Dialect) -> Folded:
    reading = dialect.for_node(node.path, node.kind)
    n = int(np.prod(node.output_shape or (), dtype=np.int64))
    if node.kind == "Threshold":
        theta = _flat(node, "threshold", n)
        zero = np.zeros(n)
        neuron = Neuron(alpha=None, beta=zero, bias=zero, theta=theta, reset="none")
        return Folded(neuron, np.ones(n), 0)
    beta, gain = _membrane(node, reading, dialect.dt_seconds, n)
    alpha, input_delay = None, 0
    if node.kind.startswith("Cuba"):
        alpha, syn_gain = _synapse(node, reading, dialect.dt_seconds, n)
        gain = gain * syn_gain
        input_delay = 1 if reading.syn_view == "old" else 0
    v_leak = _flat(node, "v_leak", n) if "v_leak" in node.params else np.zeros(n)
    bias = (1 - beta) * v_leak + reading.bias_extra
    theta, v_reset = _threshold(node, n)
    start = {"zero": np.zeros(n), "v_leak": v_leak, "v_reset": v_reset}[reading.v0]
    hard = reading.reset == "v_reset" and node.kind in {"IF", "LIF", "CubaLIF"}
    origin = v_reset if hard else np.zeros(n)
    spiking = node.kind in {"IF", "LIF", "CubaLIF"}
    neuron = Neuron(
        alpha=alpha,
        beta=beta,
        bias=bias - (1 - beta) * origin,
        theta=None if theta is None else theta - origin,
        at_threshold=spiking and reading.fire == ">=",
        reset=("to_value" if hard else "subtract" if reading.reset == "subtract" else "none")
        if spiking
        else "none",
        reset_after_decay=spiking and _takes_off_after_decay(reading),
        v_reset=origin,
        v_start=start - origin,
        emission_delay=(1 if spiking and reading.fire_on == "old" else 0) + reading.layer_delay,
        refractory=reading.refractory,
        multi=reading.multi if spiking else 1,
        v_min=_floor(reading, theta, origin) if spiking else None,
    )
    return Folded(neuron, gain, input_delay)


def _takes_off_after_decay(reading: NodeDialect) -> bool:
    """Whether the threshold that a spike takes off is whole in the next step. A neuron that compares its old membrane
    and resets in the same step does so behind that step's decay."""
    late = reading.reset_phase == "next_after_decay"
    return reading.reset == "subtract" and (
        late or (reading.reset_phase == "same" and reading.fire_on == "old")
    )


def _floor(reading: NodeDialect, theta: np.ndarray | None, origin: np.ndarray) -> np.ndarray | None:
    if reading.v_min is None or theta is None:
        return None
    return (-theta if reading.v_min == "-theta" else np.full(theta.size, reading.v_min)) - origin


def _flat(node: FlatNode, name: str, n: int) -> np.ndarray:
    return np.broadcast_to(np.asarray(node.params[name], dtype=np.float64), node.output_shape or ()).reshape(
        n
    )


def _kept(tau: np.ndarray, rule: str, reading: NodeDialect, dt_seconds: float) -> np.ndarray:
    kept = tau
    if rule != "given":
        ratio = dt_seconds / (tau * reading.tau_scale)
        kept = np.exp(-ratio) if rule == "exp" else 1 - ratio
    return np.clip(kept, 0.0, 1.0) if reading.clip_decay else kept


def _membrane(node: FlatNode, reading: NodeDialect, dt: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    r = _flat(node, "r", n)
    if node.kind in {"I", "IF"}:
        return np.ones(n), r * dt if reading.if_gain == "r*dt" else np.ones(n)
    tau = _flat(node, "tau_mem" if node.kind.startswith("Cuba") else "tau", n)
    beta = _kept(tau, reading.decay, reading, dt)
    rule = reading.li_gain if node.kind in {"LI", "CubaLI"} else reading.gain
    if rule == "one":
        return beta, np.ones(n)
    return beta, r * (1 - beta) if rule == "r*(1-decay)" else r * dt / (tau * reading.tau_scale)


def _synapse(node: FlatNode, reading: NodeDialect, dt: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """alpha, and the factor on x in i. What the membrane sees under `jump` is i + x before the decay, whose own
    recursion is again i' = alpha i' + x; under inject-then-decay with the new view it is alpha times that."""
    tau = _flat(node, "tau_syn", n)
    alpha = _kept(tau, reading.syn_decay, reading, dt)
    gain = np.ones(n)
    if reading.syn_gain == "w*dt/tau":
        gain = _flat(node, "w_in", n) * dt / (tau * reading.tau_scale)
    elif reading.syn_gain == "decay" and reading.syn_view != "jump":
        gain = alpha
    return alpha, gain


def _threshold(node: FlatNode, n: int) -> tuple[np.ndarray | None, np.ndarray]:
    if "threshold" in node.params:
        return np.asarray(node.params["threshold"], dtype=np.float64).reshape(n), np.zeros(n)
    if "v_threshold" not in node.params:
        return None, np.zeros(n)
    return _flat(node, "v_threshold", n), _flat(node, "v_reset", n)
