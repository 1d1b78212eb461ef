"""What a chip does with each kind of node: found by compiling a small network of it, so that no table can be stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import msgspec
import numpy as np

from ...sim.diagnostic import DiagnosticError
from ...sim.stimulus import Stimulus
from ...targets.chip import Chip
from ..backends.interface import backend_of
from ..ir.fidelity_row import FidelityRow
from ..options import Options
from ..prepare import prepare, read_front, resolve_target, with_target
from .capability_probes import Probe, link_probes, neuron_probes

Answer = Literal["exact", "approximated", "approximated, on consent", "on the host", "no"]
EXACT: Final = "exact"
APPROXIMATED: Final = "approximated"
CONSENT: Final = "approximated, on consent"
HOST: Final = "on the host"
NO: Final = "no"
_ORDER = get_args(Answer)


class Support(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """answer: exact (but for the rounding of weights, thresholds and decays, which every compile measures),
    approximated, approximated on consent (--allow-approximation), on the host, or no. reason: what differs, or the
    code and text of the refusal."""

    kind: str
    variant: str
    answer: Answer
    reason: str


class SupportTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """always: what differs on this chip for every network, and counts in no row."""

    rows: tuple[Support, ...]
    always: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Found:
    probe: Probe
    answer: Answer
    differences: tuple[FidelityRow, ...] = ()
    refusal: str = ""


def support(name: str, toml: bytes | None = None) -> SupportTable:
    """A row for each kind of node in each sense; nodes between neurons with the neurons that the chip does best.

    name: of a target, or the path of a chip.toml; toml: its text, which beats it. Raises DiagnosticError: SPK0501,
    SPK0502."""
    options = with_target(Options(target=name, target_toml=toml))
    target = resolve_target(options)
    neurons = [_try(probe, options, target) for probe in neuron_probes()]
    always = _common(neurons)
    spiking = [found for found in neurons if found.probe.kind in {"IF", "LIF", "CubaLIF"}]
    best = min(spiking, key=lambda found: (_ORDER.index(_answer(found, always)), len(found.differences)))
    # What the neurons themselves cost is not to be counted against what lies between them.
    of_best = always | {_key(row) for row in best.differences}
    links = [_try(probe, options, target) for probe in link_probes(best.probe.kind, best.probe.reading)]
    rows = [*(_row(found, always) for found in neurons), *(_row(found, of_best) for found in links)]
    texts = {_key(row): f"{row.feature}: {row.done}" for found in neurons for row in found.differences}
    return SupportTable(rows=tuple(rows), always=tuple(sorted({texts[key] for key in always})))


def _try(probe: Probe, options: Options, target: Chip) -> _Found:
    strict = Options(target=options.target, target_toml=options.target_toml, reading=probe.dialect)
    try:
        return _compiled(probe, target, strict, consent=False)
    except DiagnosticError:
        pass
    try:
        return _compiled(probe, target, replace(strict, allow_approximation=True), consent=True)
    except DiagnosticError as problem:
        worst = next(d for d in problem.diagnostics if d.severity == "error")
        return _Found(probe=probe, answer=NO, refusal=f"{worst.code}: {worst.message}")


def _compiled(probe: Probe, target: Chip, options: Options, *, consent: bool) -> _Found:
    """Raises DiagnosticError where the chip refuses."""
    shape = tuple(int(n) for n in np.asarray(probe.graph.nodes["input"].params["shape"]))
    counts = np.full((2, 1, *shape), probe.highest_count, dtype=np.float32)
    front = read_front(probe.graph, options, target)
    prepared = prepare(front, options, target, Stimulus(inputs={"input": counts}, labels=None, source={}))
    backend_of(prepared.target).place(prepared.quantized.network, target, options, {}, None)
    impossible = [row for row in prepared.rows if row.status == "impossible"]
    if impossible:
        return _Found(probe=probe, answer=NO, refusal=f"{impossible[0].feature}: {impossible[0].done}")
    if prepared.host:
        return _Found(probe=probe, answer=HOST, refusal="the first neurons run on the host")
    different = tuple(row for row in prepared.rows if row.status == "approximated")
    return _Found(probe=probe, answer=CONSENT if consent else EXACT, differences=different)


def _key(row: FidelityRow) -> tuple[str, str]:
    return row.feature, row.done


def _common(found: Sequence[_Found]) -> frozenset[tuple[str, str]]:
    """What differs in all that compile."""
    sets = [{_key(row) for row in f.differences} for f in found if f.answer in {EXACT, CONSENT}]
    return frozenset(set[tuple[str, str]].intersection(*sets)) if sets else frozenset()


def _answer(found: _Found, known: frozenset[tuple[str, str]]) -> Answer:
    own = any(_key(row) not in known for row in found.differences)
    return APPROXIMATED if found.answer == EXACT and own else found.answer


def _row(found: _Found, known: frozenset[tuple[str, str]]) -> Support:
    texts = [f"{row.feature}: {row.done}" for row in found.differences if _key(row) not in known]
    return Support(
        kind=found.probe.kind,
        variant=found.probe.variant,
        answer=_answer(found, known),
        reason=found.refusal or "; ".join(dict.fromkeys(texts)),
    )
