"""Sinabs' importer: layers that take time and batch as one axis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nir
import numpy as np
import torch
from jobs import answer
from sinabs.nir import from_nir


def load(file: Path, shape: tuple[int, ...], dt: float) -> Callable[[np.ndarray], np.ndarray]:
    steps, batch = shape[:2]
    net = from_nir(nir.read(file), batch_size=batch)

    def run(values: np.ndarray) -> np.ndarray:
        # Squeezing layers want the samples one after the other, each with all of its steps.
        by_sample = np.ascontiguousarray(np.moveaxis(values, 1, 0)).reshape(steps * batch, *shape[2:])
        with torch.no_grad():
            output = net(torch.from_numpy(by_sample))
        output = output[0] if isinstance(output, tuple) else output
        found = output.numpy()
        return np.moveaxis(found.reshape(batch, steps, *found.shape[1:]), 0, 1)

    return run


if __name__ == "__main__":
    answer(load)
