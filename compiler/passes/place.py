"""Gives each core of a partition its site on the board, and refuses more cores than the target has.

Site s is core s % cores_per_chip of chip s // cores_per_chip. Pinned populations are where they were pinned to,
cores of an earlier placement where they were, all others on the free sites in order of use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...sim.diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ...sim.nirpath import shown
from ...targets.model import Target
from ..core_usage import RESOURCES
from ..placement import Placement


def place(placement: Placement, target: Target, pins: Mapping[str, int]) -> Placement:
    """`placement` with a site for each core. pins: population -> site.

    Raises DiagnosticError: SPK0505 for a pin that names no population or site, SPK2003 when the target has fewer
    cores, SPK2005 where a pinned population, or those of one pin together, need more than one core."""
    if placement.cores > target.cores:
        raise DiagnosticError((_too_many_cores(placement, target),))
    fixed = _pinned(placement, target, pins)
    if not fixed and not placement.sites:
        return placement
    sites: dict[int, int] = dict(fixed)
    for core, site in enumerate(placement.sites):
        if core not in sites and site not in sites.values():
            sites[core] = site
    free = iter(sorted(set(range(target.cores)) - set(sites.values())))
    order = tuple(sites[core] if core in sites else next(free) for core in range(placement.cores))
    return replace(placement, sites=() if order == tuple(range(placement.cores)) else order)


def pins_hold(placement: Placement, pins: Mapping[str, int]) -> bool:
    """Whether `placement` has every pinned population on its site already, and nothing else there."""
    on: dict[str, set[int]] = {}
    for piece in placement.slices:
        on.setdefault(piece.population, set()).add(placement.site(piece.core))
    return all(
        sites == {pins[name]} if name in pins else not sites & set(pins.values())
        for name, sites in on.items()
    )


def _pinned(placement: Placement, target: Target, pins: Mapping[str, int]) -> dict[int, int]:
    """core -> site."""
    found: list[Diagnostic] = []
    cores: dict[str, list[int]] = {}
    for piece in placement.slices:
        cores.setdefault(piece.population, []).append(piece.core)
    sites: dict[int, int] = {}
    for name, site in sorted(pins.items()):
        if name not in cores:
            hint = "populations: " + ", ".join(shown(other) for other in sorted(cores))
            found.append(error("SPK0505", f"there is no population {shown(name)} to pin", hint=hint))
        elif site >= target.cores:
            text = f"{shown(name)} is pinned to core {site}; the target has cores 0 to {target.cores - 1}"
            found.append(error("SPK0505", text))
        else:
            sites |= dict.fromkeys(cores[name], site)
    for site in sorted(set(sites.values())):
        held = sorted(core for core, where in sites.items() if where == site)
        if len(held) > 1:
            names = ", ".join(shown(n) for n, where in sorted(pins.items()) if where == site)
            text = f"{names} pinned to core {site} need{'' if ',' in names else 's'} {len(held)} cores"
            hint = "pin only what one core holds: fewer populations a pin, or none that is cut"
            found.append(error("SPK2005", text, hint=hint))
    raise_errors(found)
    return sites


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
        hint="raise --chips for a larger board, or make the named layer smaller",
        needed=f"{placement.cores:,} cores",
        available=f"{target.cores:,} cores ({grid.chips:,} x {grid.cores_per_chip:,})",
        most_used=f"{name.replace('_', ' ')}: {total:,} in all, {share:.0%} of those cores' capacity",
        largest=f"{largest} is on {counts[largest]:,} cores",
        tried=f"{placement.certificate.status}; {placement.certificate.family}",
    )
