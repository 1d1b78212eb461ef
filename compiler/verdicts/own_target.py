"""Proves a chip of one's own: networks of each kind of neuron that spikes, compiled and proven in full."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

import msgspec
import numpy as np

from ...sim.diagnostic import DiagnosticError
from ...sim.stimulus import Stimulus, poisson
from ..ir.record import Record
from ..options import Options
from ..pipeline import compile_graph
from .capabilities import CONSENT, EXACT, NO, SupportTable
from .capability_probes import Probe, neuron_probes

SPIKING: Final = ("IF", "LIF", "CubaLIF")
RATE, STEPS, SEED = 0.5, 16, 1

Verdict = Literal["identical", "different", "refused"]


class Proven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a network of neurons of `kind` in the sense `variant`. reason: why it was refused, or what differs
    between the emitted words and the network."""

    kind: str
    variant: str
    placement: Verdict
    reason: str


class CheckedTarget(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a chip does with each kind of node, and the placements that were proven on it. target: its name."""

    target: str
    support: SupportTable
    proven: tuple[Proven, ...]


def prove_kinds(toml: bytes, table: SupportTable) -> tuple[Proven, ...]:
    """Compile a network of each kind of neuron that spikes, in the sense that the chip does best, if any."""
    return tuple(_prove(kind, toml, table) for kind in SPIKING)


def _prove(kind: str, toml: bytes, table: SupportTable) -> Proven:
    rows = [row for row in table.rows if row.kind == kind]
    best = min(rows, key=lambda row: (row.answer == NO, row.answer == CONSENT, row.answer != EXACT))
    if best.answer == NO:
        return Proven(kind=kind, variant=best.variant, placement="refused", reason=best.reason)
    probe = next(p for p in neuron_probes() if (p.kind, p.variant) == (kind, best.variant))
    try:
        return _compiled(probe, toml)
    except DiagnosticError as problem:
        worst = next(d for d in problem.diagnostics if d.severity == "error")
        reason = f"{worst.code}: {worst.message}"
        return Proven(kind=kind, variant=best.variant, placement="refused", reason=reason)


def _compiled(probe: Probe, toml: bytes) -> Proven:
    """Raises DiagnosticError where the chip refuses."""
    shape = tuple(int(n) for n in np.asarray(probe.graph.nodes["input"].params["shape"]))
    stimulus: Stimulus = poisson({"input": shape}, RATE, STEPS, batch=1, seed=SEED)
    options = Options(target_toml=toml, reading=probe.dialect)
    try:
        compiled = compile_graph(probe.graph, options, stimulus=stimulus)
    except DiagnosticError:
        consenting = replace(options, allow_approximation=True)
        compiled = compile_graph(probe.graph, consenting, stimulus=stimulus)
    findings = compiled.verdicts.placement.findings
    identical = compiled.placement_identical
    return Proven(
        kind=probe.kind,
        variant=probe.variant,
        placement="identical" if identical else "different",
        reason="" if identical else "; ".join(findings[:3]),
    )
