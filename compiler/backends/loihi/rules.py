"""What the chip does otherwise: the source dialect under the chip's own rules, and a row for each difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from ....sim.dialect import Dialect, NodeDialect
from ....targets.loihi1.model import Target
from ...ir.fidelity_row import FidelityRow, Status
from ...ir.network import FlatGraph
from ...ir.stages import Legalized


def legalize(flat: FlatGraph, dialect: Dialect, target: Target) -> Legalized:
    """Overrides by NIR path that make `dialect` behave as the chip does, and what that changes.

    Rules of the chip: one spike a step, then a hard reset in the same step, no floor below the membrane, the
    new membrane is compared. A late comparison is kept as one step of layer delay."""
    overrides: dict[str, dict[str, object]] = {}
    rows: list[FidelityRow] = []
    for node in flat.nodes():
        if node.kind not in {"IF", "LIF", "CubaLIF"}:
            continue
        reading = dialect.for_node(node.path, node.kind)
        changed = _changes(reading, target)
        if changed:
            overrides[node.path] = changed
            rows.extend(_rows(node.path, reading, changed))
    return Legalized(overrides=overrides, rows=_merged(rows), diagnostics=[])


def _changes(reading: NodeDialect, target: Target) -> dict[str, object]:
    changed: dict[str, object] = {}
    if reading.reset == "subtract" and target.neuron.reset == "to_zero":
        changed["reset"] = "v_reset"
    if reading.reset_phase != "same" and reading.reset != "none":
        changed["reset_phase"] = "same"
    if reading.multi != target.neuron.multi_spike:
        changed["multi"] = target.neuron.multi_spike
    if reading.v_min is not None:
        changed["v_min"] = None
    if reading.fire_on == "old":
        changed |= {"fire_on": "new", "layer_delay": 1, "rec_delay": 1, "reset_phase": "same"}
    return changed


_DONE = {
    "reset": ("reset", "the membrane is set to v_reset"),
    "reset_phase": ("reset in a later step", "reset in the step of the spike"),
    "multi": ("several spikes a step", "one spike a step"),
    "v_min": ("floor of the membrane", "no floor above the register's end"),
}


def _rows(path: str, reading: NodeDialect, changed: Mapping[str, object]) -> list[FidelityRow]:
    wanted = asdict(reading)
    found = [
        FidelityRow(feature=_DONE[key][0], where=path, wanted=f"{key} = {wanted[key]}", done=_DONE[key][1],
                    status="approximated")
        for key in sorted(changed)
        if key in _DONE and wanted[key] != changed[key]
    ]  # fmt: skip
    if reading.fire_on == "old":
        found.append(
            FidelityRow(feature="late comparison", where=path, wanted="fire_on = old",
                        done="fires one step earlier; connections and read-out are one step later",
                        status="exact")
        )  # fmt: skip
    return found


def _merged(rows: list[FidelityRow]) -> list[FidelityRow]:
    """One row for all nodes that want the same."""
    groups: dict[tuple[str, str, str, Status], list[str]] = {}
    for row in rows:
        groups.setdefault((row.feature, row.wanted, row.done, row.status), []).append(row.where)
    return [
        FidelityRow(feature=f, where=", ".join(paths), wanted=w, done=d, status=s)
        for (f, w, d, s), paths in sorted(groups.items())
    ]
