"""Judges what a changed compiler made: by its own verdicts, by `check` of the right compiler, by the known answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.output.again import check_files
from spikec.compiler.output.artifacts import read_symbols
from spikec.compiler.output.build import LOCK, REPORT
from spikec.compiler.output.finished import finished_files
from spikec.compiler.output.rebuild import rebuilt
from spikec.compiler.prepare import read_front, resolve_target
from spikec.compiler.verdicts.chip_run import run_chip
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets.layout import DecodeError

from .cases import Known
from .mutant_run import Made

Kind = Literal["same", "refused", "report", "right", "wrong"]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """kind: byte for byte the same; refused; only report and lock differ; another answer, which is right; a wrong one.
    static, dynamic, fidelity: which of the changed compiler's own verdicts say so. check: whether `check` does."""

    kind: Kind
    static: bool = False
    dynamic: bool = False
    fidelity: bool = False
    check: bool = False
    why: str = ""

    @property
    def seen(self) -> bool:
        """Whether whoever uses the changed compiler sees it."""
        return self.static or self.dynamic or self.fidelity


def judged(cases: Sequence[Known], right: Sequence[Made], made: Sequence[Made]) -> Judgement:
    """The worst of all networks: a wrong answer that nobody sees before one that is seen, and so on."""
    if len(made) != len(cases):
        return Judgement(kind="refused", why=made[0].refused)
    found = [_judged(c, r, m) for c, r, m in zip(cases, right, made, strict=True)]
    order: tuple[Kind, ...] = ("same", "report", "refused", "right", "wrong")
    return max(found, key=lambda j: (order.index(j.kind), not j.seen, not j.check))


def _judged(case: Known, right: Made, made: Made) -> Judgement:
    if made.refused:
        return Judgement(kind="same" if right.refused == made.refused else "refused", why=made.refused)
    if made.files == right.files:
        return Judgement(kind="same")
    own = {"static": not made.static, "dynamic": not made.dynamic, "fidelity": made.f1 != 1.0}
    check = _check_fails(case, made)
    changed = {name for name in {*made.files, *right.files} if made.files.get(name) != right.files.get(name)}
    kind: Kind = "report" if changed <= {REPORT, LOCK} else "right" if _is_right(case, made) else "wrong"
    return Judgement(kind=kind, **own, check=check, why=", ".join(sorted(changed)))


def _check_fails(case: Known, made: Made) -> bool:
    try:
        output = finished_files(case.case.raw, made.files, "the output")
        verdicts = check_files(case.case.raw, made.files, output.options, case.stimulus)
        return not (
            verdicts.placement.identical and rebuilt(case.case.raw, made.files, case.stimulus).identical
        )
    except (DiagnosticError, KeyError, ValueError, TypeError, IndexError):
        return True


def _is_right(case: Known, made: Made) -> bool:
    """Whether the files, decoded and run by the right compiler's parts and read as their symbols say, give the known
    spikes."""
    try:
        output = finished_files(case.case.raw, made.files, "the output")
        target, symbols = resolve_target(output.options), read_symbols(made.files["symbols.npz"])
        backend = backend_of(target)
        machine = backend.machine(target, backend.read_files(target, made.files))
        network = read_front(case.case.raw, output.options, target).network
        lag = max((p.lag_steps for p in symbols.populations), default=0)
        ran = run_chip(machine, symbols, target, network, case.stimulus.inputs, max_lag=max(lag, 0))
    except (DiagnosticError, DecodeError, KeyError, ValueError, TypeError, IndexError):
        return False
    return np.array_equal(ran.outputs["output"], case.spikes)
