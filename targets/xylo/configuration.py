"""Records of a Xylo configuration: the integers that the chip holds, and the machine that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..arrays import NUMPY
from ..machines.exports import Exports, one_each
from ..machines.ordered import OrderedMachine
from ..machines.synapse_rows import as_rows
from . import neuron
from .model import Spikes

OUTPUT_SPIKES = 1  # of an output neuron in one step, at most: it tells them from hidden ones
USUAL = Spikes(input=15, hidden=31, output=OUTPUT_SPIKES)  # of the chips that there are


@dataclass(frozen=True, kw_only=True)
class XyloConfiguration:
    """C inputs, N hidden and O output neurons, S synapses (1 or 2) a hidden neuron.

    weights_in (C, IEN, S) int8: onto the first IEN hidden neurons. weights_rec (N, N, S) int8: [pre, post].
    weights_out (OEN, O) int8: from the last OEN hidden neurons. Shifts 0..7, one for each matrix.
    hidden: dash_syn, dash_syn2, dash_mem (0..15), bias (int16), threshold (1..32767), each (N,) int64.
    output: dash_syn, dash_mem, bias, threshold, each (O,) int64.
    alias_target (N,) int64: hidden neuron that copies this one's spikes, -1 none.
    """

    weights_in: np.ndarray
    weights_rec: np.ndarray
    weights_out: np.ndarray
    shift_in: int
    shift_rec: int
    shift_out: int
    hidden: Mapping[str, np.ndarray]
    output: Mapping[str, np.ndarray]
    alias_target: np.ndarray

    @property
    def n_hidden(self) -> int:
        """Number of hidden neurons."""
        return int(self.weights_rec.shape[0])

    @property
    def n_outputs(self) -> int:
        """Number of output neurons."""
        return int(self.weights_out.shape[1])

    @property
    def n_synapses(self) -> int:
        """Synapses of a hidden neuron, 1 or 2."""
        return int(self.weights_rec.shape[2])

    @property
    def bias_enable(self) -> bool:
        """Whether any bias is used."""
        return bool(np.any(self.hidden["bias"]) or np.any(self.output["bias"]))


def machine(configuration: XyloConfiguration, spikes: Spikes = USUAL) -> OrderedMachine:
    """Hidden neurons first, output neurons behind them: the order in which the chip works.

    spikes: the most in one step.

    Raises ValueError for thresholds below 1 and dashes that no chip of the family has: see `limits.violations`."""
    n, outputs = configuration.n_hidden, configuration.n_outputs
    total = n + outputs
    source, post, receptor, weight = _synapses(configuration)
    params = _params(configuration, spikes)
    dashes = np.stack([params[name] for name in ("dash_syn", "dash_syn2", "dash_mem")])
    if bool((params["threshold"] < 1).any() or (dashes < 0).any() or (dashes > neuron.MAX_DASH).any()):
        raise ValueError("a threshold below 1, or a dash out of range")
    return OrderedMachine(
        n_inputs=configuration.weights_in.shape[0],
        core=np.zeros(total, dtype=np.int64),
        slot=np.arange(total),
        params=params,
        synapses=as_rows(source, post, weight),
        accumulator_range=(neuron.LOW, neuron.HIGH),
        max_events=spikes.input,
        syn_receptor=receptor,
        alias_target=np.concatenate([configuration.alias_target, np.full(outputs, -1)]).astype(np.int64),
        exports=exports(n, outputs),
    )


def exports(n_hidden: int, n_outputs: int) -> Exports:
    """Number the output lines: the spikes of each output neuron, then the membrane of each."""
    output = n_hidden + np.arange(n_outputs)
    return one_each(np.tile(output, 2), np.repeat([False, True], n_outputs), always=True)


def _params(configuration: XyloConfiguration, spikes: Spikes) -> dict[str, np.ndarray]:
    hidden, output = configuration.hidden, configuration.output
    n, outputs = configuration.n_hidden, configuration.n_outputs
    most = np.repeat(np.array([spikes.hidden, spikes.output], dtype=np.int64), (n, outputs))
    filled = {**output, "dash_syn2": np.zeros(outputs, dtype=np.int64)}
    names = [name for name in neuron.PARAMETERS if name != "max_spikes"]
    joined = {name: np.concatenate([hidden[name], filled[name]]).astype(np.int64) for name in names}
    return {**joined, "max_spikes": most}


def _synapses(configuration: XyloConfiguration) -> tuple[np.ndarray, ...]:
    """Source, post, receptor, weight of every weight that is not 0 after its shift."""
    n, total = configuration.n_hidden, configuration.n_hidden + configuration.n_outputs
    matrices = (
        (configuration.weights_in, configuration.shift_in, total, 0),
        (configuration.weights_rec, configuration.shift_rec, 0, 0),
        (
            configuration.weights_out[:, :, None],
            configuration.shift_out,
            n - len(configuration.weights_out),
            n,
        ),
    )
    rows: list[np.ndarray] = []
    for matrix, shift, first_source, first_post in matrices:
        shifted = neuron.shifted_weight(NUMPY, matrix.astype(np.int64), shift)
        pre, post, receptor = np.nonzero(shifted)
        rows.append(np.stack([pre + first_source, post + first_post, receptor, shifted[pre, post, receptor]]))
    source, post, receptor, weight = np.concatenate(rows, axis=1)
    return source, post, receptor, weight
