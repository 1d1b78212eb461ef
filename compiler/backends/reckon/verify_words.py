"""Checks that the decoded configuration holds the quantised network and nothing else: the static half of the
verdict."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....targets.configuration import Symbols
from ....targets.reckon import neuron
from ....targets.reckon.configuration import ReckonConfiguration, machine
from ....targets.reckon.spike_codes import KAPPA, SHIFT
from ...ir.stages import StaticVerdict
from ..shared.static import (
    Findings,
    Names,
    NetworkTable,
    WordTable,
    compare,
    joined,
    named,
    numbered,
    synapse_columns,
)
from .quantized_network import QuantizedNetwork
from .wiring import is_readout, wiring


def static_verdict(network: QuantizedNetwork, c: ReckonConfiguration, symbols: Symbols) -> StaticVerdict:
    """Compare a configuration, through its symbols, with the network.

    Never raises for a wrong configuration or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    n = c.neurons + c.outputs
    names = named(network, symbols, n, findings, spare=True)
    if names is None:
        return findings.verdict()
    for p in symbols.populations:
        behind = p.machine_index >= c.neurons
        if bool((behind != is_readout(network.population(p.name))).any()):
            findings.add(f"{p.name}: neurons and read-outs are mixed up")
    wires = wiring(network)
    if not np.array_equal(wires.element, c.element):
        findings.add(
            f"rows take the events of elements {c.element.tolist()}; the network has {wires.element.tolist()}"
        )
        return findings.verdict()
    if c.ticks != wires.ticks or not np.array_equal(wires.tick, c.tick):
        findings.add(
            f"a step has {c.ticks} ticks, events of rows come in {c.tick.tolist()}; the network has {wires.ticks} and "
            f"{wires.tick.tolist()}"
        )
    if findings.total == 0:
        compare(_words(c, names), _asked(network), names, findings)
        for text in (*_spare(c, names), *_sent(network, c, names)):
            findings.add(text)
    return findings.verdict()


def _words(c: ReckonConfiguration, names: Names) -> WordTable:
    n, total = c.neurons, c.neurons + c.outputs
    of_row = names.of[total + c.element]
    columns: list[np.ndarray] = []
    used = names.of[:n] >= 0
    for weights, shift, source, row, onto in (
        (c.weights_in, c.shift_in, of_row, _row_of(c), 0),
        (c.weights_rec * used[:, None], c.shift_rec, names.of[:n], np.zeros(n, dtype=np.int64), 0),
        (c.weights_out * used[:, None], c.shift_out, names.of[:n], np.zeros(n, dtype=np.int64), n),
    ):
        pre, post = np.nonzero(weights)
        code = weights[pre, post].astype(np.int64) * (1 << shift)
        columns.append(synapse_columns(source[pre], post + onto, code, receptor=row[pre]))

    def place(index: int) -> str:
        return f"neuron {index}" if index < n else f"read-out {index - n}"

    decoded = machine(c)
    turn = np.concatenate([np.arange(n), np.arange(c.outputs)])
    start = np.concatenate([c.v, c.o])
    return WordTable(
        owner=names.of[:total],
        registers={
            **{name: decoded.params[name] for name in neuron.PARAMETERS},
            "turn": turn,
            "start": start,
        },
        synapses=joined(columns),
        place=place,
    )


def _row_of(c: ReckonConfiguration) -> np.ndarray:
    """(I,) which of the rows of its element each row is."""
    order = np.argsort(c.element, kind="stable")
    ordered = c.element[order]
    found = np.empty_like(order)
    found[order] = np.arange(order.size) - np.searchsorted(ordered, ordered)
    return found


def _asked(network: QuantizedNetwork) -> NetworkTable:
    number = numbered(network)
    return NetworkTable(
        registers={
            name: np.concatenate([p.params[name] for p in network.populations])
            for name in (*neuron.PARAMETERS, "turn", "start")
        },
        synapses=joined(
            [
                synapse_columns(
                    number[p.pre][p.cols],
                    number[p.post][p.rows],
                    p.code * (1 << p.shift),
                    receptor=np.full(p.rows.size, p.row),
                )
                for p in network.projections
            ]
        ),
    )


def _spare(c: ReckonConfiguration, names: Names) -> Iterator[str]:
    """What hangs on neurons that the network has no use for, or could make them fire."""
    spare = np.flatnonzero(names.of[: c.neurons] < 0)
    inside = spare[spare < c.reached]
    wrong = [
        ("is reached by input weights", inside[c.weights_in[:, inside].any(axis=0)]),
        ("is reached by recurrent weights", inside[c.weights_rec[:, inside].any(axis=0)]),
        ("has recurrent weights", spare[c.weights_rec[spare].any(axis=1)]),
        ("has output weights", spare[c.weights_out[spare].any(axis=1)]),
        ("starts from a membrane other than 0", spare[c.v[spare] != 0]),
        ("would fire at rest", spare[c.threshold[spare // 2] <= 0]),
    ]
    for what, neurons in wrong:
        for index in neurons.tolist():
            yield f"neuron {index} is not used, and {what}"


def _sent(network: QuantizedNetwork, c: ReckonConfiguration, names: Names) -> Iterator[str]:
    """Where spikes leave by read-outs, every weight onto one is the code of a neuron that is read; each is checked
    against its output line by whoever compares outputs."""
    if any(is_readout(p) for p in network.populations):
        return
    if (c.kappa, c.shift_out) != (KAPPA, SHIFT):
        yield f"read-outs keep {c.kappa} of 128 and are shifted by {c.shift_out}; spikes leave with {KAPPA} and {SHIFT}"
    read = np.zeros(c.neurons, dtype=np.bool_)
    for _, p in network.exported:
        read[p.params["turn"]] = True
    wrong = c.weights_out.any(axis=1) != read
    for index in np.flatnonzero(wrong).tolist():
        yield f"neuron {index} ({names.of_machine(index)}): {'not ' * bool(read[index])}sent by a read-out"
    if c.o.any():
        yield "read-outs that carry spikes start from other values than 0"
    if not c.send_every_step or c.send_label:
        yield "the read-outs are not sent at the end of every step"
