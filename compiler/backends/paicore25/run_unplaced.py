"""Runs the unplaced machine, chip step by chip step, layer after layer, in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....sim.engines.provenance import Provenance, undivided
from ....sim.engines.synapse_list import Advance, Run
from ....targets.paicore25.neuron import HALF, PARAMETERS, WORD, arithmetic
from .unplaced import Layer, LayeredMachine

NUMPY: Any = np
"""As what arithmetics are written over."""


def start(machine: LayeredMachine, batch: int, *, states: bool) -> Advance:
    """Begin a run from the initial state, which is handed its events, (T, B, n_inputs) of 0 and 1, some steps at a
    time. Spikes are those of any chip step; `shown` is what a potential output sends in the first chip step of a step,
    `v` the membrane after the last."""
    n, m = machine.n_neurons, machine.chip_steps
    depth = 1 + max((link.delay for layer in machine.layers for link in layer.links), default=0)
    v = np.zeros((n, batch), dtype=np.int64)
    for layer in machine.layers:
        v[layer.first : layer.first + layer.size] = layer.params["init_v"][:, None]
    sent = np.zeros((depth, n + machine.n_inputs, batch), dtype=np.int64)
    shown, zero = np.zeros((n, batch), dtype=np.int64), np.zeros((1, batch), dtype=np.int64)
    neuron, registers = arithmetic(NUMPY), [_registers(layer) for layer in machine.layers]
    now = 0

    def advance(events: np.ndarray) -> Run:
        nonlocal now
        steps = len(events)
        spikes = np.zeros((steps, batch, n), dtype=np.uint8)
        recorded = {
            name: np.zeros((steps if states else 0, batch, n), dtype=np.int32) for name in ("shown", "v")
        }
        for t in range(steps):
            for k in range(m):
                row = sent[now % depth]
                row[n:] = events[t].T if k == 0 else 0
                for layer, p in zip(machine.layers, registers, strict=True):
                    mine = slice(layer.first, layer.first + layer.size)
                    u = neuron.integrate(p, v[mine], zero, _arriving(layer, sent, now, shown))
                    fired = neuron.compare(p, u)
                    v[mine] = neuron.settle(p, u, fired, neuron.taken_off(p, fired))
                    shown[mine], row[mine] = u, 0 if layer.sends_potential else fired
                    spikes[t, :, mine] |= (fired != 0).T.astype(np.uint8)
                    if states and k == 0:
                        recorded["shown"][t, :, mine] = u.T
                now += 1
            if states:
                recorded["v"][t] = v.T
        provenance = Provenance(
            engine="numpy",
            devices=1,
            steps=steps,
            batch=batch,
            delivered=undivided(events, spikes, ["sparse product"], ["sparse product"]),
        )
        return Run(spikes=spikes, states=recorded if states else {}, counters={}, provenance=provenance)

    return advance


def _arriving(layer: Layer, sent: np.ndarray, now: int, shown: np.ndarray) -> np.ndarray:
    """(n, B) what comes to a layer in chip step `now`: spikes through weights, and potentials as they are."""
    arriving = np.zeros((layer.size, shown.shape[1]), dtype=np.int64)
    for link in layer.links:
        sources = slice(link.first, link.first + link.size)
        arriving += link.weights @ sent[(now - link.delay) % len(sent), sources]
    for first in layer.adds:
        arriving += shown[first : first + layer.size]
    return ((arriving + HALF) & (WORD - 1)) - HALF


def _registers(layer: Layer) -> np.ndarray:
    """(parameters, n, 1) int64; what a quantised network does not name is 0."""
    zero = np.zeros(layer.size, dtype=np.int64)
    return np.stack([layer.params.get(name, zero) for name in PARAMETERS])[:, :, None]
