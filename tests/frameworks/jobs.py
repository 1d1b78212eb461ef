"""What a framework is asked to do with files, handed to its process and back as JSON lines.

Runs in the framework's own environment: nothing but the standard library and numpy.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

Load = Callable[[Path, tuple[int, ...], float], Callable[[np.ndarray], np.ndarray]]
"""(file, shape (T, B, ...) of the input, time step in seconds) -> what makes (T, B, ...) outputs of such an input."""


def answer(load: Load) -> None:
    """Run every job of standard input: {file, input, dt, output}. Whatever the framework raises is its answer, in its
    words, with the stage at which it came."""
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(_answer(load, job)), flush=True)


def _answer(load: Load, job: dict[str, Any]) -> dict[str, str]:
    values = np.load(job["input"]).astype(np.float32)
    stage = "load"
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        try:
            run = load(Path(job["file"]), values.shape, float(job["dt"]))
            stage = "run"
            outputs = run(values)
        except ModuleNotFoundError:
            raise
        except Exception as problem:
            return {"stage": stage, "refused": " ".join(f"{type(problem).__name__}: {problem}".split())[:300]}
    np.save(job["output"], np.asarray(outputs))
    return {"stage": "done"}


def step_by_step(net: Callable[..., Any], values: np.ndarray) -> np.ndarray:
    """Run a torch module that takes (input, state) and gives (output, state), one time step after the other."""
    import torch

    state, outputs = None, []
    with torch.no_grad():
        for step in values:
            output, state = net(torch.from_numpy(step), state)
            outputs.append(output.numpy())
    return np.stack(outputs)
