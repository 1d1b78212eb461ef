"""Spyx's importer, which builds and runs at once, channels last, with the time step of the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jax.numpy as jnp
import nir
import numpy as np
from jobs import answer
from spyx.nir import from_nir


def load(file: Path, shape: tuple[int, ...], dt: float) -> Callable[[np.ndarray], np.ndarray]:
    graph = nir.read(file)

    def run(values: np.ndarray) -> np.ndarray:
        given = np.moveaxis(values, 2, -1) if values.ndim == 5 else values
        _, outputs = from_nir(graph, jnp.asarray(given), dt=dt)
        return np.asarray(outputs)

    return run


if __name__ == "__main__":
    answer(load)
