"""Refuses neurons of another kind than a chip has, and membranes where it sends spikes (SPK1004)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...sim.diagnostic import Diagnostic, error
from ...sim.nir.path import shown, stored_at
from ...targets.chip import Chip
from ..ir.network import Network
from ..ir.timed_network import TimedPopulation
from .filters import as_a_synapse
from .reading_changes import rules_by_field
from .reading_words import trained_with, wanted_in_words


def other_kind(path: str, reasons: Sequence[str], title: str, *, use: str) -> Diagnostic:
    """Report neurons that a chip does not have (SPK1004). reasons: what they do that its neurons do not. use: what
    to use in their place."""
    return error(
        "SPK1004",
        f"{shown(path)} {' and '.join(reasons)}; {title} has no such neurons",
        where=stored_at(path),
        hint=f"use {use}, or run this population on the host",
    )


def refused_values(path: str, values: Mapping[str, object], target: Chip) -> Diagnostic:
    """Report values of a reading that a chip refuses (SPK1004). values: field -> wanted value."""
    has = rules_by_field(target.dialect)
    use = [trained_with(field, has[field].exact[0]) for field in values if has[field].exact]
    reasons = [wanted_in_words(field, value) for field, value in values.items()]
    return other_kind(path, reasons, target.title, use=" and ".join(use) or "other neurons")


def not_integrate_and_fire(population: TimedPopulation, target: Chip) -> list[Diagnostic]:
    """List what a chip lacks for a population (SPK1004) if its neurons only integrate, fire and reset and nothing but
    spikes leaves it."""
    neuron = population.neuron
    reasons: list[str] = []
    if neuron.alpha is not None:
        reasons.append("has a synaptic current")
    if neuron.theta is None:
        reasons.append("never spikes, while nothing but spikes leaves the chip")
    elif float(neuron.theta.min(initial=1.0)) <= 0:
        lowest = float(neuron.theta.min()) + population.origin
        reasons.append(
            f"has a threshold of {lowest:.4g}, no higher than a spike leaves the membrane, and "
            "would spike without end"
        )
    elif neuron.reset == "none" and "none" in target.dialect.reset.refused:
        reasons.append(wanted_in_words("reset", "none"))
    if not reasons:
        return []
    kinds = "IF or LIF" if not target.dialect.leak.needs_consent else "IF"
    return [other_kind(population.name, reasons, target.title, use=f"{kinds} neurons")]


def membranes_between(network: Network, title: str) -> list[Diagnostic]:
    """Report each connection that would have to carry a membrane from neurons to neurons (SPK1004)."""
    diagnostics: list[Diagnostic] = []
    for p in network.projections:
        silent = p.pre in network.populations and network.populations[p.pre].neuron.theta is None
        if silent and p.post in network.populations:
            message = f"{shown(p.pre)} never spikes, and {title} carries no membrane to {shown(p.post)}"
            others = ("put a Threshold behind it, or read it out as an Output", as_a_synapse(network, p.pre))
            hint = "; or ".join(text for text in others if text)
            diagnostics.append(error("SPK1004", message, where=stored_at(p.pre), hint=hint))
    return diagnostics
