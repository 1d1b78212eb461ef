"""What the words of a ReckOn say, as arrays, and the machine that they make of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..machines.exports import Exports
from ..machines.ordered import OrderedMachine
from ..machines.synapse_rows import as_rows
from . import neuron
from .spike_codes import CODES, carried

USED = 1
"""Events of a row in one step: more are one."""


@dataclass(frozen=True, kw_only=True)
class ReckonConfiguration:
    """A core with I input rows, M recurrent neurons and O read-outs; N = 2 * pairs neurons have words.

    weights_in: (I, C) int8 [row, neuron]. weights_rec: (N, C) int8 [from, to]. weights_out: (N, O) int8. C: the
    neurons that events reach, M rounded up to pairs. alpha, threshold: (pairs,) int64, of both neurons of a pair. v:
    (N,) int64 membranes before the first step of a sample; o: (O,) int64 read-outs.
    element: (I,) int64 the input element whose events a row takes; an element may have several rows.
    ticks: time ticks of a step of the network. tick: (I,) int64, in which of them the events of a row come.
    recurrent: M. shift_in, shift_rec, shift_out: of all weights, 0 .. 7. kappa: what a step keeps of read-outs, in 128
    parts. to_zero: whether a spike clears the membrane. send_every_step, send_label, label_is_zero: what is sent when,
    see `sent_bytes`."""

    weights_in: np.ndarray
    weights_rec: np.ndarray
    weights_out: np.ndarray
    alpha: np.ndarray
    threshold: np.ndarray
    v: np.ndarray
    o: np.ndarray
    element: np.ndarray
    tick: np.ndarray
    recurrent: int
    shift_in: int
    shift_rec: int
    shift_out: int
    kappa: int
    to_zero: bool
    send_every_step: bool = True
    send_label: bool = False
    label_is_zero: bool = False
    ticks: int = 1

    @property
    def inputs(self) -> int:
        """Input rows."""
        return int(self.weights_in.shape[0])

    @property
    def outputs(self) -> int:
        """Read-outs."""
        return int(self.weights_out.shape[1])

    @property
    def neurons(self) -> int:
        """Neurons that have words."""
        return 2 * int(self.alpha.size)

    @property
    def last(self) -> int:
        """The last index that a sweep over neurons comes to."""
        return max(self.inputs, self.recurrent, self.outputs) - 1

    @property
    def last_source(self) -> int:
        """The last index whose events and spikes are looked for."""
        return max(self.inputs, self.recurrent) - 1

    @property
    def reached(self) -> int:
        """C: neurons that events reach."""
        return columns(self.recurrent)


def columns(recurrent: int) -> int:
    """Neurons that events reach, of so many recurrent ones: whole pairs."""
    return 2 * ((recurrent - 1) // 2 + 1)


def written_neurons(inputs: int, recurrent: int, outputs: int) -> int:
    """Neurons whose words a sweep reads, so that they have to be written."""
    return ((max(inputs, recurrent, outputs) - 1) | 1) + 1


def machine(c: ReckonConfiguration) -> OrderedMachine:
    """The machine: neurons by number, then read-outs. Index k of an input row and of a neuron is one turn."""
    n, outputs = c.neurons, c.outputs
    sources = min(c.last_source + 1, n)
    parts: list[np.ndarray] = []
    for weights, shift, first, onto in (
        (c.weights_in, c.shift_in, n + outputs, 0),
        (c.weights_rec[:sources], c.shift_rec, 0, 0),
        (c.weights_out[:sources], c.shift_out, 0, n),
    ):
        pre, post = np.nonzero(weights)
        added = neuron.shifted_weight(weights[pre, post], shift)
        parts.append(np.stack([pre + first, post + onto, added]))
    source, post, weight = np.concatenate(parts, axis=1)
    total = n + outputs
    return OrderedMachine(
        n_inputs=1 + int(c.element.max(initial=-1)),
        core=np.zeros(total, dtype=np.int64),
        slot=np.arange(total),
        params=_params(c),
        synapses=as_rows(source, post, weight),
        accumulator_range=(neuron.LOW, neuron.HIGH),
        max_events=USED,
        syn_receptor=np.zeros(source.size, dtype=np.int64),
        alias_target=np.full(total, -1, dtype=np.int64),
        element=c.element,
        ticks=c.ticks,
        tick=c.tick,
        turn=np.concatenate([np.arange(total), np.arange(c.inputs)]),
        start=np.concatenate([c.v, c.o]),
        exports=exports(c),
    )


def _params(c: ReckonConfiguration) -> dict[str, np.ndarray]:
    n, outputs = c.neurons, c.outputs
    pair = np.arange(n) // 2

    def joined(of_neurons: np.ndarray, of_readouts: int) -> np.ndarray:
        return np.concatenate([of_neurons, np.full(outputs, of_readouts)]).astype(np.int64)

    return {
        "alpha": joined(c.alpha[pair], c.kappa),
        "fraction_bits": joined(np.full(n, neuron.NEURON_BITS), neuron.READOUT_BITS),
        "threshold": joined(c.threshold[pair], 0),
        "to_zero": joined(np.full(n, int(c.to_zero)), 0),
        "swept": joined((2 * pair + 1 <= c.last).astype(np.int64), 1),
        "max_spikes": joined(np.ones(n), 0),
    }


def exports(c: ReckonConfiguration) -> Exports:
    """Number the output lines: the potential of each read-out, then for each read-out the neurons whose spikes it
    carries, by the bit of their code."""
    bit, source = carried(c.weights_out[: c.last_source + 1], c.kappa, c.shift_out)
    readout = np.repeat(np.arange(c.outputs), [len(of) for of in source])
    spiking = np.concatenate([np.zeros(0, dtype=np.int64), *source])
    bits = np.concatenate([np.zeros(0, dtype=np.int64), *bit])
    return Exports(
        n_lines=c.outputs * (1 + CODES),
        line=np.concatenate([np.arange(c.outputs), c.outputs + CODES * readout + bits]),
        neuron=np.concatenate([c.neurons + np.arange(c.outputs), spiking]),
        membrane=np.repeat([True, False], [c.outputs, spiking.size]),
        always=True,
    )
