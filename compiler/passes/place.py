"""Gives each core of a partition its chip, and refuses more cores than the target has.

Cores are numbered in order of use, so core c is core c % cores_per_chip of chip c // cores_per_chip.
"""

from __future__ import annotations

from ...sim.diagnostic import Diagnostic, DiagnosticError, error
from ...targets.model import Target
from ..core_usage import RESOURCES
from ..placement import Placement


def place(placement: Placement, target: Target) -> tuple[tuple[int, int], ...]:
    """(chip, core on that chip) of each core of `placement`.

    Raises DiagnosticError: SPK2003 when the target has fewer cores."""
    if placement.cores > target.cores:
        raise DiagnosticError((_too_many_cores(placement, target),))
    per_chip = target.grid.cores_per_chip
    return tuple((core // per_chip, core % per_chip) for core in range(placement.cores))


def binding_resource(placement: Placement) -> tuple[str, float]:
    """The resource that alone fills the largest share of the used cores, and that share (0..1)."""
    shares = {
        name: sum(used[name] for used in placement.used) / (placement.cores * placement.available[name])
        for name in RESOURCES
    }
    name = max(RESOURCES, key=lambda n: shares[n])
    return name, shares[name]


def _too_many_cores(placement: Placement, target: Target) -> Diagnostic:
    name, share = binding_resource(placement)
    total = sum(used[name] for used in placement.used)
    counts: dict[str, int] = {}
    for piece in placement.slices:
        counts[piece.population] = counts.get(piece.population, 0) + 1
    largest = max(sorted(counts), key=lambda population: counts[population])
    grid = target.grid
    return error(
        "SPK2003",
        f"the network needs {placement.cores:,} cores; {target.title} as configured has {target.cores:,}",
        hint="raise grid.chips for a larger board, or make the named layer smaller",
        needed=f"{placement.cores:,} cores",
        available=f"{target.cores:,} cores ({grid.chips:,} x {grid.cores_per_chip:,})",
        most_used=f"{name.replace('_', ' ')}: {total:,} in all, {share:.0%} of those cores' capacity",
        largest=f"{largest} is on {counts[largest]:,} cores",
        tried=f"{placement.certificate.status}; {placement.certificate.family}",
    )
