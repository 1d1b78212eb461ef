"""The table of a sweep: a row a point, in an order that no run changes, as a record and as CSV."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import msgspec

from ...sim.diagnostic import Diagnostic, note
from ..ir.sweep import Result, Sweep, SweepRow
from ..prepare import resolve_target, target_toml
from .outcomes import undone
from .pareto import front
from .space import Point, Space, given_options

COLUMNS = (
    "network", "target", "weight_bits", "seed", "status", "front", "cores", "packets", "latency_steps", "output_f1",
    "output_agreement", "accuracy", "identical", "code", "reason", "notes", "configuration_sha256", "job",
)  # fmt: skip


def sweep_record(space: Space, asked: Sequence[Point], results: Mapping[str, Result]) -> Sweep:
    """The rows of the points that are refused or have a result, and what was asked for."""
    found = [row for point in asked if (row := row_of(point, results.get(point.digest))) is not None]
    found = with_same_configuration(found)
    marked = [msgspec.structs.replace(row, front=on) for row, on in zip(found, front(found), strict=True)]
    return Sweep(
        spikec=version("spikec"),
        networks={name: hashlib.sha256(net).hexdigest() for name, net in sorted(space.networks.items())},
        targets={
            resolve_target(o).name: hashlib.sha256(target_toml(o)).hexdigest()
            for o in sorted(space.targets, key=lambda o: resolve_target(o).name)
        },
        stimulus=space.stimulus,
        options=given_options(space.targets[0]) if space.targets else {},
        rows=tuple(marked),
        left=len(asked) - len(marked),
    )


def row_of(point: Point, result: Result | None) -> SweepRow | None:
    """None where the point has not run yet."""
    if point.refused is not None:
        outcome = undone((point.refused,))
    elif result is None:
        return None
    else:
        outcome = result.outcome
    notes = tuple(sorted({*outcome.notes, *(d.code for d in point.notes)}))
    return SweepRow(
        **msgspec.structs.asdict(msgspec.structs.replace(outcome, notes=notes)),
        network=point.network,
        target=point.target,
        weight_bits=point.weight_bits,
        seed=point.seed,
        front=False,
        job=point.digest,
    )


def with_same_configuration(rows: Sequence[SweepRow]) -> list[SweepRow]:
    """A code SPK0526 on rows of one network, target and seed whose configuration is that of a narrower width."""
    seen: dict[tuple[object, ...], int | None] = {}
    found: list[SweepRow] = []
    for row in rows:
        key = (row.network, row.target, row.seed, row.configuration_sha256)
        same = row.configuration_sha256 is not None and key in seen
        seen.setdefault(key, row.weight_bits)
        notes = tuple(sorted({*row.notes, "SPK0526"})) if same else row.notes
        found.append(msgspec.structs.replace(row, notes=notes))
    return found


def notes_of(asked: Sequence[Point], rows: Sequence[SweepRow]) -> tuple[Diagnostic, ...]:
    """What is to be said of the whole table: axes without effect, and widths that made no difference."""
    axes = dict.fromkeys(d for point in asked for d in point.notes)
    same = [row for row in rows if "SPK0526" in row.notes]
    if not same:
        return tuple(axes)
    first = same[0]
    text = (
        f"{len(same)} of {len(rows)} rows have the configuration of a row with fewer weight bits; the first: "
        f"{first.network} on {first.target}, {first.weight_bits} bits"
    )
    return (*axes, note("SPK0526", text))


def csv_bytes(sweep: Sweep) -> bytes:
    """The rows as CSV: an empty cell for null, floats in full, several notes with spaces between."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[name]) for name in COLUMNS] for row in sweep.rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return repr(value) if isinstance(value, float) else str(value)
