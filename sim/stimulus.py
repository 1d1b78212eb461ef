"""Makes the stimulus of a network: read from an untrusted `.npz` under limits, or drawn from a seed."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import numpy as np

from ..targets.regular_file import open_regular, read_regular, reason
from .axes_hint import AXES, Shape, axes_hint
from .diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from .near_names import hint_of, near_files
from .nir.path import shown
from .npzguard import MAX_BYTES, MAX_FILE_BYTES, members, read_arrays
from .run_memory import demand_memory

MOST_LABEL = (1 << 31) - 1


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """What drives a network.

    inputs: Input node -> (T, B, ...), read-only, all with the same T and B; bool became uint8.
    labels: (B,) int64 or None. source: where it came from, JSON-able, the same for the same stimulus; empty where
    nobody has said it. A source of another kind than spikec's own is reported as the digest of the arrays."""

    inputs: Mapping[str, np.ndarray]
    labels: np.ndarray | None = None
    source: Mapping[str, object] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(next(iter(self.inputs.values())))

    @property
    def batch(self) -> int:
        """Number of samples."""
        return next(iter(self.inputs.values())).shape[1]

    def __repr__(self) -> str:
        inputs = ", ".join(f"{shown(name)} {self.inputs[name].shape[2:]}" for name in sorted(self.inputs))
        labels = "no labels" if self.labels is None else "with labels"
        return f"<Stimulus of {self.steps} steps x {self.batch} samples: {inputs}; {labels}>"


def with_labels(stimulus: Stimulus, labels: np.ndarray) -> Stimulus:
    """The same inputs with other labels, (B,) integers >= 0. Raises DiagnosticError: SPK0409."""
    diagnostics: list[Diagnostic] = []
    checked = _labels(labels, stimulus.steps, stimulus.batch, diagnostics)
    raise_errors(diagnostics)
    return replace(stimulus, labels=checked)


def halves(stimulus: Stimulus) -> tuple[Stimulus, Stimulus]:
    """The first half of the samples, and the others; both are the one of a single sample."""
    middle = stimulus.batch // 2
    if not middle:
        return stimulus, stimulus
    return _samples(stimulus, slice(0, middle)), _samples(stimulus, slice(middle, None))


def _samples(stimulus: Stimulus, which: slice) -> Stimulus:
    labels = stimulus.labels
    return replace(
        stimulus,
        inputs={name: values[:, which] for name, values in stimulus.inputs.items()},
        labels=None if labels is None else labels[which],
    )


def load(path: Path, input_shapes: Mapping[str, Shape], bytes_a_step: int = 0) -> Stimulus:
    """Read `input` (a network with one Input) or `input/<node>` for each, (T, B, ...), and optional `labels`.

    input_shapes: Input node -> shape of one sample in one step; axes of length 1 in front may differ in the
    file. Members of other names (`output`, `layer/...` of a recorded run) are not read. Nothing is unpickled,
    and no member is decompressed before its header says that all of them fit in 1 GiB, and their run in memory.
    bytes_a_step: what a run fills in each step of a sample.
    Raises DiagnosticError: SPK0401 cannot be read, SPK0402 not an .npz, SPK0403 a damaged member, SPK0404 not
    numbers, SPK0405 too large, SPK0406 missing or unknown Input, SPK0407 shape, SPK0408 NaN or infinite,
    SPK0409 labels, SPK0412 a run that would fill too much memory.
    """
    try:
        with open_regular(path, MAX_FILE_BYTES) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            source = {"kind": "file", "name": path.name, "sha256": digest}
            return _from_file(file, input_shapes, source, bytes_a_step)
    except OSError as problem:
        raise unreadable(path, problem) from problem


def read_bytes(path: Path) -> bytes:
    """Take the bytes of a stimulus file, for `from_bytes`. Raises DiagnosticError: SPK0401."""
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except OSError as problem:
        raise unreadable(path, problem) from problem


def unreadable(path: Path, problem: OSError) -> DiagnosticError:
    """Say why a stimulus file cannot be read (SPK0401)."""
    message = f"the stimulus {shown(str(path))} cannot be read: {reason(problem)}"
    hint = near_files(path) if isinstance(problem, FileNotFoundError) else ""
    return DiagnosticError((error("SPK0401", message, hint=hint),))


