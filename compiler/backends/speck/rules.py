"""What the chip does otherwise: the source dialect under the chip's own rules, a row for each difference, and consent.

Rules of the chip: an integrate-and-fire neuron without leak; the new membrane is compared (>=) and reset in the same
step, to a value or by subtraction, as often as the threshold fits or once; a floor below the membrane.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from ....sim.diagnostic import Diagnostic, error
from ....sim.dialect import Dialect, NodeDialect
from ....sim.nirpath import stored_at
from ...ir.fidelity_row import FidelityRow, Status
from ...ir.network import FlatGraph, FlatNode, Network
from ...ir.stages import Legalized
from ...timed.retime import Retimed
from .quantize import Quantized

SPIKING = frozenset({"IF", "LIF", "CubaLIF"})

_DONE: dict[str, tuple[str, str, Status]] = {
    "reset_phase": ("reset in a later step", "reset in the step of the spike", "approximated"),
    "refractory": ("refractory steps", "none", "approximated"),
    "multi": ("spikes a step", "as many as thresholds fit", "approximated"),
    "v_min": ("floor of the membrane", "minus the threshold", "approximated"),
    "fire": ("comparison", "fire = >=, in integers", "approximated"),
}
LEAK = "leak of the membrane"
NEEDS_CONSENT = frozenset({"reset_phase", "refractory"})


def legalize(flat: FlatGraph, dialect: Dialect, *, consent: bool) -> Legalized:
    """Overrides by NIR path, a row for each kind of change, and SPK1030 for what nothing on the chip makes up for,
    unless the user gave his consent."""
    nodes = [node for node in flat.nodes() if node.kind in SPIKING]
    readings = {node.path: dialect.for_node(node.path, node.kind) for node in nodes}
    single = all(reading.multi == 1 for reading in readings.values())
    overrides: dict[str, dict[str, object]] = {}
    rows: dict[tuple[str, str, str, Status], list[str]] = {}
    lost: list[tuple[str, str]] = []
    for node in nodes:
        reading = readings[node.path]
        changed = _changes(reading, single=single, leaky="tau" in node.params)
        if changed:
            overrides[node.path] = changed
        texts = [*_texts(reading, changed), *_leak(node)]
        for text in texts:
            rows.setdefault(text, []).append(node.path)
        asked = [wanted for feature, wanted, _, _ in texts if feature in _ASKED or feature == LEAK]
        lost += [(node.path, wanted) for wanted in asked]
    found = [
        FidelityRow(feature=feature, where=", ".join(paths), wanted=wanted, done=done, status=status)
        for (feature, wanted, done, status), paths in sorted(rows.items())
    ]
    return Legalized(
        overrides=overrides, rows=[*found, *_steps(nodes)], diagnostics=[] if consent else asks(lost)
    )


_ASKED = frozenset(_DONE[key][0] for key in NEEDS_CONSENT)


def _changes(reading: NodeDialect, *, single: bool, leaky: bool) -> dict[str, object]:
    changed: dict[str, object] = {}
    if leaky and reading.v_min is None:  # no leak brings a membrane back up
        changed["v_min"] = "-theta"
    if not same_without_leak(reading):
        changed["reset_phase"] = "same"
    if reading.refractory:
        changed["refractory"] = 0
    if reading.multi is not None and not single:
        changed["multi"] = None
    if reading.fire == ">":
        changed["fire"] = ">="
    if reading.fire_on == "old":
        changed |= {"fire_on": "new", "layer_delay": 1, "rec_delay": 1}
    return changed


def same_without_leak(reading: NodeDialect) -> bool:
    """Whether a later reset leaves the spikes where they are: a threshold taken off a step later meets the membrane
    before anybody looks at it again, and so does a value that is set before the input comes."""
    if reading.reset == "none" or reading.reset_phase in {"same", "next_before_decay"}:
        return True
    return reading.reset == "subtract" and reading.reset_phase == "next_after_decay"


def _texts(reading: NodeDialect, changed: dict[str, object]) -> list[tuple[str, str, str, Status]]:
    wanted = asdict(reading)
    found = [
        (_DONE[key][0], f"{key} = {wanted[key]}", *_DONE[key][1:])
        for key in sorted(changed)
        if key in _DONE and wanted[key] != changed[key]
    ]
    if reading.fire_on == "old":
        done = "fires one step earlier; connections and read-out are one step later"
        found.append(("late comparison", "fire_on = old", done, "exact"))
    return found


def _leak(node: FlatNode) -> list[tuple[str, str, str, Status]]:
    if "tau" not in node.params:
        return []
    tau = np.asarray(node.params["tau"], dtype=np.float64)
    done = "a constant: what it takes of a membrane at a third of the threshold"
    return [(LEAK, f"tau = {float(tau.min()):.4g}", done, "approximated")]


def _steps(nodes: list[FlatNode]) -> list[FidelityRow]:
    """What is simulated is the vendor's own reading; the silicon's is not public."""
    return [
        FidelityRow(feature="time steps", where=", ".join(node.path for node in nodes),
                    wanted="all that arrives in a step is summed, then compared",
                    done="event by event; simulated in steps, as the vendor's tools do", status="approximated",
                    effect="not measured: how silicon orders events is not public")
    ]  # fmt: skip


def asks(lost: list[tuple[str, str]]) -> list[Diagnostic]:
    """One error with all that would be lost."""
    if not lost:
        return []
    paths = list(dict.fromkeys(path for path, _ in lost))
    return [
        error(
            "SPK1030",
            f"the chip's neurons do not do all that {', '.join(paths)} do; this needs --allow-approximation",
            where=stored_at(paths[0]),
            hint="use IF neurons that reset in the step of the spike; or allow it and read the ceiling and the chain",
            lost="; ".join(f"{path}: {wanted}" for path, wanted in lost),
        )
    ]


def neuron_rows(network: Network, retimed: Retimed, quantized: Quantized) -> list[FidelityRow]:
    """Biases that start before their population does, thresholds of their own, and membranes that hold more."""
    rows: list[FidelityRow] = []
    for layer in quantized.layers:
        ahead, bias = max(0, -retimed.lag[layer.name]), layer.bias - layer.leak
        late = any(delay for p in network.into(layer.name) for delay in p.bias)
        if bias.any() and (ahead or late):
            enough = ahead * float(np.abs(bias).max()) < layer.theta and not late
            rows.append(
                FidelityRow(
                    feature="bias onset",
                    where=layer.name,
                    wanted="a step or more later" if late else f"{ahead} step(s) before the chip's first",
                    done="from the first step" if late else "what it adds until then, in the initial state",
                    status="exact" if enough else "approximated",
                )
            )
        if float(layer.ratio.min()) < 1.0:
            rows.append(
                FidelityRow(feature="thresholds", where=layer.name,
                            wanted=f"{layer.theta * float(layer.ratio.min()):.4g} to {layer.theta:.4g}",
                            done=f"{layer.theta:.4g}, and weights in proportion", status="exact")
            )  # fmt: skip
    return rows
