"""Two outputs' reports side by side, and what continuous integration may not let pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Report = Mapping[str, Any]
Scalar = str | float | int | bool | None

_FIGURES: tuple[tuple[str, str], ...] = (
    ("target", "target"),
    ("target digest", "target_sha256"),
    ("dialect", "dialect.name"),
    ("time step", "dialect.dt_seconds"),
    ("source digest", "source_sha256"),
    ("configuration digest", "configuration_sha256"),
    ("stimulus digest", "stimulus.sha256"),
    ("neurons", "network.neurons"),
    ("synapses", "network.synapses"),
    ("lag steps", "network.max_lag_steps"),
    ("chips", "resources.chips"),
    ("cores", "resources.cores"),
    ("binding resource", "resources.binding.resource"),
    ("binding share", "resources.binding.share"),
    ("memory bits stored", "resources.memory_bits.stored"),
    ("partition value", "resources.certificate.value"),
    ("partition bound", "resources.certificate.bound"),
    ("partition status", "resources.certificate.status"),
    ("placement identical", "verdicts.placement.identical"),
    ("output F1", "verdicts.fidelity.output_f1"),
    ("output F1 ceiling", "verdicts.fidelity.ceiling.output_f1"),
    ("output agreement", "verdicts.fidelity.output_agreement"),
    ("output rms", "verdicts.fidelity.output_rms"),
    ("accuracy float", "verdicts.fidelity.accuracy_fraction.float"),
    ("accuracy chip", "verdicts.fidelity.accuracy_fraction.chip"),
)
"""What is compared, and where a report has it."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One figure of both reports; None where a report lacks it."""

    name: str
    a: Scalar
    b: Scalar

    @property
    def differs(self) -> bool:
        return type(self.a) is not type(self.b) or self.a != self.b


@dataclass(frozen=True, kw_only=True)
class Difference:
    """figures: all that were compared, equal ones too. rows_gone, rows_new: rows of the fidelity table that only
    the first or only the second report has, as (feature, where, wanted, done, status)."""

    figures: tuple[Change, ...]
    rows_gone: tuple[tuple[str, ...], ...]
    rows_new: tuple[tuple[str, ...], ...]

    def figure(self, name: str) -> Change:
        return next(change for change in self.figures if change.name == name)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much worse the second output may be; None is no limit."""

    f1_drop: float | None = None
    more_cores: int | None = None
    accuracy_drop: float | None = None


def difference(a: Report, b: Report) -> Difference:
    """`a`, `b`: contents of two report.json."""
    figures = [
        Change(name=name, a=_at(_with_totals(a), path), b=_at(_with_totals(b), path))
        for name, path in _FIGURES
    ]
    for kind in ("most used", "F1 of"):
        mine, other = _listed(a, kind), _listed(b, kind)
        figures += [
            Change(name=f"{kind} {key}", a=mine.get(key), b=other.get(key)) for key in sorted({*mine, *other})
        ]
    rows = [_rows(a), _rows(b)]
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


def _with_totals(report: Report) -> Report:
    network = _dict(report.get("network"))
    neurons = sum(_dict(p).get("neurons", 0) for p in _list(network.get("populations")))
    return {**report, "network": {**network, "neurons": neurons}}


def _at(report: Report, path: str) -> Scalar:
    """The value at a dotted path, None where there is none."""
    value: object = report
    for key in path.split("."):
        value = _dict(value).get(key)
    return value if isinstance(value, str | float | int) else None


def _listed(report: Report, kind: str) -> dict[str, Scalar]:
    if kind == "most used":
        cores = [_dict(core) for core in _list(_dict(report.get("resources")).get("per_core"))]
        names = sorted({name for core in cores for name in core})
        return {name: max(core.get(name, 0) for core in cores) for name in names}
    layers = _dict(_dict(_dict(report.get("verdicts")).get("fidelity")).get("layers"))
    return {name: _dict(layers[name]).get("f1") for name in sorted(layers)}


def _rows(report: Report) -> set[tuple[str, ...]]:
    columns = ("feature", "where", "wanted", "done", "status")
    return {tuple(str(_dict(row).get(c, "")) for c in columns) for row in _list(report.get("fidelity_table"))}


def _dict(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
