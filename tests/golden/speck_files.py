"""Recorded Speck networks, chains of layers, as configurations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from spikec.targets.machines.convolution import ConvolutionCore, Destination
from spikec.targets.speck.configuration import SpeckConfiguration


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npz"))


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
