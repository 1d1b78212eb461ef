"""The compiled loop of a stage and a sample: what spiked is added, row by row, then all neurons step."""
# pyright: reportReturnType=false
# An integer of the kernel's compiler is a scalar of numpy to a type checker.

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType

import numpy as np

from ....targets.native.jit import compiled, kernel_folder
from .neuron_source import BLOCK, NeuronSource


@compiled
def gather(words: np.ndarray, raster: np.ndarray, begin: int, end: int, found: np.ndarray, count: int) -> int:
    """Append what spiked in words begin..end of one step to found[:count]; how many they are then. First the words in
    which anything spiked are listed, at the end of `found`, then what spiked in these; without branches, as a processor
    cannot guess what spikes. found: `room_to_gather` of the raster's width."""
    listed, filled = np.uint64(found.size - (end - begin)), np.uint64(0)
    for word in range(np.uint64(begin), np.uint64(end)):
        found[listed + filled] = word
        filled += np.uint64(words[word] != 0)
    at = np.uint64(count)
    for k in range(listed, listed + filled):
        first = np.uint64(8) * np.uint64(found[k])
        for spike in range(first, first + np.uint64(8)):
            found[at] = spike
            at += np.uint64(raster[spike])
    return np.int64(at)


def room_to_gather(width: int) -> np.ndarray:
    """To work with: for all columns of a raster, and one that is not counted; and for all of its words."""
    return np.empty(width + 1 + width // 8, dtype=np.int64)


@compiled
def deliver(
    found: np.ndarray, count: int, now: int, alike: np.ndarray, first: np.ndarray, axons: np.ndarray, runs: np.ndarray,
    weights: np.ndarray, places: np.ndarray, pending: np.ndarray,
) -> None:  # fmt: skip
    """Add the rows of the spikes found[:count] to what is pending, (depth, neurons); the depth is a power of two. Four
    rows onto the same neurons are added at once: their sums are read and written once. Unsigned numbers need no look at
    whether they count from the end of an array."""
    step, last, width = np.uint64(now), np.uint64(pending.shape[0] - 1), np.uint64(pending.shape[1])
    sums, end, k = pending.reshape(-1), np.uint64(count), np.uint64(0)
    while k < end:
        spike = np.uint64(found[k])
        axon, after = np.uint64(first[spike]), np.uint64(first[spike + np.uint64(1)])
        if alike.size and k + np.uint64(4) <= end and alike[spike] >= 0:
            b, c, d = found[k + np.uint64(1)], found[k + np.uint64(2)], found[k + np.uint64(3)]
            if alike[b] == alike[spike] and alike[c] == alike[spike] and alike[d] == alike[spike]:
                slot = ((step + np.uint64(axons[axon, 3])) & last) * width
                run = np.uint64(axons[axon, 0])
                to = slot + np.uint64(axons[axon, 2]) + np.uint64(runs[run, 0])
                at_a, at_b = np.uint64(runs[run, 3]), np.uint64(runs[axons[first[b], 0], 3])
                at_c, at_d = np.uint64(runs[axons[first[c], 0], 3]), np.uint64(runs[axons[first[d], 0], 3])
                for j in range(np.uint64(runs[run, 1])):
                    two = np.int32(weights[at_a + j]) + np.int32(weights[at_b + j])
                    more = np.int32(weights[at_c + j]) + np.int32(weights[at_d + j])
                    sums[to + j] += two + more
                k += np.uint64(4)
                continue
        while axon < after:
            base = ((step + np.uint64(axons[axon, 3])) & last) * width + np.uint64(axons[axon, 2])
            for run in range(np.uint64(axons[axon, 0]), np.uint64(axons[axon, 1])):
                begin, size = np.uint64(runs[run, 3]), np.uint64(runs[run, 1])
                if size:
                    to = base + np.uint64(runs[run, 0])
                    for j in range(size):
                        sums[to + j] += weights[begin + j]
                else:
                    for j in range(np.uint64(runs[run, 2])):
                        sums[base + np.uint64(places[begin + j])] += weights[begin + j]
            axon += np.uint64(1)
        k += np.uint64(1)


@lru_cache(maxsize=64)
def kernel(source: NeuronSource) -> Callable[..., None]:
    """The loop of a stage whose neurons are `source`:
    (raster (T, S / 8) uint64 and the same as (T, S) uint8, ranges (k, 2) int64 of the words of it that feed the stage,
    where its own begin, and whether these feed it too, step of the first, `Rows.alike`, rows ..., state, parameters,
    blocks, pending (depth, sums of all neurons and those that are shifted), recorded (states, T or 0, n), of the sums
    that are shifted (2, k) int64 the neuron that takes each and the shift, the first of these sums) -> None.

    The raster's own part, state, pending and recorded are written."""
    step = step_of(source)
    n_states, width = len(source.states), len(source.states) * BLOCK

    @compiled
    def run(
        words: np.ndarray, raster: np.ndarray, ranges: np.ndarray, own: int, loops: bool, now: int,
        alike: np.ndarray, first: np.ndarray, axons: np.ndarray, runs: np.ndarray, weights: np.ndarray,
        places: np.ndarray, state: np.ndarray, parameters: np.ndarray, which: np.ndarray, pending: np.ndarray,
        counted: np.ndarray, recorded: np.ndarray, found: np.ndarray, notes: np.ndarray, shifted: np.ndarray,
        first_shifted: int,
    ) -> None:  # fmt: skip
        last, blocks = pending.shape[0] - 1, which.shape[0]
        for t in range(raster.shape[0]):
            count = 0
            for r in range(ranges.shape[0]):
                count = gather(words[t], raster[t], ranges[r, 0], ranges[r, 1], found, count)
            deliver(found, count, now + t, alike, first, axons, runs, weights, places, pending)
            fired, arrived = raster[t, own : own + blocks * BLOCK], pending[(now + t) & last]
            for k in range(shifted.shape[1]):
                arrived[shifted[0, k]] += arrived[first_shifted + k] >> np.int32(shifted[1, k])
                arrived[first_shifted + k] = 0
            step(state, parameters, which, arrived, fired, counted, notes)
            if loops:
                count = gather(words[t], raster[t], own // 8, own // 8 + blocks * (BLOCK // 8), found, 0)
                deliver(found, count, now + t, alike, first, axons, runs, weights, places, pending)
            if recorded.shape[1]:
                for k in range(n_states):
                    for b in range(blocks):
                        for lane in range(BLOCK):
                            recorded[k, t, b * BLOCK + lane] = state[b * width + k * BLOCK + lane]

    return run


def step_of(source: NeuronSource) -> Callable[..., None]:
    """The compiled step of a source."""
    module = _loaded(source)
    return compiled(module.step, keep=module.__file__ is not None)


def _loaded(source: NeuronSource) -> ModuleType:
    """The module of a source, from a file beside what is kept of compiled code, which is kept by file; without one
    where none can be written."""
    name = f"spikec_step_{hashlib.sha256(source.text.encode()).hexdigest()[:24]}"
    if name not in sys.modules:
        module = ModuleType(name)
        module.__file__ = _file_of(name, source.text)
        exec(compile(source.text, module.__file__ or f"<{name}>", "exec"), module.__dict__)
        sys.modules[name] = module
    return sys.modules[name]


def _file_of(name: str, text: str) -> str | None:
    """The file with this text, written if it is not there; None where it cannot be, as on a full disk."""
    folder = kernel_folder()
    if folder is None:
        return None
    path, partial = folder / f"{name}.py", folder / f"{name}.{os.getpid()}"
    try:
        if not (path.exists() and path.read_text() == text):
            partial.write_text(text)
            partial.replace(path)
    except OSError:
        return None
    return str(path)
