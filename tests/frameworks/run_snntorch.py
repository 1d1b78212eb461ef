"""snnTorch's importer: it resets to zero in the step of the spike, whatever the network was trained with.

Its Flatten counts NIR's axes, which have no batch, with the batch: samples run one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nir
import numpy as np
from jobs import answer, step_by_step
from snntorch import utils
from snntorch.import_nir import import_from_nir


def load(file: Path, shape: tuple[int, ...], dt: float) -> Callable[[np.ndarray], np.ndarray]:
    net = import_from_nir(nir.read(file))

    def run(values: np.ndarray) -> np.ndarray:
        found = []
        for k in range(values.shape[1]):
            utils.reset(net)
            one = step_by_step(net, values[:, k : k + 1])
            found.append(one.reshape(len(values), 1, *one.shape[-1:]))
        return np.concatenate(found, axis=1)

    return run


if __name__ == "__main__":
    answer(load)
