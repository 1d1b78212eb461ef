"""Rockpool's mapper and its two quantisers for Xylo Audio 3, run by the vendor's simulator; in Rockpool's environment.

python rockpool_xylo.py NETWORK.nir RECORDED.npz DT_SECONDS FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from absent import stand_in
from attempts import Attempts, aside
from edited import STEP, V_RESET, edited, says_another_step

METHODS = ("channel_quantize", "global_quantize")
EXTRA_STEPS = 6
"""Hidden neurons reach the outputs a step later: silence behind the stimulus lets the last spikes out."""


def simulated(network: Path, method: str, events: np.ndarray, dt_seconds: float) -> np.ndarray:
    """(T, B, N) spikes, T with the extra steps, of (T, B, channels) events."""
    from rockpool.devices.xylo.syns65302 import XyloSim, mapper
    from rockpool.nn.modules.torch.nir import from_nir
    from rockpool.transform import quantize_methods

    specification = mapper(from_nir(network).as_graph(), weight_dtype="float")
    specification.pop("dt", None)
    rounded = getattr(quantize_methods, method)(**specification)
    chip = XyloSim.from_specification(**{**specification, **rounded}, dt=dt_seconds)
    found: list[np.ndarray] = []
    for sample in np.concatenate([events, np.zeros_like(events[:EXTRA_STEPS])]).swapaxes(0, 1):
        chip.reset_state()
        found.append(np.asarray(chip(sample)[0]).reshape(len(sample), -1))
    return np.stack(found, axis=1)


def attempts_at(network: Path, recorded: Path, dt_seconds: float, folder: Path) -> Attempts:
    with np.load(recorded) as held:
        events = held["input"].astype(int)
    attempts = Attempts(folder)
    ladder: list[tuple[str, ...]] = [(), (V_RESET,)]
    if says_another_step(network, dt_seconds):
        ladder.append((V_RESET, STEP))
    for edits in ladder:
        given = edited(network, folder / "edited.nir", edits, dt_seconds) if edits else network
        for method in METHODS:

            def run(given: Path = given, method: str = method) -> tuple[np.ndarray, None]:
                return simulated(given, method, events, dt_seconds), None

            attempts.attempt(f"Rockpool 3.1.0 {method}", edits, run)
    return attempts


if __name__ == "__main__":
    with aside():
        stand_in()
        made = attempts_at(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
    made.hand_over()
