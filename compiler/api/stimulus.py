"""A stimulus of any kind that Python has one in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ...sim.diagnostic import Diagnostic, DiagnosticError, error
from ...sim.nir.raw_graph import RawGraph
from ...sim.run_memory import bytes_a_step, demand_memory
from ...sim.stimulus import Shape, Stimulus, load, read_bytes, with_labels
from ...sim.stimulus_arrays import from_arrays
from ...targets.chip import Chip
from ..ir.stages import Ports
from ..options import Options
from ..read_by_run import read_by_run
from ..text.labels import demand_classes
from .wrong_kind import wrong_kind

AnyStimulus: TypeAlias = "str | os.PathLike[str] | Stimulus | Mapping[str, object] | np.ndarray"
"""The path of an `.npz`, a stimulus, arrays by Input, or the array of the only Input, (T, B, ...)."""

KINDS = "the path of an .npz, an array (T, B, ...), a dict of such by Input, or a spikec.Stimulus"


def read_stimulus(given: AnyStimulus, labels: object, ports: Ports, chip: Chip | None) -> Stimulus:
    """Read a stimulus and hold it against the network. labels: (B,) integers, which beat those in `given`, or None.
    chip: on which it is run, None where it is run in float alone.

    Raises DiagnosticError: SPK0401 to SPK0412 as a stimulus file, SPK0532 for what is no stimulus."""
    each = bytes_a_step(ports.values, chip)
    found = _read(given, ports.inputs, each)
    demand_memory(found.steps, found.batch, each)
    found = found if labels is None else with_labels(found, np.asarray(labels))
    demand_classes(found, ports.outputs)
    return found


def optional_stimulus(
    given: AnyStimulus | None, labels: object, ports: Ports, chip: Chip | None
) -> Stimulus | None:
    """The same, None where none is given. Raises DiagnosticError besides: SPK0409 for labels of no stimulus."""
    if given is not None:
        return read_stimulus(given, labels, ports, chip)
    if labels is not None:
        message = "labels are given, and no stimulus that they are of"
        raise DiagnosticError((error("SPK0409", message, hint="give `stimulus` as well"),))
    return None


def as_recorded(
    raw: RawGraph, options: Options, given: AnyStimulus | None
) -> tuple[Options, tuple[Diagnostic, ...]]:
    """Options with the reading that repeats what a stimulus file holds besides, where none is named; and what is to be
    said of it. Raises DiagnosticError as `read_by_run`."""
    if not isinstance(given, str | os.PathLike):
        return options, ()
    return read_by_run(raw, options, read_bytes(Path(given)))


def _read(given: AnyStimulus, shapes: Mapping[str, Shape], each: int) -> Stimulus:
    if isinstance(given, str | os.PathLike):
        return load(Path(given), shapes, each)
    if isinstance(given, Stimulus):
        checked = from_arrays(dict(given.inputs), shapes, source=given.source or None)
        return checked if given.labels is None else with_labels(checked, given.labels)
    if isinstance(given, Mapping):
        return from_arrays(given, shapes)
    if hasattr(given, "__array__"):
        return from_arrays({"input": given}, shapes)
    raise wrong_kind("stimulus", given, KINDS)
