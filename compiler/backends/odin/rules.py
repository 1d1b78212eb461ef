"""What the chip does otherwise: the source dialect under the chip's own rules, a row for each difference, and consent.

Rules of the chip: a neuron is compared (>=) after every event and set to 0 when it fires, as often as that happens; a
constant leak; no refractory time; a floor at the end of the register. In float, where a step is one sum, that is a
reset in the step of the spike and one spike a step; what events do besides is in rows of its own.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from ....sim.diagnostic import Diagnostic, error
from ....sim.dialect import Dialect, NodeDialect
from ....sim.nirpath import stored_at
from ....targets.odin.model import Revision
from ...ir.fidelity_row import FidelityRow, Status
from ...ir.network import FlatGraph, FlatNode
from ...ir.stages import Legalized
from .assemble import Assembled
from .routes import events_of

SPIKING = frozenset({"IF", "LIF", "CubaLIF"})
_DONE: dict[str, tuple[str, str, Status]] = {
    "reset": ("reset", "the membrane is set to its reset value by the event that fires", "approximated"),
    "reset_phase": ("reset in a later step", "reset in the step of the spike", "approximated"),
    "refractory": ("refractory steps", "none", "approximated"),
    "v_min": ("floor of the membrane", "none above the register's end", "approximated"),
}
ORDER, SEVERAL = "event order", "spikes a step"
NEEDS_CONSENT = frozenset({"reset", "reset_phase", "refractory"})


def legalize(flat: FlatGraph, dialect: Dialect, chip: Revision, *, consent: bool) -> Legalized:
    """Overrides by NIR path that make `dialect` behave as the chip does, a row for each kind of change, and an error
    SPK1040 for each kind that nothing on the chip can make up for, unless the user gave his consent."""
    nodes = [node for node in flat.nodes() if node.kind in SPIKING]
    overrides: dict[str, dict[str, object]] = {}
    rows: dict[tuple[str, str, str, Status], list[str]] = {}
    needs: list[str] = []
    for node in nodes:
        reading = dialect.for_node(node.path, node.kind)
        changed = _changes(reading, _floor(node, chip))
        if changed:
            overrides[node.path] = changed
        for text in _texts(reading, changed):
            rows.setdefault(text, []).append(node.path)
        if NEEDS_CONSENT & changed.keys():
            needs.append(node.path)
    found = [
        FidelityRow(feature=feature, where=", ".join(paths), wanted=wanted, done=done, status=status)
        for (feature, wanted, done, status), paths in sorted(rows.items())
    ]
    return Legalized(
        overrides=overrides,
        rows=[*found, *_events(nodes)],
        diagnostics=[] if consent else _asks(found, needs),
    )


def _floor(node: FlatNode, chip: Revision) -> float | None:
    """Where a chip's states cannot be negative: what neurons are reset to, if they all are to the same."""
    if chip.ranges.state[0] < 0:
        return None
    origin = np.asarray(node.params.get("v_reset", 0.0), dtype=np.float64)
    return float(origin.min(initial=0.0)) if np.ptp(origin) == 0 else float(np.median(origin))


def _changes(reading: NodeDialect, floor: float | None) -> dict[str, object]:
    changed: dict[str, object] = {}
    if reading.reset == "subtract":
        changed["reset"] = "v_reset"
    if reading.reset_phase != "same" and reading.reset != "none":
        changed["reset_phase"] = "same"
    if reading.refractory:
        changed["refractory"] = 0
    if reading.multi != 1:
        changed["multi"] = 1
    if reading.v_min != floor:
        changed["v_min"] = floor
    if reading.fire_on == "old":
        changed |= {"fire_on": "new", "layer_delay": 1, "rec_delay": 1, "reset_phase": "same"}
    return changed


