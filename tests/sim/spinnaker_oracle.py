"""SpiNNaker 1 in whole numbers without end, cut to 32 bits where the chip does: one neuron, one synapse at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from spikec.targets.machines.synapse_list import Machine

MOST = 65535


def word(value: int) -> int:
    """The low 32 bits, with their sign."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def tick(loaded: Mapping[str, int], state: Sequence[int], arrived: tuple[int, int]) -> tuple[list[int], bool]:
    """A tick of one neuron: state is v, e, h, hold."""
    v, e, h, hold = state
    for k, sign in enumerate(("exc", "inh")):
        x = word(min(arrived[k], MOST) << loaded[f"shift_{sign}"])
        part = x if loaded["jumps"] else x * (loaded[f"taken_{sign}"] % (1 << 32)) >> 32
        e, h = (word(e + part), h) if k == 0 else (e, word(h + part))
    current = word(word(e * loaded["scale"] >> 15) - word(h * loaded["scale"] >> 15))
    if hold <= 0:
        driven = word(word(current + loaded["i_offset"]) * loaded["r_membrane"] >> 15)
        strives = word(driven + loaded["v_rest"])
        v = word(strives - word(loaded["exp_tc"] * word(strives - v) >> 15))
    else:
        hold -= 1
    spikes = v >= loaded["v_thresh"]
    if spikes:
        v, hold = loaded["v_reset"], loaded["refract_ticks"]
    e, h = (x * (loaded[f"decay_{sign}"] % (1 << 32)) >> 32 for x, sign in ((e, "exc"), (h, "inh")))
    return [v, e, h, hold], spikes


def run(machine: Machine, events: np.ndarray) -> np.ndarray:
    """(T, N) spikes of a machine on the (T, inputs) events of one sample. What is sent in a tick acts in the next one,
    or as many later as the synapse says."""
    steps, n = len(events), machine.n_neurons
    flat = machine.synapses.flat()
    onto: dict[int, list[tuple[int, int, int]]] = {}
    for source, post, weight, delay in zip(*(column.tolist() for column in flat[:4]), strict=True):
        onto.setdefault(source, []).append((post, weight, delay))
    arriving = np.zeros((steps + 20, n, 2), dtype=np.int64)
    loaded = [{name: int(values[k]) for name, values in machine.params.items()} for k in range(n)]
    names = ("v_init", "input_exc", "input_inh", "refract_timer")
    states = [[each[name] for name in names] for each in loaded]
    spikes = np.zeros((steps, n), dtype=np.int64)
    for t in range(steps):
        for k in range(n):
            states[k], fired = tick(loaded[k], states[k], (int(arriving[t, k, 0]), int(arriving[t, k, 1])))
            spikes[t, k] = fired
        sent = [*np.flatnonzero(spikes[t]), *(n + np.flatnonzero(events[t]))]
        for source in map(int, sent):
            for post, weight, delay in onto.get(source, []):
                arriving[t + 1 + delay, post, int(weight < 0)] += abs(weight)
    return spikes
