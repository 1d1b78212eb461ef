"""SpikingJelly's importer, with the time step of the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nir
import numpy as np
from jobs import answer, step_by_step
from spikingjelly.activation_based import nir_exchange


def load(file: Path, shape: tuple[int, ...], dt: float) -> Callable[[np.ndarray], np.ndarray]:
    net = nir_exchange.import_from_nir(nir.read(file), dt=dt)
    return lambda values: step_by_step(net, values)


if __name__ == "__main__":
    answer(load)
