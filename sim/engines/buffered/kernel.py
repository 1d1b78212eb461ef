"""Compiled loops of cores with input buffers: from elements to sums, from sums to potentials, from outputs to buffers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType

import numpy as np

from ..jit import SCALARS, compiled


@compiled
def spread(
    x: np.ndarray, value_of: np.ndarray, place: np.ndarray, walked: int, spacing: int, tap_start: np.ndarray,
    tap: np.ndarray, weight: np.ndarray, at_start: np.ndarray, at: np.ndarray, arrived: np.ndarray,
) -> None:  # fmt: skip
    """Add what elements (B, E) bring over a walk, as of `by_event.Steps`, to (B, N) int32 arrived: weight times number,
    modulo 2**32. value_of: none where elements are numbers themselves. walked: neurons of a record."""
    records = place.shape[0]
    sums = np.zeros((walked, records), dtype=np.int32)
    reach = at_start.shape[0] - 1
    for b in range(x.shape[0]):
        sums[:] = 0
        for e in range(x.shape[1]):
            if x[b, e] == 0:
                continue
            number = np.int32(value_of[x[b, e]] if value_of.shape[0] else x[b, e])
            remainder = e % spacing
            for k in range(tap_start[remainder], tap_start[remainder + 1]):
                if tap[k] > e:
                    break
                o = (e - tap[k]) // spacing
                if o >= reach:
                    continue
                for j in range(at_start[o], at_start[o + 1]):
                    i = at[j]
                    for r in range(records):
                        sums[i, r] += number * np.int32(weight[k, r])
        for r in range(records):
            first = place[r]
            for i in range(walked):
                arrived[b, first + i] = sums[i, r]


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
    out: np.ndarray, neuron: np.ndarray, element: np.ndarray, step: np.ndarray, k: int, mask: int, adds: bool,
    silent: bool, ring: np.ndarray,
) -> None:  # fmt: skip
    """Write outputs (B, N) of own step k into a ring (B, laps, E), as `Sending` says. mask: bits that are kept. adds:
    bits are added to what is there, else they replace it. silent: outputs of 0 are not sent."""
    laps = ring.shape[1]
    for b in range(out.shape[0]):
        for j in range(neuron.shape[0]):
            value = np.int64(out[b, neuron[j]])
            if value == 0 and silent:
                continue
            at = (k + step[j]) % laps
            kept = value & mask
            if adds:
                kept |= np.int64(ring[b, at, element[j]])
            ring[b, at, element[j]] = kept


@compiled
def write_potentials(
    shown: np.ndarray, neuron: np.ndarray, element: np.ndarray, step: np.ndarray, k: int, ring: np.ndarray
) -> None:
    """Write potentials (B, N) of own step k into a ring (B, laps, E), as `Sending` says."""
    laps = ring.shape[1]
    for b in range(shown.shape[0]):
        for j in range(neuron.shape[0]):
            ring[b, (k + step[j]) % laps, element[j]] = shown[b, neuron[j]]


@cache
def kernel(module: ModuleType) -> Callable[..., None]:
    """The step of all neurons of a core, with the arithmetic of `module`:
    (p (R, P) int64, first (R + 1,) int64, arrived (B, N) int32, table (256 or 0, 2) int64, bits, fired (B,) int64,
    v (B, N) int32, shown (B, N) int32, out (B, N) int16) -> None; the last four are written."""
    integrate, compare, taken_off, settle = module.arithmetic(SCALARS, compiled)

    @compiled
    def update(
        p: np.ndarray, first: np.ndarray, arrived: np.ndarray, table: np.ndarray, bits: int, fired: np.ndarray,
        v: np.ndarray, shown: np.ndarray, out: np.ndarray,
    ) -> None:  # fmt: skip
        for b in range(arrived.shape[0]):
            before, some = fired[b], 0
            for r in range(p.shape[0]):
                for n in range(first[r], first[r + 1]):
                    u = integrate(p[r], np.int64(v[b, n]), before, np.int64(arrived[b, n]))
                    if table.shape[0]:
                        at = 0
                        for bit in range(bits - 1, -1, -1):
                            at += (1 << bit) * (u >= table[(at + (1 << bit)) & 255, 0])
                        given = table[at & 255, 1]
                        taken = table[at & 255, 0] * (given != 0)
                    else:
                        given = compare(p[r], u)
                        taken = taken_off(p[r], given)
                    if given > 0:
                        some = 1
                    shown[b, n] = u
                    out[b, n] = given
                    v[b, n] = settle(p[r], u, given, taken)
            fired[b] = some

    return update
