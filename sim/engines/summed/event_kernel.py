"""The compiled loop of a stage and a sample: what spiked is added, row by row, then all neurons step."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType

import numpy as np

from ..jit import compiled, kernel_folder
from .neuron_source import BLOCK, NeuronSource


@compiled
def gather(words: np.ndarray, raster: np.ndarray, begin: int, end: int, found: np.ndarray, count: int) -> int:
    """Append what spiked in words begin..end of one step to found[:count]; how many they are then. Without branches, as
    a processor cannot guess what spikes."""
    for word in range(begin, end):
        if words[word]:
            for spike in range(8 * word, 8 * word + 8):
                found[count] = spike
                count += raster[spike]
    return count


@compiled
def deliver(
    found: np.ndarray, count: int, now: int, first: np.ndarray, axons: np.ndarray, runs: np.ndarray,
    weights: np.ndarray, places: np.ndarray, pending: np.ndarray,
) -> None:  # fmt: skip
    """Add the rows of the spikes found[:count] to what is pending, (depth, neurons); the depth is a power of two."""
    last = pending.shape[0] - 1
    for k in range(count):
        spike = found[k]
        for axon in range(first[spike], first[spike + 1]):
            base = axons[axon, 2]
            slot = pending[(now + axons[axon, 3]) & last]
            for run in range(axons[axon, 0], axons[axon, 1]):
                place, begin = np.uint64(base + runs[run, 0]), np.uint64(runs[run, 3])
                for j in range(runs[run, 1]):
                    slot[place + np.uint64(j)] += weights[begin + np.uint64(j)]
                for j in range(runs[run, 2]):
                    slot[np.uint64(base + places[begin + np.uint64(j)])] += weights[begin + np.uint64(j)]


@lru_cache(maxsize=64)
def kernel(source: NeuronSource) -> Callable[..., None]:
    """The loop of a stage whose neurons are `source`:
    (raster (T, S / 8) uint64 and the same as (T, S) uint8, ranges (k, 2) int64 of the words of it that feed the stage,
    where its own begin, and whether these feed it too, step of the first, rows ..., state, parameters, blocks,
    pending (depth, n), recorded (states, T or 0, n)) -> None.

    The raster's own part, state, pending and recorded are written."""
    step = step_of(source)
    n_states, width = len(source.states), len(source.states) * BLOCK

    @compiled
    def run(
        words: np.ndarray, raster: np.ndarray, ranges: np.ndarray, own: int, loops: bool, now: int,
        first: np.ndarray, axons: np.ndarray, runs: np.ndarray, weights: np.ndarray, places: np.ndarray,
        state: np.ndarray, parameters: np.ndarray, which: np.ndarray, pending: np.ndarray, counted: np.ndarray,
        recorded: np.ndarray, found: np.ndarray, notes: np.ndarray,
    ) -> None:  # fmt: skip
        last, blocks = pending.shape[0] - 1, which.shape[0]
        for t in range(raster.shape[0]):
            count = 0
            for r in range(ranges.shape[0]):
                count = gather(words[t], raster[t], ranges[r, 0], ranges[r, 1], found, count)
            deliver(found, count, now + t, first, axons, runs, weights, places, pending)
            fired = raster[t, own : own + blocks * BLOCK]
            step(state, parameters, which, pending[(now + t) & last], fired, counted, notes)
            if loops:
                count = gather(words[t], raster[t], own // 8, own // 8 + blocks * (BLOCK // 8), found, 0)
                deliver(found, count, now + t, first, axons, runs, weights, places, pending)
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
