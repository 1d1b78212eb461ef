"""A stimulus of any kind that Python has one in, as bytes that other processes read for themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.npzguard import members, read_arrays
from ...sim.stimulus import Stimulus, read_bytes
from ..ir.sweep import SweepStimulus
from ..output.artifacts import npz_bytes
from ..sweep.stimulus import file_stimulus, stand_in
from .stimulus import KINDS, AnyStimulus
from .wrong_kind import wrong_kind


def described_stimulus(given: AnyStimulus | None, labels: object) -> tuple[SweepStimulus, bytes]:
    """Describe a stimulus for processes that read it themselves, with the bytes of its `.npz`.

    Raises DiagnosticError: SPK0401, SPK0402, SPK0409, SPK0532."""
    if given is None and labels is not None:
        message = "labels are given, and no stimulus that they are of"
        raise DiagnosticError((error("SPK0409", message, hint="give `stimulus` as well"),))
    if given is None:
        return stand_in(), b""
    if isinstance(given, str | os.PathLike) and labels is None:
        data = read_bytes(Path(given))
    else:
        data = npz_bytes({**_arrays(given), **({} if labels is None else {"labels": np.asarray(labels)})})
    return file_stimulus(data), data


def _arrays(given: AnyStimulus) -> dict[str, np.ndarray]:
    """By the names that they have in a stimulus file."""
    if isinstance(given, str | os.PathLike):
        with open(given, "rb") as file:
            return read_arrays(file, members(file))
    if isinstance(given, Stimulus):
        kept = {} if given.labels is None else {"labels": given.labels}
        return {**{f"input/{name}": values for name, values in given.inputs.items()}, **kept}
    if isinstance(given, Mapping):
        return {f"input/{name}": np.asarray(values) for name, values in given.items()}
    if hasattr(given, "__array__"):
        return {"input": np.asarray(given)}
    raise wrong_kind("stimulus", given, KINDS)
