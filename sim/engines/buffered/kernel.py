"""Compiled loops of cores with input buffers: elements to sums, sums to potentials, outputs to buffers."""

from __future__ import annotations

import numpy as np

from ....targets.native.jit import compiled


@compiled
def add(
    number: np.int32, whole: int, taps: tuple[int, int], tap: np.ndarray, weight: np.ndarray, at_start: np.ndarray,
    at: np.ndarray, records: int, sums: np.ndarray,
) -> None:  # fmt: skip
    """Add what one element brings to sums, (n * R,) int32, modulo 2**32. whole: how often the spacing goes into its
    number. taps: the first and the end of those that it can meet. weight: (K * R,)."""
    reach, width = at_start.shape[0] - 1, np.uint64(records)
    for k in range(taps[0], taps[1]):
        o = whole - tap[k]
        if o < 0 or o >= reach:
            continue
        row = np.uint64(k) * width
        for j in range(np.uint64(at_start[np.uint64(o)]), np.uint64(at_start[np.uint64(o + 1)])):
            onto = np.uint64(at[j]) * width
            for r in range(width):
                sums[onto + r] += number * np.int32(weight[row + r])


@compiled
def spread(
    ring: np.ndarray, slot: int, value_of: np.ndarray, place: np.ndarray, walked: int, spacing: int,
    tap_start: np.ndarray, tap: np.ndarray, weight: np.ndarray, at_start: np.ndarray, at: np.ndarray,
    arrived: np.ndarray,
) -> None:  # fmt: skip
    """Add what the elements of a slot of a ring (B, laps, E) bring over a walk, as of `by_event.Steps`, to (B, N)
    int32 arrived: weight times number, modulo 2**32. value_of: none where elements are numbers themselves. walked:
    neurons of a record. E: a multiple of the elements in 64 bits, which are looked at together."""
    records, together = place.shape[0], np.int64(8 // ring.itemsize)
    sums, weights = np.zeros(walked * records, dtype=np.int32), weight.reshape(-1)
    for b in range(ring.shape[0]):
        x = ring[b, slot]
        words = x.view(np.uint64)
        sums[:] = 0
        for word in range(words.shape[0]):
            if words[word] != 0:
                for e in range(word * together, (word + 1) * together):
                    if x[e] != 0:
                        number = np.int32(value_of[x[e]] if value_of.shape[0] else x[e])
                        taps = tap_start[e % spacing], tap_start[e % spacing + 1]
                        add(number, e // spacing, taps, tap, weights, at_start, at, records, sums)
        for r in range(records):
            first = place[r]
            for i in range(walked):
                arrived[b, first + i] = sums[i * records + r]


@compiled
def largest(
    x: np.ndarray, value_of: np.ndarray, place: np.ndarray, offset: np.ndarray, tap: np.ndarray, weight: np.ndarray,
    arrived: np.ndarray,
) -> None:  # fmt: skip
    """Write the largest number of elements (B, E) that each neuron of a walk has a weight for to (B, N) int32
    arrived."""
    for b in range(x.shape[0]):
        for r in range(place.shape[0]):
            for i in range(offset.shape[0]):
                best, there = 0, False
                for k in range(tap.shape[0]):
                    if weight[k, r] != 0:
                        number = value_of[x[b, offset[i] + tap[k]]]
                        if not there or number > best:
                            best = number
                        there = True
                arrived[b, place[r] + i] = best


@compiled
def write(
    out: np.ndarray, neuron: np.ndarray, element: np.ndarray, step: np.ndarray, k: int, mask: int, silent: bool,
    ring: np.ndarray,
) -> None:  # fmt: skip
    """Write outputs (B, N) of own step k into a ring (B, laps, E), as `Sending` says. mask: bits that are kept.
    silent: outputs of 0 are not sent."""
    laps = ring.shape[1]
    for b in range(out.shape[0]):
        for j in range(neuron.shape[0]):
            value = np.int64(out[b, neuron[j]])
            if value == 0 and silent:
                continue
            ring[b, (k + step[j]) % laps, element[j]] = value & mask


@compiled
def write_potentials(
    shown: np.ndarray, neuron: np.ndarray, element: np.ndarray, step: np.ndarray, k: int, ring: np.ndarray
) -> None:
    """Write potentials (B, N) of own step k into a ring (B, laps, E), as `Sending` says."""
    laps = ring.shape[1]
    for b in range(shown.shape[0]):
        for j in range(neuron.shape[0]):
            ring[b, (k + step[j]) % laps, element[j]] = shown[b, neuron[j]]
