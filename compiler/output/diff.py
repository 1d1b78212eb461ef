"""Two outputs' reports side by side, and what continuous integration may not let pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import UNSET

from ..ir.fidelity_row import FidelityRow
from ..ir.record import Record
from ..ir.report import PoissonStimulus, Report

Scalar = str | float | int | bool | None
Row = Annotated[
    tuple[str, str, str, str, str], msgspec.Meta(description="(feature, where, wanted, done, status)")
]


class Change(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure of both reports; null where a report lacks it."""

    name: str
    a: Scalar
    b: Scalar

    @property
    def differs(self) -> bool:
        """Whether the figure is another one in the second report."""
        return type(self.a) is not type(self.b) or self.a != self.b


class Difference(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two reports side by side. figures: all that were compared, equal ones too. rows_gone, rows_new: rows of the
    fidelity table that only the first or only the second report has."""

    figures: tuple[Change, ...]
    rows_gone: tuple[Row, ...]
    rows_new: tuple[Row, ...]

    def figure(self, name: str) -> Change:
        """The figure of a name."""
        return next(change for change in self.figures if change.name == name)


class JudgedDifference(Difference, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two reports side by side. failures: limits that the second output breaks, a sentence each."""

    failures: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much worse the second output may be; None is no limit."""

    f1_drop: float | None = None
    more_cores: int | None = None
    accuracy_drop: float | None = None


def difference(a: Report, b: Report) -> Difference:
    """Compare the reports of two outputs."""
    figures = _changes(_figures(a), _figures(b))
    for listed in (_most_used, _layers):
        figures += sorted(_changes(listed(a), listed(b)), key=lambda change: change.name)
    rows = [{_row(row) for row in report.fidelity_table} for report in (a, b)]
    return Difference(
        figures=tuple(figures),
        rows_gone=tuple(sorted(rows[0] - rows[1])),
        rows_new=tuple(sorted(rows[1] - rows[0])),
    )


def failures(found: Difference, limits: Limits) -> list[str]:
    """In words, which limits the second output breaks; a figure that is not there breaks its limit."""
    failed: list[str] = []
    checks = (
        ("output F1", limits.f1_drop, -1),
        ("cores", limits.more_cores, 1),
        ("accuracy chip", limits.accuracy_drop, -1),
    )
    for name, limit, worse in checks:
        if limit is None:
            continue
        change = found.figure(name)
        a, b = _number(change.a), _number(change.b)
        if a is None or b is None:
            failed.append(f"{name} is not in both reports")
        # 1e-12: a drop of exactly the limit passes, whatever its binary digits.
        elif worse * (b - a) > limit + 1e-12:
            failed.append(f"{name} goes from {a:g} to {b:g}, by more than {limit:g}")
    return failed


def _number(value: Scalar) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _changes(a: dict[str, Scalar], b: dict[str, Scalar]) -> list[Change]:
    return [Change(name=name, a=a.get(name), b=b.get(name)) for name in {**a, **b}]


def _figures(report: Report) -> dict[str, Scalar]:
    """What is compared of every report, by what it is called; None where a report has nothing to say."""
    resources, certificate = report.resources, report.resources.certificate
    stimulus, fidelity = report.stimulus, report.verdicts.fidelity
    fraction = UNSET if fidelity is None else fidelity.accuracy_fraction
    return {
        "target": report.target,
        "target digest": report.target_sha256,
        "dialect": report.dialect.name,
        "time step": report.dialect.dt_seconds,
        "source digest": report.source_sha256,
        "configuration digest": report.configuration_sha256,
        "stimulus digest": None if isinstance(stimulus, PoissonStimulus) else stimulus.sha256,
        "neurons": sum(p.neurons for p in report.network.populations),
        "synapses": report.network.synapses,
        "lag steps": report.network.max_lag_steps,
        "chips": resources.chips,
        "cores": resources.cores,
        "binding resource": resources.binding.resource,
        "binding share": resources.binding.share,
        "memory bits stored": resources.memory_bits.stored,
        "partition value": certificate.value,
        "partition bound": certificate.bound,
        "partition status": certificate.status,
        "placement identical": report.verdicts.placement.identical,
        "output F1": None if fidelity is None else fidelity.output_f1,
        "output F1 under chip rules": None if fidelity is None else fidelity.chip_rules.output_f1,
        "output agreement": None if fidelity is None else fidelity.output_agreement,
        "output rms": None if fidelity is None else fidelity.output_rms,
        "accuracy float": None if fraction is UNSET else fraction.in_float,
        "accuracy chip": None if fraction is UNSET else fraction.chip,
    }


def _most_used(report: Report) -> dict[str, Scalar]:
    """Of each resource, what the fullest core holds."""
    cores = report.resources.per_core
    names = {name for core in cores for name in core}
    return {f"most used {name}": max(core.get(name, 0) for core in cores) for name in names}


def _layers(report: Report) -> dict[str, Scalar]:
    """Of each population, the F1 of its spikes."""
    fidelity = report.verdicts.fidelity
    return {} if fidelity is None else {f"F1 of {name}": layer.f1 for name, layer in fidelity.layers.items()}


def _row(row: FidelityRow) -> Row:
    return row.feature, row.where, row.wanted, row.done, row.status