def from_bytes(data: bytes, input_shapes: Mapping[str, Shape], bytes_a_step: int = 0) -> Stimulus:
    """Read the bytes of a stimulus `.npz`; otherwise as `load`."""
    digest = hashlib.sha256(data).hexdigest()
    source = {"kind": "file", "name": "stimulus.npz", "sha256": digest}
    return _from_file(io.BytesIO(data), input_shapes, source, bytes_a_step)


def _from_file(
    file: IO[bytes], input_shapes: Mapping[str, Shape], source: Mapping[str, object], bytes_a_step: int
) -> Stimulus:
    listed = members(file)
    keys = keys_of(listed, input_shapes)

    def demand(shapes: Mapping[str, Shape]) -> None:
        for key, name in sorted(keys.items()):
            if len(shapes[key]) > 1 and _trimmed(shapes[key][2:]) == _trimmed(input_shapes[name]):
                demand_memory(shapes[key][0], shapes[key][1], bytes_a_step)

    inputs, labels = chosen_arrays(listed, read_arrays(file, [*keys, "labels"], demand), input_shapes)
    return Stimulus(inputs=inputs, labels=labels, source=source)


def chosen_arrays(
    listed: tuple[str, ...], arrays: Mapping[str, np.ndarray], input_shapes: Mapping[str, Shape]
) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """The inputs by Input node, and the labels, of arrays by their names in a stimulus file.

    listed: all names that there are. Raises DiagnosticError: SPK0406, SPK0407, SPK0409 as `load`."""
    keys = keys_of(listed, input_shapes)
    demand_shapes({keys[key]: arrays[key].shape for key in keys}, input_shapes)
    inputs = {keys[key]: fitted(arrays[key], tuple(input_shapes[keys[key]])) for key in sorted(keys)}
    sizes = {name: array.shape for name, array in inputs.items()}
    return inputs, checked_labels(sizes, arrays.get("labels"))


def demand_shapes(found: Mapping[str, Shape], input_shapes: Mapping[str, Shape]) -> None:
    """Refuse shapes that are not (T, B) and then that of the Input. Raises DiagnosticError: SPK0407."""
    misfits = [_misfit(name, found[name], tuple(input_shapes[name])) for name in sorted(found)]
    raise_errors([problem for problem in misfits if problem is not None])


def checked_labels(shapes: Mapping[str, Shape], labels: np.ndarray | None) -> np.ndarray | None:
    """The labels of inputs, which must all have the same T and B. shapes: of the inputs.

    Raises DiagnosticError: SPK0407, SPK0409."""
    diagnostics: list[Diagnostic] = []
    sizes = sorted({(shape[0], shape[1]) for shape in shapes.values()})
    if len(sizes) > 1:
        diagnostics.append(
            error("SPK0407", f"the inputs have different (T, B): {', '.join(map(str, sizes))}")
        )
    checked = None if labels is None else _labels(labels, *sizes[0], diagnostics)
    raise_errors(diagnostics)
    return checked


def keys_of(listed: tuple[str, ...], input_shapes: Mapping[str, Shape]) -> dict[str, str]:
    """Array name -> Input node, of the arrays in a stimulus file. Raises DiagnosticError: SPK0406."""
    diagnostics: list[Diagnostic] = []
    keys = _keys(listed, input_shapes, diagnostics)
    raise_errors(diagnostics)
    return keys


def _keys(
    listed: tuple[str, ...], input_shapes: Mapping[str, Shape], diagnostics: list[Diagnostic]
) -> dict[str, str]:
    """Array name -> Input node; `input` alone stands for the only Input."""
    keys = {f"input/{name}": name for name in sorted(input_shapes)}
    if len(input_shapes) == 1 and "input" in listed:
        keys = {"input": next(iter(input_shapes))}
    inputs = [name for name in listed if name == "input" or name.startswith("input/")]
    for key in sorted({*inputs, *keys}):
        if key not in keys:
            message = f"the stimulus array `{shown(key)}` does not name an Input of the network"
            hint = hint_of(key.removeprefix("input/"), sorted(input_shapes), "Inputs")
            diagnostics.append(error("SPK0406", message, hint=hint))
        elif key not in listed:
            message = f"the stimulus has no array `{shown(key)}`"
            hint = hint_of(key, listed, "arrays in the file") or "it has no arrays"
            diagnostics.append(error("SPK0406", message, hint=hint))
    return keys


