"""Checks what constructs ask of a decoded configuration: resets that follow from thresholds, membranes in the currents,
second neurons of the same inputs.
"""

from __future__ import annotations

import numpy as np

from ....targets.xylo.configuration import XyloConfiguration
from ....targets.xylo.neuron import ONE_SPIKE
from ...ir.quantized import TiedSynapses
from ..shared.static import Findings, Names, numbered
from .quantized_network import QuantizedNetwork
from .resets import overshoot_name, reset_weights


def compare_ties(network: QuantizedNetwork, c: XyloConfiguration, names: Names, findings: Findings) -> None:
    """Add a finding for each neuron from which a spike takes other than its registers ask for, for each that keeps a
    membrane of its own, and for each second neuron that is not in step with the first.

    names.machine: number in the network -> machine neuron."""
    number = numbered(network)
    for tie in network.tied:
        post, second = names.machine[number[tie.post]], overshoot_name(tie.post)
        counted = names.machine[number[second]] if second in number else None
        _compare_weights(tie, c, names.machine[number[tie.source]], post, counted, findings)
        if tie.source != tie.post:
            continue
        _compare_registers(tie.post, "dash_mem", c.hidden["dash_mem"][post], 0, findings)
        if counted is not None:
            _compare_registers(second, "dash_mem", c.hidden["dash_mem"][counted], 0, findings)
            _compare_registers(tie.post, "threshold", c.hidden["threshold"][post], ONE_SPIKE, findings)
            _compare_second(second, c, post, counted, findings)


def _compare_weights(
    tie: TiedSynapses,
    c: XyloConfiguration,
    source: np.ndarray,
    post: np.ndarray,
    counted: np.ndarray | None,
    findings: Findings,
) -> None:
    """What a spike takes is a share of the threshold, of the grain, or of the threshold without half a grain."""
    split = tie.split
    if split is None:
        findings.add(f"{tie.source} -> {tie.post}: synapses that nobody shared among currents")
        return
    theta = c.hidden["threshold"][post] - c.hidden["bias"][post] + tie.below
    grain = None if counted is None else c.hidden["threshold"][counted]
    weights = reset_weights(split.share, split.worth, theta, grain, 1 << c.shift_rec)
    wanted = (weights[0] if tie.source == tie.post else weights[-1]) + split.beside
    held = np.zeros_like(wanted)
    held[: c.n_synapses] = c.weights_rec[source, post].T.astype(np.int64) << c.shift_rec
    for k in np.flatnonzero((held != wanted).any(axis=0)):
        findings.add(
            f"{tie.source} {k} -> {tie.post} {k}: the synapses add {_listed(held[:, k])}; a threshold of {theta[k]} "
            f"asks for {_listed(wanted[:, k])}"
        )


def _listed(values: np.ndarray) -> str:
    return " and ".join(str(int(value)) for value in values)


def _compare_registers(name: str, register: str, held: np.ndarray, wanted: int, findings: Findings) -> None:
    for k in np.flatnonzero(held != wanted):
        findings.add(f"{name} {k}: {register} is {held[k]}; a membrane in the current needs {wanted}")


def _compare_second(
    name: str, c: XyloConfiguration, post: np.ndarray, counted: np.ndarray, findings: Findings
) -> None:
    """The same weights and decays, and the threshold reached at the same current."""
    hidden = c.hidden
    same = {
        "weights from inputs": _columns(c.weights_in, post) == _columns(c.weights_in, counted),
        "weights from hidden neurons": c.weights_rec[:, post] == c.weights_rec[:, counted],
        "dash_syn": hidden["dash_syn"][post] == hidden["dash_syn"][counted],
        "dash_syn2": hidden["dash_syn2"][post] == hidden["dash_syn2"][counted],
        "bias below the threshold": hidden["threshold"][post] - hidden["bias"][post]
        == hidden["threshold"][counted] - hidden["bias"][counted],
    }
    for what in sorted(same):
        equal = same[what] if same[what].ndim == 1 else same[what].all(axis=(0, 2))
        for k in np.flatnonzero(~equal):
            findings.add(f"{name} {k}: {what} not as of the neuron that it counts for")


def _columns(weights: np.ndarray, neurons: np.ndarray) -> np.ndarray:
    """(C, n, S) weights onto neurons, 0 where no input reaches."""
    found = np.zeros((weights.shape[0], neurons.size, weights.shape[2]), dtype=weights.dtype)
    inside = neurons < weights.shape[1]
    found[:, inside] = weights[:, neurons[inside]]
    return found
