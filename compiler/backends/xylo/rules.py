"""What the chip does otherwise: the source dialect under the chip's own rules, a row for each difference, and consent.

Rules of the chip: the new membrane is compared, one threshold is taken off it for every spike in the same step, up to
31 of them (1 for output neurons), and nothing stops the membrane below rest but the end of its register.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from ....sim.diagnostic import Diagnostic, error
from ....sim.dialect import Dialect, NodeDialect
from ....sim.nirpath import stored_at
from ....targets.xylo.model import Revision
from ...ir.fidelity_row import FidelityRow, Status
from ...ir.network import FlatGraph, Network, Population
from ...ir.stages import Legalized
from ...timed.retime import Retimed
from .assemble import Quantized
from .lower import CLOCK
from .relays import ROLE

RESETTING = frozenset({"IF", "LIF", "CubaLIF"})
NEEDS_CONSENT = frozenset({"reset", "reset_phase", "refractory"})

_DONE = {
    "reset": ("reset", "the threshold is taken off the membrane for each spike"),
    "reset_phase": ("reset in a later step", "reset in the step of the spike"),
    "v_min": ("floor of the membrane", "no floor above the register's end"),
    "refractory": ("refractory steps", "none"),
}


def legalize(flat: FlatGraph, dialect: Dialect, chip: Revision, *, consent: bool) -> Legalized:
    """Overrides by NIR path that make `dialect` behave as the chip does, a row for each kind of change, and an error
    SPK1020 for each kind that nothing on the chip can make up for, unless the user gave his consent."""
    overrides: dict[str, dict[str, object]] = {}
    rows: dict[tuple[str, str, str], list[str]] = {}
    needs: list[str] = []
    last = output_nodes(flat)
    for node in flat.nodes():
        if node.kind not in RESETTING:
            continue
        reading = dialect.for_node(node.path, node.kind)
        changed = _changes(reading, chip.spikes.output if node.path in last else chip.spikes.hidden)
        if changed:
            overrides[node.path] = changed
        for feature, wanted, done in _texts(reading, changed):
            rows.setdefault((feature, wanted, done), []).append(node.path)
        if NEEDS_CONSENT & changed.keys():
            needs.append(node.path)
    found = [
        FidelityRow(
            feature=feature, where=", ".join(paths), wanted=wanted, done=done, status=_status(feature)
        )
        for (feature, wanted, done), paths in sorted(rows.items())
    ]
    return Legalized(overrides=overrides, rows=found, diagnostics=[] if consent else _asks(found, needs))


def output_nodes(flat: FlatGraph) -> frozenset[str]:
    """Neurons whose spikes go to an Output and to no neuron: those that become output neurons."""
    import networkx as nx

    neurons = {n.path for n in flat.nodes() if n.kind in RESETTING}
    readers = {n.path for n in flat.nodes() if n.kind == "Output"}
    stateful = neurons | {n.path for n in flat.nodes() if n.kind in {"I", "LI", "CubaLI", "Threshold"}}
    found: list[str] = []
    for path in sorted(neurons):
        after = nx.descendants(flat.graph, path)
        looped = flat.graph.has_edge(path, path) or any(
            nx.has_path(flat.graph, other, path) for other in flat.graph.successors(path)
        )
        if after & readers and not after & stateful and not looped:
            found.append(path)
    return frozenset(found)


def _changes(reading: NodeDialect, most: int) -> dict[str, object]:
    changed: dict[str, object] = {}
    if reading.reset == "v_reset":
        changed["reset"] = "subtract"
    if reading.reset_phase != "same" and reading.reset != "none":
        changed["reset_phase"] = "same"
    if reading.multi != most:
        changed["multi"] = most
    if reading.v_min is not None:
        changed["v_min"] = None
    if reading.refractory:
        changed["refractory"] = 0
    if reading.fire_on == "old":
        changed |= {"fire_on": "new", "layer_delay": 1, "rec_delay": 1, "reset_phase": "same"}
    return changed


def _texts(reading: NodeDialect, changed: dict[str, object]) -> list[tuple[str, str, str]]:
    """(feature, wanted, done) of each change; `wanted` begins with the field's name."""
    wanted = asdict(reading)
    found = [
        (_DONE[key][0], f"{key} = {wanted[key]}", _DONE[key][1])
        for key in sorted(changed)
        if key in _DONE and wanted[key] != changed[key]
    ]
    if "multi" in changed:
        done = f"up to {changed['multi']} spikes a step"
        found.append(("spikes a step", f"multi = {wanted['multi']}", done))
    if reading.fire_on == "old":
        done = "fires one step earlier; connections and read-out are one step later"
        found.append(("late comparison", "fire_on = old", done))
    return found


def _status(feature: str) -> Status:
    return "exact" if feature == "late comparison" else "approximated"


