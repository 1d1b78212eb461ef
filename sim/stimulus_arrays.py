"""Makes a stimulus from arrays in memory, checked as one from a file is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from .diagnostic import Diagnostic, error, raise_errors
from .nir.path import shown
from .npzguard import NUMERIC_KINDS, not_finite
from .stimulus import Shape, Stimulus, chosen_arrays


def from_arrays(
    arrays: Mapping[str, object],
    input_shapes: Mapping[str, Shape],
    *,
    source: Mapping[str, object] | None = None,
) -> Stimulus:
    """Make a stimulus of arrays in memory, which are copied.

    arrays: by Input node, or by the names that a stimulus file has: `input` for the only Input, `input/<node>`,
    `labels`; (T, B, ...) real numbers or bool, labels (B,) integers. What else a recorded run has (`output`,
    `layer/...`, `state/...`) is not read. input_shapes: Input node -> shape of one sample in one step.
    source: what is recorded of where they came from; None for the digest of the arrays.
    Raises DiagnosticError: SPK0404 not numbers, SPK0406 missing or unknown Input, SPK0407 shape, SPK0408 NaN or
    infinite, SPK0409 labels."""
    diagnostics: list[Diagnostic] = []
    members = {name: _member(name, input_shapes) for name in sorted(arrays)}
    numbers = {
        member: _numbers(member, arrays[name], diagnostics)
        for name, member in members.items()
        if not _recorded(member)
    }
    raise_errors(diagnostics)
    inputs, labels = chosen_arrays(tuple(numbers), numbers, input_shapes)
    return Stimulus(inputs=inputs, labels=labels, source=source or told_by_arrays(inputs, labels))


def told_by_arrays(inputs: Mapping[str, np.ndarray], labels: np.ndarray | None) -> dict[str, object]:
    """Make the source of a stimulus of which nothing is known but its arrays: their digest."""
    return {"kind": "arrays", "sha256": _digest({**inputs, **({} if labels is None else {"": labels})})}


def _member(name: str, input_shapes: Mapping[str, Shape]) -> str:
    """The name that an array has in a stimulus file."""
    if name in input_shapes:
        return f"input/{name}"
    known = name in ("input", "labels") or name.startswith("input/") or _recorded(name)
    return name if known else f"input/{name}"


def _recorded(name: str) -> bool:
    return name == "output" or name.startswith(("output/", "layer/", "state/"))


def _numbers(name: str, value: object, diagnostics: list[Diagnostic]) -> np.ndarray:
    try:
        array = np.array(value)
    except (ValueError, TypeError, RuntimeError) as problem:
        diagnostics.append(error("SPK0404", f"array `{shown(name)}` holds no plain numbers: {problem}"))
        return np.zeros(())
    if array.dtype.kind not in NUMERIC_KINDS:
        diagnostics.append(error("SPK0404", f"array `{shown(name)}` holds {array.dtype}, not plain numbers"))
    else:
        diagnostics += not_finite(name, array)
    return array


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
