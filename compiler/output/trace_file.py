"""Writes a trace that comes in parts: no more of it than one part is ever in memory."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.engines.provenance import Provenance
from ...sim.npzguard import MAX_STREAMED_BYTES
from ...sim.trace import Trace
from ..ir.provenance import TraceProvenance, provenance_record
from ..ir.record import builtins_of
from ..shell.write_refused import write_refused

IN_MEMORY = 32 << 20
"""Bytes of a file without a name that are held in memory."""
FRAME_BYTES = 16 << 20
"""Bytes of an array that are compressed at once."""

PROVENANCE = "provenance"
"""Name of the array that says how the others were computed."""

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What is in a trace that was written. shapes: of its arrays by name, sorted."""

    shapes: Shapes
    provenance: TraceProvenance | None


def demand_size(steps: int, batch: int, neurons: int) -> None:
    """Refuse a trace that holds more than is read of any file, before it is computed: a byte for each neuron, step and
    sample at least. Raises DiagnosticError: SPK0405."""
    least = steps * batch * neurons
    if least > MAX_STREAMED_BYTES:
        message = (
            f"the trace of {steps:,} steps of {batch:,} samples and {neurons:,} neurons would hold {least:,} bytes at "
            f"least; at most {MAX_STREAMED_BYTES:,} are read of a file"
        )
        hint = f"give fewer, steps x samples = {MAX_STREAMED_BYTES // neurons:,} at most"
        raise DiagnosticError((error("SPK0405", message, hint=hint),))


def write_trace_file(
    file: Path, parts: Iterable[Trace], tell: Callable[[int, int], None] | None = None
) -> Written:
    """Write the parts of a trace, joined along time, as one `.npz`, and say what is in it.

    The bytes are those of `numpy.savez_compressed` of the joined arrays, sorted by name and in C order. Where a chip's
    simulator computed the trace, one more, `provenance`, is a text: JSON of a `TraceProvenance`. Until the last part is
    there, and the archive is whole, `file` is as it was. tell: called with the bytes of all arrays that are in the
    archive, and those that there are.

    Raises DiagnosticError: SPK0504, SPK0601 or SPK0602 where the operating system refuses."""
    try:
        with _scratch(file) as frames, _scratch(file) as made:
            arrays: dict[str, _Growing] = {}
            provenance: Provenance | None = None
            for part in parts:
                provenance = _together(provenance, part.provenance)
                for name, rows in part.arrays().items():
                    arrays.setdefault(name, _Growing()).append(frames, rows)
            told = None if provenance is None else provenance_record(provenance)
            if told is not None:
                arrays.setdefault(PROVENANCE, _Growing()).append(frames, np.array([_text(told)]))
            _archive(made, frames, arrays, tell or _nothing)
            made.seek(0)
            with file.open("wb") as out:
                shutil.copyfileobj(made, out)
    except OSError as problem:
        raise DiagnosticError((write_refused(problem, str(file)),)) from problem
    shapes = {name: arrays[name].shape for name in sorted(arrays) if name != PROVENANCE}
    return Written(shapes=shapes, provenance=told)


def _together(before: Provenance | None, after: Provenance | None) -> Provenance | None:
    return after if before is None or after is None else before.then(after)


def _text(provenance: TraceProvenance) -> str:
    return json.dumps(builtins_of(provenance), sort_keys=True)


@dataclass(kw_only=True)
class _Growing:
    """An array in frames, compressed, in a file. frames: where each begins, its bytes there, rows and type."""

    frames: list[tuple[int, int, int, np.dtype]] = field(default_factory=list)
    row: tuple[int, ...] = ()

    def append(self, file: IO[bytes], values: np.ndarray) -> None:
        self.row = values.shape[1:]
        length = max(1, FRAME_BYTES // max(1, values[:1].nbytes))
        for first in range(0, max(1, len(values)), length):
            part = np.ascontiguousarray(values[first : first + length])
            data = zlib.compress(part.data, 1)
            self.frames.append((file.seek(0, os.SEEK_END), len(data), len(part), part.dtype))
            file.write(data)

    @property
    def shape(self) -> tuple[int, ...]:
        return (sum(rows for _, _, rows, _ in self.frames), *self.row)

    @property
    def dtype(self) -> np.dtype:
        """The narrowest that holds what is in every frame."""
        return np.result_type(*(dtype for _, _, _, dtype in self.frames))

    def read(self, file: IO[bytes]) -> Iterator[bytes]:
        for begin, size, _, dtype in self.frames:
            file.seek(begin)
            yield np.frombuffer(zlib.decompress(file.read(size)), dtype).astype(self.dtype).tobytes()


def _archive(
    made: IO[bytes], frames: IO[bytes], arrays: dict[str, _Growing], tell: Callable[[int, int], None]
) -> None:
    """As numpy writes one: each member with its sizes in 64 bits, and the date with which zipfile begins to count."""
    total = sum(int(np.prod(a.shape)) * a.dtype.itemsize for a in arrays.values())
    done = 0
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            array = arrays[name]
            header = {
                "descr": np.lib.format.dtype_to_descr(array.dtype),
                "fortran_order": False,
                "shape": array.shape,
            }
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                for data in array.read(frames):
                    member.write(data)
                    done += len(data)
                    tell(done, total)


def _scratch(file: Path) -> IO[bytes]:
    """A file without a name beside `file`, or where the system has room for such, gone when it is closed."""
    beside = str(file.parent) if os.access(file.parent, os.W_OK) else None
    return tempfile.SpooledTemporaryFile(IN_MEMORY, dir=beside)  # pyright: ignore[reportReturnType]


def _nothing(done: int, total: int) -> None:
    pass
