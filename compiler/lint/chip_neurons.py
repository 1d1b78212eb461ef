"""Says what a chip's neurons do otherwise than the network's, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

from ...sim.diagnostic import Diagnostic, note, warning
from ...sim.nir.path import shown
from ..ir.fidelity_row import Status
from .subject import Subject


def chip_neurons(subject: Subject) -> list[Diagnostic]:
    """SPK0707 for each thing that the chip's neurons approximate, with what needs consent in front; what it refuses
    is a warning here, with the code of the refusal."""
    on_chip = subject.on_chip
    if on_chip is None:
        return []
    found = [replace(d, severity="warning") for d in (*on_chip.asks, *on_chip.refused)]
    advice = {d.code: d.hint for d in on_chip.asks}
    alike: dict[tuple[str, str, str, Status], list[str]] = {}
    for row in on_chip.rows:
        if row.status != "exact":
            alike.setdefault((row.feature, row.wanted, row.done, row.status), []).append(row.where)
    for (feature, wanted, done, status), places in alike.items():
        message = f"{shown(', '.join(places))}: {feature}: {wanted}; {subject.title}: {done}"
        if status == "impossible":
            found.append(warning("SPK0707", message, hint=advice.get("SPK1020", "")))
        else:
            found.append(note("SPK0707", message, hint="" if advice else _measured()))
    return found


def _measured() -> str:
    return "`spikec compile` with a stimulus measures what it costs"
