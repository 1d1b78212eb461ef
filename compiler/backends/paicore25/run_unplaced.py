"""Runs the unplaced machine, chip step by chip step, layer after layer, in numpy."""

from __future__ import annotations

import numpy as np

from ....sim.engines.provenance import Provenance, undivided
from ....sim.engines.synapse_list import Advance, Run
from .unplaced import Layer, LayeredMachine


def start(machine: LayeredMachine, batch: int, *, states: bool) -> Advance:
    """Begin a run from the initial state, which is handed its events, (T, B, n_inputs) of 0 and 1, some steps at a
    time. Spikes are those of any chip step; `shown` is what a potential output sends in the first chip step of a step,
    `v` the membrane after the last."""
    n, m = machine.n_neurons, machine.chip_steps
    depth = 1 + max((delay for layer in machine.layers for _, delay, _ in layer.links), default=0)
    v = np.zeros((n, batch), dtype=np.int64)
    for layer in machine.layers:
        v[layer.first : layer.first + layer.size] = layer.params["init_v"][:, None]
    sent = np.zeros((depth, n + machine.n_inputs, batch), dtype=np.int64)
    potential = np.zeros((n, batch), dtype=np.int64)
    now = 0

    def advance(events: np.ndarray) -> Run:
        nonlocal now
        steps = len(events)
        spikes = np.zeros((steps, batch, n), dtype=np.uint8)
        recorded = {name: np.zeros((steps if states else 0, batch, n), dtype=np.int32) for name in ("shown", "v")}
        for t in range(steps):
            for k in range(m):
                row = sent[now % depth]
                row[n:] = events[t].T if k == 0 else 0
                for layer in machine.layers:
                    fired = _step(layer, v, sent, now, potential)
                    mine = slice(layer.first, layer.first + layer.size)
                    row[mine] = fired
                    spikes[t, :, mine] |= (fired != 0).T.astype(np.uint8)
                    if states and k == 0:
                        recorded["shown"][t, :, mine] = potential[mine].T
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
        return Run(
            spikes=spikes, states=recorded if states else {}, counters={}, provenance=provenance
        )

    return advance


def _step(layer: Layer, v: np.ndarray, sent: np.ndarray, now: int, potential: np.ndarray) -> np.ndarray:
    """One chip step of a layer: `v` and `potential` of its neurons change; (n, B) what fires."""
    mine = slice(layer.first, layer.first + layer.size)
    arriving = np.zeros((layer.size, v.shape[1]), dtype=np.int64)
    for first, delay, weights in layer.links:
        arriving += weights @ sent[(now - delay) % len(sent), first : first + weights.shape[1]]
    for first in layer.adds:
        arriving += potential[first : first + layer.size]
    p = {name: values[:, None] for name, values in layer.params.items()}
    after = p["leak_multi_sequence"] == 1
    u = wrapped(v[mine] + wrapped(arriving))
    u = wrapped(u + p["leak_v"])
    u = np.where(after, u, _leak(u, p))
    u = np.where(p["thr_neg_mode"] == 1, np.maximum(u, p["thr_neg"]), u)
    potential[mine] = u
    fired = u >= p["thr_pos"]
    below = ~fired & (p["thr_neg_mode"] == 0) & (u <= p["thr_neg"])
    taken = np.where(p["reset_mode"] == 1, wrapped(u - p["thr_pos"]), u)
    u = np.where(fired, np.where(p["reset_mode"] == 0, p["reset_v"], taken), u)
    u = np.where(below & (p["reset_mode"] == 0), -p["reset_v"], u)
    v[mine] = np.where(after, _leak(u, p), u)
    if layer.sends_potential:
        return np.zeros_like(u)
    return fired.astype(np.int64)


def _leak(u: np.ndarray, p: dict[str, np.ndarray]) -> np.ndarray:
    up, down = np.maximum(p["leak_tau"], 0), np.maximum(-p["leak_tau"], 0)

    def moved(x: np.ndarray) -> np.ndarray:
        return wrapped((x << up) >> down)

    return np.where(
        p["leak_multi_mode"] == 1, wrapped(u - moved(wrapped(u - p["reset_v"]))), moved(u)
    )


def wrapped(x: np.ndarray) -> np.ndarray:
    """In 32 bits, as the chip keeps it."""
    return ((x + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
