"""Exports the network that a chip computes: as a file, with what it leaves out and how it agrees with the chip."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...sim.diagnostic import Diagnostic, DiagnosticError, note
from ...sim.nir.path import shown, stored_at
from ...sim.nir.write import image_of
from ...sim.stimulus import Stimulus
from ..backends.interface import backend_of
from ..ir.network import Network
from ..ir.on_chip import LeftOut, OnChip
from ..output.reopen import Reopened
from ..shell.write_refused import write_refused
from .agreement import Agreement, agreement
from .flat import flat
from .in_place import in_place
from .portable import portable
from .reading_options import reading_options
from .written import Written


@dataclass(frozen=True, kw_only=True)
class Exported:
    """file: bytes of the `.nir`. dialect, dt_seconds, dialect_options: how to read it; the file says so too. written:
    its graph. on_chip: the network that it says."""

    file: bytes
    dialect: str
    dt_seconds: float
    dialect_options: Mapping[str, object]
    diagnostics: tuple[Diagnostic, ...]
    written: Written
    on_chip: OnChip


@dataclass(frozen=True, kw_only=True)
class EffectiveNetwork:
    """A network as the chip realises it. file: bytes of the `.nir`, which carries its reading: dialect, time step and
    options. diagnostics: what the chip does and no float network says (SPK0540). agreement: of its float run with the
    chip's integers."""

    file: bytes
    dialect: str
    dt_seconds: float
    dialect_options: Mapping[str, object]
    diagnostics: tuple[Diagnostic, ...]
    agreement: Agreement

    def write(self, net: str | Path) -> Path:
        """Write the file. Raises DiagnosticError: SPK0504, SPK0601 or SPK0602 where the system refuses."""
        try:
            Path(net).write_bytes(self.file)
        except OSError as problem:
            raise DiagnosticError((write_refused(problem, str(net)),)) from problem
        return Path(net)

    def __repr__(self) -> str:
        alike = f"{self.agreement.samples_alike} of {self.agreement.samples} samples spike as the chip does"
        return f"<EffectiveNetwork of {len(self.file):,} bytes, dt {self.dt_seconds:g} s: {alike}>"


def effective_network(opened: Reopened, stimulus: Stimulus) -> EffectiveNetwork:
    """Write the network that a decoded machine computes, and run it beside the machine on a stimulus.

    Raises DiagnosticError: SPK3010, SPK3011 where no NIR file says what the chip does."""
    made = export(opened)
    return EffectiveNetwork(
        file=made.file,
        dialect=made.dialect,
        dt_seconds=made.dt_seconds,
        dialect_options=made.dialect_options,
        diagnostics=made.diagnostics,
        agreement=agreement(opened, made.written, made.on_chip, stimulus),
    )


def export(opened: Reopened) -> Exported:
    """Write the network of a machine into the nodes of the user's file where they can say it, else as a graph of its
    own.

    Raises DiagnosticError: SPK3010 where a projection is too large for the reader's limits, SPK3011 where NIR has no
    node for a neuron."""
    backend = backend_of(opened.target)
    return write(opened, backend.on_chip(opened.prepared, opened.machine, opened.symbols, opened.target))


def write(opened: Reopened, on_chip: OnChip) -> Exported:
    """Write the network of a chip; see `export`."""
    front = opened.prepared.front
    left_out, notes = list(on_chip.left_out), list[Diagnostic]()
    written = in_place(front, on_chip.network)
    if written is not None:
        written = replace(written, graph=portable(written.graph, front.flat))
    else:
        written, more = flat(on_chip.network)
        left_out += more
        notes.append(_rewritten(opened))
    starts = _starts(written, on_chip.network, front.network, opened.target.title)
    left_out += starts
    loose = {one.where for one in starts}
    membranes = {
        name: replace(m, rounded=None) if name in loose else m for name, m in on_chip.membranes.items()
    }
    on_chip = replace(on_chip, membranes=membranes)
    notes += [_note(one) for one in left_out]
    dialect, options = reading_options(written.dialect, written.graph)
    dt = written.dialect.dt_seconds
    told = {"dialect": dialect, "dialect_options": options, "dt_seconds": dt}
    graph = replace(written.graph, reading=json.dumps(told, sort_keys=True))
    return Exported(
        file=image_of(graph, _facts(opened, on_chip, left_out)),
        dialect=dialect,
        dt_seconds=dt,
        dialect_options=options,
        diagnostics=tuple(notes),
        written=written,
        on_chip=on_chip,
    )


def _facts(opened: Reopened, on_chip: OnChip, left_out: list[LeftOut]) -> dict[str, str]:
    """What else the file says of itself, as texts."""
    integers = {name: float(np.median(1 / m.step)) for name, m in on_chip.membranes.items()}
    facts = {
        "made_by": "spikec",
        "target": opened.target.name,
        "configuration_sha256": opened.configuration.digest(),
        "integers_in_1": json.dumps(integers, sort_keys=True),
    }
    told = [f"SPK0540 {_words(one)}" for one in left_out]
    return facts | ({"left_out": "\n".join(told)} if told else {})


def _words(one: LeftOut) -> str:
    return f"{one.chip}; {one.file}"


def _note(one: LeftOut) -> Diagnostic:
    first = one.where.split(", ")[0]
    where = stored_at(first) if ", " not in one.where else ""
    facts = (("of", one.where),) if ", " in one.where else ()
    return Diagnostic(code="SPK0540", severity="note", message=_words(one), where=where, facts=facts)


def _rewritten(opened: Reopened) -> Diagnostic:
    host = opened.prepared.host
    inputs = f"; its inputs are what the host sends: {', '.join(map(shown, host))}" if host else ""
    message = (
        "the nodes of the network's file cannot say what the chip computes, as where weights of one kernel differ by "
        "place: the file is written anew, a Linear for each connection and every array flat, to be read by `nir.euler`"
    )
    return note("SPK0541", message + inputs)


def _starts(written: Written, chip: Network, wanted: Network, title: str) -> list[LeftOut]:
    """Membranes that start elsewhere than the reading of the file says; NIR has no state."""
    found: list[LeftOut] = []
    for name, population in chip.populations.items():
        neuron = population.neuron
        start = np.zeros(population.size) if neuron.v_start is None else neuron.v_start
        before = wanted.populations[name].neuron.v_start if name in wanted.populations else None
        given = np.zeros(population.size) if before is None or not written.whole else before
        gap = float(np.abs(start - given).max(initial=0.0))
        unit = 1.0 if neuron.theta is None else float(np.median(neuron.theta))
        if gap > 1e-6 * unit:
            words = f"{title} starts the membranes of {name} up to {gap / unit:.3g} thresholds from there"
            found.append(LeftOut(where=name, chip=words, file="a NIR file holds no state to start with"))
    return found
