"""A stimulus that is read or drawn some steps at a time, so that a long one takes no more memory than a short one."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from ..targets.regular_file import open_regular
from .axes_hint import Shape
from .diagnostic import raise_errors
from .npzguard import MAX_FILE_BYTES, members, read_arrays, read_headers, read_rows
from .stimulus import (
    checked_labels,
    demand_shapes,
    drawn_parts,
    fitted,
    keys_of,
    not_drawable,
    unreadable,
)


@dataclass(frozen=True, kw_only=True)
class StimulusStream:
    """What drives a network, in parts.

    steps, batch: of all. labels: (B,) int64 or None. drawn: all values are 0 or 1. parts: called with a number of
    steps, it begins at the first step and gives so many at a time, the last ones fewer: Input node -> (t, B, ...)."""

    steps: int
    batch: int
    labels: np.ndarray | None
    drawn: bool
    parts: Callable[[int], Iterator[Mapping[str, np.ndarray]]]


@contextmanager
def opened(path: Path, input_shapes: Mapping[str, Shape]) -> Generator[StimulusStream]:
    """A stimulus file, open as long as it is read; as `stimulus.load` takes it, but for its size.

    Raises DiagnosticError as `stimulus.load`; SPK0403 and SPK0408, of values, when its parts are read."""
    try:
        file = open_regular(path, MAX_FILE_BYTES)
    except OSError as problem:
        raise unreadable(path, problem) from problem
    with file:
        yield in_file(file, input_shapes)


def in_bytes(data: bytes, input_shapes: Mapping[str, Shape]) -> StimulusStream:
    """The bytes of a stimulus file; otherwise as `opened`."""
    return in_file(io.BytesIO(data), input_shapes)


def in_file(file: IO[bytes], input_shapes: Mapping[str, Shape]) -> StimulusStream:
    """An open stimulus file; otherwise as `opened`."""
    listed = members(file)
    keys = keys_of(listed, input_shapes)
    shapes = {keys[key]: header.shape for key, header in read_headers(file, keys).items()}
    demand_shapes(shapes, input_shapes)
    labels = checked_labels(shapes, read_arrays(file, ["labels"]).get("labels"))
    steps, batch = next(iter(shapes.values()))[:2]
    return StimulusStream(
        steps=steps, batch=batch, labels=labels, drawn=False, parts=partial(_parts, file, keys, input_shapes)
    )


def _parts(
    file: IO[bytes], keys: Mapping[str, str], input_shapes: Mapping[str, Shape], length: int
) -> Iterator[Mapping[str, np.ndarray]]:
    names = [keys[key] for key in sorted(keys)]
    streams = [read_rows(file, key, length) for key in sorted(keys)]
    for arrays in zip(*streams, strict=True):
        yield {
            name: fitted(array, tuple(input_shapes[name])) for name, array in zip(names, arrays, strict=True)
        }


def drawn(
    input_shapes: Mapping[str, Shape], rate: float, steps: int, batch: int = 1, seed: int = 0
) -> StimulusStream:
    """The spikes of `stimulus.poisson`. Raises DiagnosticError: SPK0410."""
    raise_errors(not_drawable(rate, steps, batch, seed))
    parts = partial(drawn_parts, input_shapes, rate, steps, batch, seed)
    return StimulusStream(steps=steps, batch=batch, labels=None, drawn=True, parts=parts)
