"""Records what happened in a run: outputs, spikes of every layer and, on request, states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from ..targets.regular_file import open_regular, reason
from .diagnostic import Diagnostic, DiagnosticError, error
from .engines.provenance import Provenance
from .near_names import near_files
from .nir.path import shown
from .npzguard import MAX_FILE_BYTES, members, read_arrays

MOST_NAMED = 6
"""Arrays that the short form of a trace names."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A recorded run, time-major.

    outputs: Output node path -> (T, B, ...) values that arrive there (spike counts, or membrane values).
    layers: NIR path of a stateful node -> (T, B, ...) what the node emits (spikes, or its output state).
    states: NIR path -> state name (`v`, `i`) -> (T, B, ...) the state after the step; empty unless asked for.
    provenance: how a chip's simulator computed it; None of a float network. notes: what is to be said of how the
    network was read.
    """

    outputs: Mapping[str, np.ndarray]
    layers: Mapping[str, np.ndarray]
    states: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    provenance: Provenance | None = None
    notes: tuple[Diagnostic, ...] = ()

    def __repr__(self) -> str:
        size = next(iter((*self.outputs.values(), *self.layers.values())), np.zeros((0, 0))).shape[:2]
        parts = [f"outputs {_names(self.outputs)}", f"layers {_names(self.layers)}"]
        parts += ["with states"] if self.states else []
        return f"<Trace of {size[0]} steps x {size[1]} samples: {'; '.join(parts)}>"

    def arrays(self) -> dict[str, np.ndarray]:
        """List the arrays of a trace `.npz`: `output` or `output/<node>`, `layer/<path>`, `state/<path>/<name>`."""
        arrays: dict[str, np.ndarray] = {}
        for name in sorted(self.outputs):
            arrays["output" if len(self.outputs) == 1 else f"output/{name}"] = self.outputs[name]
        for path in sorted(self.layers):
            arrays[f"layer/{path}"] = self.layers[path]
        for path in sorted(self.states):
            for state in sorted(self.states[path]):
                arrays[f"state/{path}/{state}"] = self.states[path][state]
        return arrays


def _names(arrays: Mapping[str, np.ndarray]) -> str:
    names = [shown(name) for name in sorted(arrays)]
    return ", ".join(names[:MOST_NAMED]) + (
        f" and {len(names) - MOST_NAMED} more" if names[MOST_NAMED:] else ""
    )


def read_arrays_of_trace(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a trace file by their names in it (see `Trace.arrays`); others are not read.

    Raises DiagnosticError: SPK0401 cannot be read, SPK0402 to SPK0405 and SPK0408 as `npzguard.read_arrays`."""
    try:
        with open_regular(path, MAX_FILE_BYTES) as file:
            return recorded_arrays(file, states=True)
    except OSError as problem:
        message = f"the trace {shown(str(path))} cannot be read: {reason(problem)}"
        hint = near_files(path) if isinstance(problem, FileNotFoundError) else ""
        raise DiagnosticError((error("SPK0401", message, hint=hint),)) from problem


def recorded_arrays(file: IO[bytes], *, states: bool = False) -> dict[str, np.ndarray]:
    """The outputs and layers, and states where asked for, that an `.npz` holds beside other arrays.

    Raises DiagnosticError: SPK0402 to SPK0405 and SPK0408 as `npzguard.read_arrays`."""
    return read_arrays(file, [name for name in members(file) if is_recorded(name, states=states)])


def is_recorded(name: str, *, states: bool = False) -> bool:
    """Whether an array of an `.npz` has the name of something that a run gives."""
    return name == "output" or name.startswith(("output/", "layer/", *(("state/",) if states else ())))
