"""Norse's importer, with the time step of the file. Norse writes Input shapes with a batch axis, which only an
unchecked reading of its own files takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nir
import norse.torch
import numpy as np
from jobs import answer, step_by_step


def load(file: Path, shape: tuple[int, ...], dt: float) -> Callable[[np.ndarray], np.ndarray]:
    net = norse.torch.from_nir(nir.read(file, type_check=False), dt=dt, ignore_warnings=True)
    return lambda values: step_by_step(net, values)


if __name__ == "__main__":
    answer(load)
