"""Recorded Speck networks, chains of layers, as configurations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from spikec.targets.machines.convolution import ConvolutionCore, Destination
from spikec.targets.speck.configuration import SpeckConfiguration

from .recordings import recordings


def files(folder: Path) -> list[Path]:
    """Recordings of layers of convolution."""
    return recordings(folder, "l0_v_mem", "l0_padding")


def meta(recorded: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return json.loads(str(recorded["meta"]))


def core_numbers(recorded: Mapping[str, np.ndarray]) -> list[int]:
    """Of layer 0, 1, ..."""
    found = meta(recorded)["layer_to_core"]
    return [found[str(k)] for k in range(len(found))]


def configuration(recorded: Mapping[str, np.ndarray]) -> SpeckConfiguration:
    numbers = core_numbers(recorded)
    cores: list[ConvolutionCore] = []
    shape = recorded["input"].shape[1:]
    for k in range(len(numbers)):
        core = _core(recorded, k, numbers, shape)
        cores.append(core)
        pooled = int(recorded[f"l{k}_pool"])
        channels, height, width = core.neuron_shape
        shape = (channels, height // pooled, width // pooled)
    return SpeckConfiguration(
        cores=tuple(sorted(cores, key=lambda core: core.core)),
        input_cores=(numbers[0],),
        monitored=(numbers[-1],),
        single_spike=meta(recorded)["spike"] == "single",
    )


def _core(
    recorded: Mapping[str, np.ndarray], k: int, numbers: list[int], shape: tuple[int, ...]
) -> ConvolutionCore:
    after = [
        Destination(core=number, pooling=int(recorded[f"l{k}_pool"])) for number in numbers[k + 1 : k + 2]
    ]
    return ConvolutionCore(
        core=numbers[k],
        input_shape=(shape[0], shape[1], shape[2]),
        kernel=recorded[f"l{k}_weight"],
        bias=recorded[f"l{k}_bias"].astype(np.int64),
        initial_v=np.zeros(recorded[f"l{k}_spikes"].shape[1:], dtype=np.int64),
        threshold=int(recorded[f"l{k}_threshold_high"]),
        low_threshold=int(recorded[f"l{k}_threshold_low"]),
        reset_to_zero=meta(recorded)["reset"] == "zero",
        stride=_pair(recorded[f"l{k}_stride"]),
        padding=_pair(recorded[f"l{k}_padding"]),
        destinations=tuple(after),
    )


def _pair(values: np.ndarray) -> tuple[int, int]:
    return int(values[0]), int(values[1])


def sums_leave_16_bits(recorded: Mapping[str, np.ndarray]) -> bool:
    """Whether what a step of some layer adds up, before its reset, is beyond 16 bits: from the recording alone."""
    arriving = recorded["input"]
    for k in range(len(core_numbers(recorded))):
        spikes, v = recorded[f"l{k}_spikes"].astype(np.int64), recorded[f"l{k}_v_mem"].astype(np.int64)
        for t, counts in enumerate(arriving):
            total = _driven(recorded, k, counts) + (v[t - 1] if t else 0)
            if total.min() < -(1 << 15) or total.max() >= 1 << 15:
                return True
        arriving = _pooled(spikes, int(recorded[f"l{k}_pool"]))
    return False


def _driven(recorded: Mapping[str, np.ndarray], k: int, counts: np.ndarray) -> np.ndarray:
    """(F, H, W): what the layer's kernel and bias make of (C, H, W) counts."""
    kernel = recorded[f"l{k}_weight"].astype(np.float64)  # the sums are small enough to be exact
    (up, left), (down, right) = _pair(recorded[f"l{k}_padding"]), _pair(recorded[f"l{k}_stride"])
    padded = np.pad(counts.astype(np.float64), ((0, 0), (up, up), (left, left)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[2:], axis=(1, 2))
    found = np.tensordot(kernel, windows[:, ::down, ::right], axes=((1, 2, 3), (0, 3, 4)))
    return found + recorded[f"l{k}_bias"][:, None, None]


def _pooled(spikes: np.ndarray, window: int) -> np.ndarray:
    """(T, C, H, W) summed over windows; what is over at the edges is left out."""
    steps, channels, height, width = spikes.shape
    cut = spikes[:, :, : height // window * window, : width // window * window]
    shape = (steps, channels, height // window, window, width // window, window)
    return cut.reshape(shape).sum(axis=(3, 5))