def _misfit(name: str, found: Shape, shape: Shape) -> Diagnostic | None:
    if len(found) >= 2 and _trimmed(found[2:]) == _trimmed(shape) and found[0] >= 1 and found[1] >= 1:
        return None
    message = f"the stimulus of `{shown(name)}` has shape {found}; (T, B) and then {shape} are needed"
    empty = [words for words, size in zip(("no steps", "no samples"), found, strict=False) if size == 0]
    hint = (
        f"it holds {' and '.join(empty)}: one step of one sample is the least"
        if empty
        else axes_hint(found, shape)
    )
    return error("SPK0407", message, hint=hint)


def fitted(array: np.ndarray, shape: Shape) -> np.ndarray:
    """Give an array of a fitting shape as (T, B, *shape), read-only, bool as uint8."""
    array = array.astype(np.uint8) if array.dtype.kind == "b" else array
    array = array.reshape(*array.shape[:2], *shape)
    array.setflags(write=False)
    return array


def _trimmed(shape: Shape) -> Shape:
    first = next((k for k, size in enumerate(shape) if size != 1), len(shape))
    return shape[first:]


def _labels(labels: np.ndarray, steps: int, batch: int, diagnostics: list[Diagnostic]) -> np.ndarray | None:
    whole = labels.dtype.kind in "iu"
    outside = labels[(labels < 0) | (labels > MOST_LABEL)] if whole else np.zeros(0)
    if labels.shape == (batch,) and whole and not outside.size:
        labels = labels.astype(np.int64)
        labels.setflags(write=False)
        return labels
    needed = f"{batch} integers >= 0 are needed, one a sample"
    message = f"labels have shape {labels.shape} and type {labels.dtype}; {needed}"
    hint = ""
    if outside.size and labels.shape == (batch,):
        message = f"{outside.size} of {batch} labels are no class, the first is {outside.flat[0]}"
        hint = f"labels are integers from 0 to {MOST_LABEL}, one a sample"
    elif labels.shape == (steps,):
        hint = f"there are as many as steps: if the arrays are (B, T, ...), numpy.swapaxes(a, 0, 1) makes them {AXES}"
    diagnostics.append(error("SPK0409", message, hint=hint))
    return None


def not_drawable(rate: float, steps: int, batch: int, seed: int) -> list[Diagnostic]:
    """What `poisson` cannot draw (SPK0410)."""
    diagnostics: list[Diagnostic] = []
    if not 0 <= rate <= 1:
        diagnostics.append(error("SPK0410", f"the rate must be 0..1 spikes a step, not {rate}"))
    for name, value, least in (("steps", steps, 1), ("batch", batch, 1), ("seed", seed, 0)):
        if value < least:
            diagnostics.append(error("SPK0410", f"{name} must be at least {least}, not {value}"))
    return diagnostics


def drawn_parts(
    input_shapes: Mapping[str, Shape], rate: float, steps: int, batch: int, seed: int, length: int
) -> Iterator[dict[str, np.ndarray]]:
    """The spikes of `poisson`, `length` steps at a time, the last ones fewer."""
    drawing = {
        name: np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stream])))
        for stream, name in enumerate(sorted(input_shapes))
    }
    for first in range(0, steps, length):
        inputs: dict[str, np.ndarray] = {}
        for name, generator in drawing.items():
            spikes = np.empty((min(length, steps - first), batch, *input_shapes[name]), np.uint8)
            for step in range(len(spikes)):
                spikes[step] = generator.random(spikes.shape[1:]) < rate
            spikes.setflags(write=False)
            inputs[name] = spikes
        yield inputs


def poisson(
    input_shapes: Mapping[str, Shape],
    rate: float,
    steps: int,
    batch: int = 1,
    seed: int = 0,
    bytes_a_step: int = 0,
) -> Stimulus:
    """Spikes, 0 or 1 (uint8), each alone with probability `rate` in each step: Poisson in discrete time.

    The same arguments give the same spikes everywhere (PCG64, one stream an Input in name order).
    bytes_a_step: as `load` takes it. Raises DiagnosticError (SPK0410, SPK0405, SPK0412)."""
    diagnostics = not_drawable(rate, steps, batch, seed)
    total = steps * batch * sum(math.prod(shape) for shape in input_shapes.values())
    if total > MAX_BYTES:
        diagnostics.append(
            error("SPK0405", f"the stimulus would hold {total} values; at most {MAX_BYTES} fit")
        )
    raise_errors(diagnostics)
    demand_memory(steps, batch, bytes_a_step)
    (inputs,) = drawn_parts(input_shapes, rate, steps, batch, seed, steps)
    source = {"kind": "poisson", "rate": float(rate), "steps": steps, "batch": batch, "seed": seed}
    return Stimulus(inputs=inputs, labels=None, source=source)
