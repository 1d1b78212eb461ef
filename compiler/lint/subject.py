"""What the rules of lint look at: a network in float as its framework means it, and what a chip makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ...sim.diagnostic import Diagnostic, DiagnosticError
from ...targets.chip import Chip
from ..backends.interface import backend_of
from ..front.connect import connect
from ..front.fuse_threshold import fuse_threshold
from ..ir.fidelity_row import FidelityRow
from ..ir.network import FlatGraph, Network
from ..prepare import prepare, read_front, read_graph, resolve_target
from ..weight_width import stored_width

if TYPE_CHECKING:
    from ...sim.dialect.dialect import Dialect
    from ...sim.nir.raw_graph import RawGraph
    from ...sim.stimulus import Stimulus
    from ..ir.report import Resources
    from ..options import Options

USUAL_BITS = 8


@dataclass(frozen=True, kw_only=True)
class OnChip:
    """What a chip makes of a network. rows: what its neurons do otherwise. asks: what would need consent. resources:
    None where it does not fit, and then `refused` says why. weight_bits: in which it stores a weight."""

    chip: Chip
    rows: tuple[FidelityRow, ...]
    asks: tuple[Diagnostic, ...]
    refused: tuple[Diagnostic, ...]
    resources: Resources | None
    weight_bits: int


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A network in float, gains in its weights. highest: Input -> the largest value that it is taken to hold. on_chip:
    None where no target is named. activity: population -> (T, B, n) spikes on the stimulus, empty without one."""

    dialect: Dialect
    flat: FlatGraph
    network: Network
    highest: Mapping[str, float]
    on_chip: OnChip | None = None
    activity: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def weight_bits(self) -> int:
        """Bits of a stored weight: the chip's, else 8."""
        return USUAL_BITS if self.on_chip is None else self.on_chip.weight_bits

    @property
    def title(self) -> str:
        """The chip's name for people, or what stands for any."""
        return "a chip" if self.on_chip is None else self.on_chip.chip.title


Rule = Callable[[Subject], list[Diagnostic]]


def subject_of(
    raw: RawGraph, options: Options | None, dialect_options: Options, stimulus: Stimulus | None
) -> tuple[Subject, tuple[Diagnostic, ...]]:
    """Read a network and, where `options` name a chip, compile it as far as cores; with what reading it said.

    Raises DiagnosticError where the file cannot be read, or its reading is not known."""
    read = read_graph(raw, dialect_options)
    fused, told = fuse_threshold(read.flat)
    network = connect(fused, read.dialect)
    inputs = {} if stimulus is None else stimulus.inputs
    highest = {
        name: float(inputs[name].max(initial=0.0)) if name in inputs else 1.0 for name in network.inputs
    }
    subject = Subject(
        dialect=read.dialect,
        flat=read.flat,
        network=network,
        highest=highest,
        on_chip=None if options is None else _on_chip(raw, options, stimulus),
        activity={} if stimulus is None else _activity(raw, read.dialect, network, stimulus),
    )
    return subject, (*read.diagnostics, *told)


def _on_chip(raw: RawGraph, options: Options, stimulus: Stimulus | None) -> OnChip:
    chip = resolve_target(options)
    bits = stored_width(backend_of(chip).weight_widths(chip), options.weight_bits)
    willing = replace(options, allow_approximation=True, progress=None)
    rows: tuple[FidelityRow, ...] = ()
    asks: tuple[Diagnostic, ...] = ()
    refused: tuple[Diagnostic, ...] = ()
    resources = None
    try:
        front = read_front(raw, willing, chip)
        rows = front.rows
        prepared = prepare(front, willing, chip, stimulus)
        rows = prepared.rows
        asks = _asked(raw, options, chip, stimulus)
        resources = backend_of(chip).place(prepared.quantized.network, chip, willing, {}, None).resources
    except DiagnosticError as problem:
        refused = tuple(d for d in problem.diagnostics if d.severity == "error")
    return OnChip(chip=chip, rows=rows, asks=asks, refused=refused, resources=resources, weight_bits=bits)


def _asked(raw: RawGraph, options: Options, chip: Chip, stimulus: Stimulus | None) -> tuple[Diagnostic, ...]:
    """What the chip would do only with the user's consent."""
    strict = replace(options, allow_approximation=False, progress=None)
    try:
        prepare(read_front(raw, strict, chip), strict, chip, stimulus)
    except DiagnosticError as problem:
        return tuple(d for d in problem.diagnostics if d.severity == "error")
    return ()


def _activity(raw: RawGraph, dialect: Dialect, network: Network, stimulus: Stimulus) -> dict[str, np.ndarray]:
    from ...sim.reference.reference import reference

    trace = reference(raw, dialect, stimulus=stimulus.inputs)
    made = {name: trace.layers[name] for name in network.populations if name in trace.layers}
    return {name: values.reshape(*values.shape[:2], -1) for name, values in made.items()}