def _texts(reading: NodeDialect, changed: dict[str, object]) -> list[tuple[str, str, str, Status]]:
    """(feature, wanted, done, status) of each change; `wanted` begins with the field's name."""
    wanted = asdict(reading)
    found: list[tuple[str, str, str, Status]] = []
    for key in sorted(changed):
        if key in _DONE and wanted[key] != changed[key]:
            feature, done, status = _DONE[key]
            done = f"at {changed[key]:.4g}" if key == "v_min" and changed[key] is not None else done
            found.append((feature, f"{key} = {wanted[key]}", done, status))
    if reading.fire_on == "old":
        done = "fires one step earlier; connections and read-out are one step later"
        found.append(("late comparison", "fire_on = old", done, "exact"))
    return found


def _events(nodes: list[FlatNode]) -> list[FidelityRow]:
    where = ", ".join(node.path for node in nodes)
    return [
        FidelityRow(feature=SEVERAL, where=where, wanted="one sum of a step, one spike",
                    done="as many as the events of a step reach the threshold; what comes after a spike counts",
                    status="approximated")
    ] if nodes else []  # fmt: skip


def _asks(rows: list[FidelityRow], needs: list[str]) -> list[Diagnostic]:
    """One error with all that would be lost."""
    if not needs:
        return []
    named = {_DONE[key][0] for key in NEEDS_CONSENT}
    lost = [f"{row.where}: {row.wanted}, the chip: {row.done}" for row in rows if row.feature in named]
    return [
        error(
            "SPK1040",
            f"the chip cannot reset as {', '.join(needs)} do; this needs --allow-approximation",
            where=stored_at(needs[0]),
            hint="train with a reset to a value in the step of the spike; or allow it and read the chain",
            lost="; ".join(lost),
        )
    ]


def neuron_rows(made: Assembled) -> list[FidelityRow]:
    """What of each population is exact, approximated or impossible on the chip, with the numbers."""
    rows: list[FidelityRow] = []
    for neurons in made.floats:
        if bool((neurons.beta != 1).any()):
            rows.append(_leak(made, neurons.name, neurons.beta))
        at_rest = not neurons.start.any()
        if not at_rest:
            rows.append(
                FidelityRow(feature="initial membrane", where=neurons.name, status="exact",
                            wanted=f"up to {float(np.abs(neurons.start).max()):.3g} from rest", done="loaded")
            )  # fmt: skip
        if neurons.constants:
            largest = max(float(np.abs(vector).max()) for vector in neurons.constants.values())
            rows.append(
                FidelityRow(feature="bias", where=neurons.name, wanted=f"up to {largest:.3g} a step",
                            done="events of every step, on rows of its own", status="exact")
            )  # fmt: skip
    return [*rows, *_loop(made)]


def _leak(made: Assembled, name: str, beta: np.ndarray) -> FidelityRow:
    amount = made.leaks[name] * events_of(made.network).leaks
    part = float(np.median(amount / made.scales[name].threshold))
    wrong = float(made.leak_errors[name].mean())
    return FidelityRow(
        feature="leak of the membrane",
        where=name,
        wanted=f"keeps {float(np.median(beta)):.4g} a step",
        done="a constant toward rest",
        status="approximated",
        effect=f"{part:.3g} of the threshold a step; rms error {wrong:.2g} of it, between rest and threshold",
    )


def _loop(made: Assembled) -> list[FidelityRow]:
    events = events_of(made.network)
    names = ", ".join(p.name for p in made.network.populations if p.name in made.scales)
    order = {"negative first": "negative rows first", "positive first": "positive rows first"}
    sign = order.get(events.order, "rows as numbered")
    rows = "a row for each sign" if events.sign.any() else "rows hold both signs"
    found = [
        FidelityRow(feature=ORDER, where=names, wanted="none within a step",
                    done=f"{sign}; {rows}; threshold after every event", status="approximated")
    ]  # fmt: skip
    if not events.closed_loop:
        late = (
            f"{events.hop_steps} step(s) later" if events.hop_steps else "in the same step, from chip to chip"
        )
        found.append(
            FidelityRow(feature="loop", where=names, wanted="spikes reach the next layer in their step",
                        done=f"through the host, {late}", status="exact")
        )  # fmt: skip
    return found
