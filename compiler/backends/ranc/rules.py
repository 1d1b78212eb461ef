"""What the grid does otherwise: the source dialect under its rules, a row for each difference, and consent.

Rules of the chip: an integrate-and-fire neuron, at most one spike a step; the new potential is compared (>=) and reset
in the same step, to a value or by subtraction. Its leak is a constant, and its floor sets the potential back.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from ....sim.dialect import Dialect, NodeDialect
from ....sim.nirpath import shown
from ...ir.fidelity_row import FidelityRow, Status
from ...ir.network import FlatGraph, FlatNode
from ...ir.stages import Legalized
from ..speck.rules import LEAK, NEEDS_CONSENT, SPIKING, asks, same_without_leak
from .quantize import Quantized

Text = tuple[str, str, str, Status]

_DONE: dict[str, tuple[str, str, Status]] = {
    "reset_phase": ("reset in a later step", "reset in the step of the spike", "approximated"),
    "refractory": ("refractory steps", "none", "approximated"),
    "multi": ("spikes a step", "multi = 1: at most one", "approximated"),
    "fire": ("comparison", "fire = >=, in integers", "approximated"),
}
FLOOR = "floor of the membrane"


def legalize(flat: FlatGraph, dialect: Dialect, *, consent: bool) -> Legalized:
    """Overrides by NIR path, a row for each kind of change, and SPK1030 for what nothing on the chip makes up for,
    unless the user gave his consent."""
    overrides: dict[str, dict[str, object]] = {}
    rows: dict[Text, list[str]] = {}
    lost: list[tuple[str, str]] = []
    for node in flat.nodes():
        if node.kind not in SPIKING:
            continue
        reading = dialect.for_node(node.path, node.kind)
        changed = _changes(reading, node)
        if changed:
            overrides[node.path] = changed
        for text in (*_texts(reading, changed), *_leak(node)):
            rows.setdefault(text, []).append(node.path)
            if text[0] == LEAK or text[0] in _ASKED:
                lost.append((node.path, text[1]))
    found = [
        FidelityRow(feature=feature, where=", ".join(paths), wanted=wanted, done=done, status=status)
        for (feature, wanted, done, status), paths in sorted(rows.items())
    ]
    return Legalized(overrides=overrides, rows=found, diagnostics=[] if consent else asks(lost))


_ASKED = frozenset(_DONE[key][0] for key in NEEDS_CONSENT)


def _changes(reading: NodeDialect, node: FlatNode) -> dict[str, object]:
    changed: dict[str, object] = {}
    if "tau" in node.params and reading.reset == "v_reset" and reading.v_min is None:
        # A constant leak ends at the reset value, and nothing brings a membrane back up.
        changed["v_min"] = float(np.mean(np.asarray(node.params["v_reset"], dtype=np.float64)))
    if not same_without_leak(reading):
        changed["reset_phase"] = "same"
    if reading.refractory:
        changed["refractory"] = 0
    if reading.multi != 1:
        changed["multi"] = 1
    if reading.fire == ">":
        changed["fire"] = ">="
    if reading.fire_on == "old":
        changed |= {"fire_on": "new", "layer_delay": 1, "rec_delay": 1}
    return changed


def _texts(reading: NodeDialect, changed: dict[str, object]) -> list[Text]:
    wanted = asdict(reading)
    found: list[Text] = [
        (_DONE[key][0], f"{key} = {wanted[key]}", *_DONE[key][1:])
        for key in sorted(changed)
        if key in _DONE and wanted[key] != changed[key]
    ]
    if reading.v_min is not None:
        done = "a membrane below it is set back towards 0 by as much"
        found.append((FLOOR, f"v_min = {reading.v_min}", done, "approximated"))
    elif "v_min" in changed:
        found.append((FLOOR, "v_min = None", "the reset value", "approximated"))
    if reading.fire_on == "old":
        done = "fires one step earlier; connections and read-out are one step later"
        found.append(("late comparison", "fire_on = old", done, "exact"))
    return found


def _leak(node: FlatNode) -> list[Text]:
    if "tau" not in node.params:
        return []
    tau = np.asarray(node.params["tau"], dtype=np.float64)
    done = "a constant: what it takes of a membrane at a third of the threshold"
    return [(LEAK, f"tau = {float(tau.min()):.4g}", done, "approximated")]


def neuron_rows(quantized: Quantized) -> list[FidelityRow]:
    """Biases that act before their population does, and floors that keep potentials from wrapping."""
    rows: list[FidelityRow] = []
    network, protected = quantized.relayed.network, list[str]()
    for p in quantized.network.populations:
        neurons, registers = quantized.neurons[p.name], p.params
        threshold = registers["positive_threshold"]
        wanted = neurons.start * threshold
        if np.any(wanted != 0) and p.role == "original":
            exact = bool(np.all(np.abs(registers["initial_potential"] - wanted) <= 0.5))
            rows.append(
                FidelityRow(
                    feature="bias onset",
                    where=p.name,
                    wanted=f"from chip step {quantized.retimed.lag[p.name]} on, and what the membrane starts with",
                    done="in the initial potential"
                    + ("" if exact else ", as far as it stays below the threshold"),
                    status="exact" if exact else "approximated",
                )
            )
        if network.populations[p.name].neuron.v_min is None and np.any(
            registers["negative_threshold"] > quantized.lowest
        ):
            protected.append(p.name)
    for name, (pre, groups) in sorted(quantized.relayed.relays.items()):
        size = int(network.populations[pre].size)
        rows.append(
            FidelityRow(
                feature="pooling",
                where=name,
                wanted=f"sums of {shown(pre)}, {size:,} neurons in {groups:,} groups",
                done="a neuron a group passes on one spike for every half of it, a step later",
                status="approximated",
            )
        )
    if protected:
        done = "far below 0 it is set back towards 0, so that it does not wrap; counted as floor_resets"
        row = FidelityRow(
            feature=FLOOR, where=", ".join(protected), wanted="none", done=done, status="approximated"
        )
        rows.append(row)
    return rows
