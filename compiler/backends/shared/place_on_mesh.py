"""Assigns the cores of a partition to sites on the board, and refuses more cores than the target has.

Site s is core s % cores_per_chip of chip s // cores_per_chip; the cores of a chip are a mesh, row by row, and chips
lie side by side. Pinned populations are where they were pinned to, cores of an earlier placement where they were;
else all are where packets travel fewest hops.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ....sim.nir.path import shown
from ....targets.chip import MeshChip
from ...ir.placement import Placement
from ...ir.report import MeshTraffic
from .pins import wrong_pins


def place(
    placement: Placement, target: MeshChip, pins: Mapping[str, int], traffic: np.ndarray | None = None
) -> Placement:
    """Choose a site for each core of `placement`.

    pins: population -> site. traffic: (cores, cores) packets a step from core to core; None: sites in order of use.

    Raises DiagnosticError: SPK0505 for a pin that names no population or site, SPK2003 when the target has fewer
    cores, SPK2005 where a pinned population, or those of one pin together, need more than one core."""
    if placement.cores > target.cores:
        raise DiagnosticError((_too_many_cores(placement, target),))
    fixed = _pinned(placement, target, pins)
    if not fixed and not placement.sites:
        if traffic is None or placement.cores == 1:
            return placement
        return _at(placement, _on_mesh(traffic, target))
    sites: dict[int, int] = dict(fixed)
    for core, site in enumerate(placement.sites):
        if core not in sites and site not in sites.values():
            sites[core] = site
    free = iter(sorted(set(range(target.cores)) - set(sites.values())))
    order = tuple(sites[core] if core in sites else next(free) for core in range(placement.cores))
    return _at(placement, order)


def _at(placement: Placement, sites: tuple[int, ...]) -> Placement:
    return replace(placement, sites=() if sites == tuple(range(placement.cores)) else sites)


def mesh_cost(placement: Placement, target: MeshChip, traffic: np.ndarray, rates: str) -> MeshTraffic:
    """What a placement costs on the mesh, and how little any could."""
    from ...mapping.mesh import gilmore_lawler, hops_of

    chips = 1 + max(placement.site(core) for core in range(placement.cores)) // target.grid.cores_per_chip
    rows, columns = _rows(target), _columns(target, chips)
    site = np.array([_mesh_site(placement.site(core), target, columns) for core in range(placement.cores)])
    hops = hops_of(traffic, rows, columns, site)
    bound = min(gilmore_lawler(traffic, rows, columns), hops)
    return MeshTraffic(
        rows=rows,
        columns=columns,
        packets=float(traffic.sum()),
        hops=float(hops),
        bound=float(bound),
        rates=rates,
    )


def _on_mesh(traffic: np.ndarray, target: MeshChip) -> tuple[int, ...]:
    """Sites on as few chips as hold the cores, moved as far as they go to the first row and column."""
    from ...mapping.mesh import place_on_mesh

    columns = _columns(target, -(-len(traffic) // target.grid.cores_per_chip))
    row, column = np.divmod(place_on_mesh(traffic, _rows(target), columns), columns)
    row, column = row - row.min(), column - column.min()
    wide = _columns(target, 1)
    site = (column // wide) * target.grid.cores_per_chip + row * wide + column % wide
    return tuple(site.tolist())


def _rows(target: MeshChip) -> int:
    """As many as declared, or the next fewer that the cores of a chip fill."""
    return next(rows for rows in range(target.grid.rows, 0, -1) if target.grid.cores_per_chip % rows == 0)


def _columns(target: MeshChip, chips: int) -> int:
    return chips * (target.grid.cores_per_chip // _rows(target))


def _mesh_site(site: int, target: MeshChip, columns: int) -> int:
    wide = _columns(target, 1)
    chip, core = divmod(site, target.grid.cores_per_chip)
    return core // wide * columns + chip * wide + core % wide


def pins_hold(placement: Placement, pins: Mapping[str, int]) -> bool:
    """Whether `placement` already has every pinned population on its site, and nothing else there."""
    on: dict[str, set[int]] = {}
    for piece in placement.slices:
        on.setdefault(piece.population, set()).add(placement.site(piece.core))
    return all(
        sites == {pins[name]} if name in pins else not sites & set(pins.values())
        for name, sites in on.items()
    )


def _pinned(placement: Placement, target: MeshChip, pins: Mapping[str, int]) -> dict[int, int]:
    """core -> site."""
    cores: dict[str, list[int]] = {}
    for piece in placement.slices:
        cores.setdefault(piece.population, []).append(piece.core)
    diagnostics = wrong_pins(pins, cores, target.cores)
    raise_errors(diagnostics)
    sites = {core: site for name, site in sorted(pins.items()) for core in cores[name]}
    for site in sorted(set(sites.values())):
        pinned_here = sorted(core for core, where in sites.items() if where == site)
        if len(pinned_here) > 1:
            names = ", ".join(shown(n) for n, where in sorted(pins.items()) if where == site)
            text = f"{names} pinned to core {site} need{'' if ',' in names else 's'} {len(pinned_here)} cores"
            hint = "pin only what one core holds: fewer populations a pin, or none that is cut"
            diagnostics.append(error("SPK2005", text, hint=hint))
    raise_errors(diagnostics)
    return sites


def binding_resource(placement: Placement) -> tuple[str, float]:
    """Name the resource that fills the largest share of the used cores, and that share (0..1)."""
    shares = {
        name: sum(used[name] for used in placement.used)
        / sum(placement.limit(core, name) for core in range(placement.cores))
        for name in placement.available
    }
    name = max(placement.available, key=lambda n: shares[n])
    return name, shares[name]


def _too_many_cores(placement: Placement, target: MeshChip) -> Diagnostic:
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
        hint="use a larger board (--chips, where the target has one), or make the named layer smaller",
        needed=f"{placement.cores:,} cores",
        available=f"{target.cores:,} cores ({grid.chips:,} x {grid.cores_per_chip:,})",
        most_used=f"{name.replace('_', ' ')}: {total:,} in all, {share:.0%} of those cores' capacity",
        largest=f"{largest} is on {counts[largest]:,} cores",
        tried=f"{placement.certificate.status}; {placement.certificate.family}",
    )
