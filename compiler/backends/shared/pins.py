"""Checks that pins name populations and places that there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ....sim.diagnostic import Diagnostic, error
from ....sim.near_names import hint_of
from ....sim.nir.path import shown


def wrong_pins(pins: Mapping[str, int], populations: Collection[str], sites: int) -> list[Diagnostic]:
    """Report each pin of no population, or to a core past the last of `sites` (SPK0505)."""
    diagnostics: list[Diagnostic] = []
    for name, site in sorted(pins.items()):
        if name not in populations:
            hint = hint_of(name, sorted(populations), "populations")
            diagnostics.append(error("SPK0505", f"there is no population {shown(name)} to pin", hint=hint))
        elif site >= sites:
            text = f"{shown(name)} is pinned to core {site}; the target has cores 0 to {sites - 1}"
            diagnostics.append(error("SPK0505", text))
    return diagnostics