def _asks(rows: list[FidelityRow], needs: list[str]) -> list[Diagnostic]:
    """One error with all that would be lost."""
    if not needs:
        return []
    named = {_DONE[key][0] for key in NEEDS_CONSENT}
    lost = [f"{row.where}: {row.wanted}, the chip: {row.done}" for row in rows if row.feature in named]
    return [
        error(
            "SPK1020",
            f"the chip cannot reset as {', '.join(needs)} do; this needs --allow-approximation",
            where=stored_at(needs[0]),
            hint="train with a reset by subtraction in the step of the spike; or allow it and read the ceiling, which "
            "is what the float network reaches under the chip's rules",
            lost="; ".join(lost),
        )
    ]


def neuron_rows(network: Network, retimed: Retimed, quantized: Quantized) -> list[FidelityRow]:
    """What of each population is exact, approximated or impossible on the chip, with the numbers."""
    rows: list[FidelityRow] = []
    for name in sorted(network.populations):
        population = network.populations[name]
        rows += _decays(population, quantized)
        rows += _synapse(population, quantized)
        rows += _start(population)
        rows += _onset(population, quantized)
    rows += _relays(quantized)
    for pre, post in sorted(retimed.extra):
        steps = retimed.extra[pre, post]
        rows.append(
            FidelityRow(feature="loop", where=f"{pre} -> {post}", wanted="the network's delay",
                        done=f"{steps} step(s) more", status="approximated")
        )  # fmt: skip
    return rows


def _decays(population: Population, quantized: Quantized) -> list[FidelityRow]:
    """How far the powers of two are from the time constants."""
    decay, neuron = quantized.decays[population.name], population.neuron
    pairs = [("membrane", neuron.beta, decay.alpha if decay.kind == "current" else decay.beta)]
    if neuron.alpha is not None:
        pairs.append(("synapse", neuron.alpha, decay.alpha))
    rows: list[FidelityRow] = []
    for what, wanted, done in pairs:
        gap = np.abs(wanted - done)
        at = int(gap.argmax())
        rows.append(
            FidelityRow(
                feature=f"decay of the {what}",
                where=population.name,
                wanted=f"{wanted[at]:.4g} a step",
                done=f"{done[at]:.4g} a step; weights keep its charge",
                status="exact" if gap[at] < 1e-4 else "approximated",
                effect=f"differs by at most {gap[at]:.2g}",
            )
        )
    return rows


def _synapse(population: Population, quantized: Quantized) -> list[FidelityRow]:
    decay, name = quantized.decays[population.name], population.name
    if decay.kind == "current":
        several = quantized.network.population(name).params["max_spikes"].max(initial=1) > 1
        return [
            FidelityRow(feature="no reset", where=name, wanted="integrates on after a spike",
                        done="integrates in the synapse; the membrane forgets every step"
                        + ("; a current past k thresholds gives k spikes" if several else ""),
                        status="approximated" if several else "exact")
        ]  # fmt: skip
    if decay.kind == "short":
        return [
            FidelityRow(feature="no synapse", where=name, wanted="a spike acts in its step alone",
                        done="half of it at once, a quarter in the next step, and so on: the relays do not fit",
                        status="approximated")
        ]  # fmt: skip
    if decay.kind == "instant":
        return [
            FidelityRow(feature="no synapse", where=name, wanted="a spike acts in its step alone",
                        done="twice the weight in the shortest synapse, half of it taken back by relays",
                        status="exact")
        ]  # fmt: skip
    return []


def _start(population: Population) -> list[FidelityRow]:
    start = population.neuron.v_start
    if start is None or not start.any():
        return []
    largest = float(np.abs(start).max())
    return [
        FidelityRow(feature="initial membrane", where=population.name, wanted=f"up to {largest:.3g} from rest",
                    done="starts at rest: nothing can be loaded", status="approximated")
    ]  # fmt: skip


def _onset(population: Population, quantized: Quantized) -> list[FidelityRow]:
    """Constants of the register act from chip step 0; those of the clock when they should."""
    lag = quantized.lowered.lag[population.name]
    if any(link.source == CLOCK for link in quantized.lowered.into(population.name)):
        return [
            FidelityRow(feature="bias onset", where=population.name, wanted=f"from chip step {lag}",
                        done="a neuron that spikes in every step, through relays", status="exact")
        ]  # fmt: skip
    if not quantized.lowered.constants[population.name].any() or not lag:
        return []
    return [
        FidelityRow(feature="bias onset", where=population.name, wanted=f"from chip step {lag}",
                    done="its value from chip step 0", status="approximated")
    ]  # fmt: skip


def _relays(quantized: Quantized) -> list[FidelityRow]:
    return [
        FidelityRow(feature="delay", where=p.name.partition(":")[2], wanted="its spikes a step later as well",
                    done=f"{p.size} relay neurons", status="exact")
        for p in quantized.network.populations
        if p.role == ROLE
    ]  # fmt: skip
