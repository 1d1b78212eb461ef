"""The compiled loop of a grid of crossbars and a sample: read the axons, add their rows, step, send what fired."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ...targets.native.jit import compiled
from .summed.event_kernel import gather, step_of
from .summed.neuron_source import BLOCK, NeuronSource


@compiled
def send(
    found: np.ndarray,
    count: int,
    now: int,
    links: tuple[np.ndarray, np.ndarray, np.ndarray],
    mailbox: np.ndarray,
) -> None:
    """Put the spikes found[:count] of tick `now` into the mailbox (slots, axons), a power of two of slots."""
    first, target, delay = links
    last = mailbox.shape[0] - 1
    for k in range(count):
        for link in range(first[found[k]], first[found[k] + 1]):
            mailbox[(now + delay[link]) & last, target[link]] += 1


@compiled
def read(slot: np.ndarray, axons: int, rows: np.ndarray, merged: np.ndarray, arrived: np.ndarray) -> None:
    """Add the row of every axon that something arrived at; empty the slot, and count what merged."""
    width = rows.shape[1]
    for axon in range(slot.shape[0]):
        if slot[axon]:
            merged[axon] += slot[axon] - 1
            slot[axon] = 0
            base = np.uint64(axon // axons * width)
            row = rows[axon]
            for neuron in range(width):
                arrived[base + np.uint64(neuron)] += row[neuron]


@lru_cache(maxsize=16)
def kernel(source: NeuronSource) -> Callable[..., None]:
    """The loop of a grid whose neurons are `source`:
    (events (T, E / 8) uint64 and the same as (T, E) uint8, spikes likewise, number of the first tick, links of elements
    and of neurons, rows, axons of a core, mailbox, state, parameters, which, counted, merged, recorded (T or 0, n),
    which state that is, and to work with found, arrived (n,) int32 of 0, notes) -> None."""
    step = step_of(source)
    width = len(source.states) * BLOCK

    @compiled
    def run(
        event_words: np.ndarray, events: np.ndarray, spike_words: np.ndarray, spikes: np.ndarray, now: int,
        inward: tuple[np.ndarray, np.ndarray, np.ndarray], onward: tuple[np.ndarray, np.ndarray, np.ndarray],
        rows: np.ndarray, axons: int, mailbox: np.ndarray, state: np.ndarray, parameters: np.ndarray,
        which: np.ndarray, counted: np.ndarray, merged: np.ndarray, recorded: np.ndarray, potential: int,
        found: np.ndarray, arrived: np.ndarray, notes: np.ndarray,
    ) -> None:  # fmt: skip
        last, blocks = mailbox.shape[0] - 1, which.shape[0]
        for t in range(events.shape[0]):
            count = gather(event_words[t], events[t], 0, event_words.shape[1], found, 0)
            send(found, count, now + t, inward, mailbox)
            read(mailbox[(now + t) & last], axons, rows, merged, arrived)
            step(state, parameters, which, arrived, spikes[t], counted, notes)
            count = gather(spike_words[t], spikes[t], 0, spike_words.shape[1], found, 0)
            send(found, count, now + t, onward, mailbox)
            if recorded.shape[0]:
                for b in range(blocks):
                    for lane in range(BLOCK):
                        recorded[t, b * BLOCK + lane] = state[b * width + potential * BLOCK + lane]

    return run
