"""Places cores on the sites of a mesh: fewest hops a step, with a bound below which no placement goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .graph import RATE_UNITS

if TYPE_CHECKING:
    from .mesh_kernel import Mesh

_SWEEPS = 20_000
_WORK = 200_000_000  # flows looked at by one annealing
MANY_CORES = 512
HALF = 26
"""Bits of a flow that are multiplied together, the low ones; 2**26 times a way, times cores, is below 2**53."""
_HEATS = (3.0, 1.0)  # at first, in mean flows times the mean distance


def place_on_mesh(traffic: np.ndarray, rows: int, columns: int, seed: int = 1) -> np.ndarray:
    """(cores,) int64 site of each core, row * columns + column, for few hops.

    traffic: (cores, cores) packets per step from core to core, >= 0; its diagonal does not count. Flows are rounded
    to units of 2**-24 packets; sums stay below 2**63. Raises ValueError where the mesh is too small."""
    cores = len(traffic)
    if cores > rows * columns:
        raise ValueError(f"{cores} cores on a mesh of {rows} x {columns}")
    flow = _flow(traffic)
    distance = manhattan(rows, columns)
    starts = [hilbert(rows, columns)[:cores], _spectral(flow, columns)]
    placements = list(starts)
    if flow.any():
        mean = float(flow.sum()) / int((flow > 0).sum()) * (rows + columns) / 3
        placements += [
            _annealed(flow, columns, start, heat * mean, rows * columns, seed)
            for start in starts
            for heat in _HEATS
        ]
    best = min(placements, key=lambda site: _hops(flow, distance, site))
    return _settled(flow, columns, best, rows * columns) if flow.any() else best


def hops_of(traffic: np.ndarray, rows: int, columns: int, site: np.ndarray) -> float:
    """Count packets a step times the Manhattan distance they go, once for each destination core."""
    return _hops(_flow(traffic), manhattan(rows, columns), site) / RATE_UNITS


def gilmore_lawler(traffic: np.ndarray, rows: int, columns: int) -> float:
    """Bound the hops of all placements on the mesh from below: half the cheapest assignment of cores to sites where
    each core has its largest flows to the nearest sites (Gilmore 1962, Lawler 1963)."""
    others = len(traffic) - 1
    if others < 1:
        return 0.0
    from scipy.optimize import linear_sum_assignment

    flow, distance = _flow(traffic), manhattan(rows, columns)
    off = ~np.eye(len(flow), dtype=bool)
    largest = -np.sort(-flow[off].reshape(len(flow), others), axis=1)
    nearest = np.sort(distance, axis=1)[:, 1 : others + 1]
    cost = _product(largest, nearest.T)
    chosen = linear_sum_assignment(cost)
    return float(cost[chosen].sum()) / 2 / RATE_UNITS


def _product(flow: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """`flow @ distance` of int64, exactly: a product of floats for each half of the bits of the flows, whose sums are
    below 2**53 as the whole ones are below 2**63, and numpy has products of floats that are quick."""
    high, low = np.divmod(flow, 1 << HALF)
    products = [
        (part.astype(np.float64) @ distance.astype(np.float64)).astype(np.int64) for part in (high, low)
    ]
    return (products[0] << HALF) + products[1]


def _flow(traffic: np.ndarray) -> np.ndarray:
    """(cores, cores) int64 symmetric, RATE_UNITS: both ways together."""
    flow = np.rint((traffic + traffic.T) * RATE_UNITS).astype(np.int64)
    np.fill_diagonal(flow, 0)
    return flow


def _hops(flow: np.ndarray, distance: np.ndarray, site: np.ndarray) -> int:
    return int((flow * distance[site[:, None], site]).sum()) // 2


def manhattan(rows: int, columns: int) -> np.ndarray:
    """Distances between sites row * columns + column: (sites, sites) int64 hops."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    return np.abs(y[:, None] - y) + np.abs(x[:, None] - x)


def hilbert(rows: int, columns: int) -> np.ndarray:
    """Order the sites along a Hilbert curve through the smallest square of a power of two around the mesh."""
    side = 1 << max(rows - 1, columns - 1, 0).bit_length()
    order = sorted(range(rows * columns), key=lambda s: _along_curve(side, s // columns, s % columns))
    return np.array(order, dtype=np.int64)


def _spectral(flow: np.ndarray, columns: int) -> np.ndarray:
    """Cores at their coordinates in the two slowest modes of the flow: rows filled by one, columns by the other."""
    cores = len(flow)
    degree = np.maximum(flow.sum(axis=1).astype(float), 1.0)
    walk = flow / np.sqrt(degree[:, None] * degree[None, :])
    modes = _slowest(walk) / np.sqrt(degree)[:, None]
    first, second = (modes[:, min(k, cores - 1)] for k in (1, 2))
    site = np.empty(cores, dtype=np.int64)
    across = np.argsort(first, kind="stable")
    used = -(-cores // columns)  # as few rows as hold them
    for row, members in enumerate(np.array_split(across, used)):
        site[members[np.argsort(second[members], kind="stable")]] = row * columns + np.arange(len(members))
    return site


def _slowest(walk: np.ndarray) -> np.ndarray:
    """(cores, 3 or more) the modes of a symmetric matrix, the slowest first: of a large one these alone, by Lanczos'
    method from a fixed start, or all where that does not find them."""
    cores = len(walk)
    if cores <= MANY_CORES:
        return np.linalg.eigh(walk)[1][:, ::-1]
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import ArpackError, eigsh

    start = np.random.default_rng(0).random(cores)
    try:
        return eigsh(csr_array(walk), k=3, which="LA", v0=start)[1][:, ::-1]
    except ArpackError:
        return np.linalg.eigh(walk)[1][:, ::-1]


def _annealed(
    flow: np.ndarray, columns: int, start: np.ndarray, heat: float, sites: int, seed: int
) -> np.ndarray:
    """heat: in units of `flow`."""
    from .mesh_kernel import cool

    mesh, unit = in_kernel(flow, columns, start, sites)
    sweeps = max(10, min(_SWEEPS, _WORK // len(start) ** 2))
    random = np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64)
    cool(mesh, heat * unit, sweeps, random)
    return mesh.site


def _settled(flow: np.ndarray, columns: int, start: np.ndarray, sites: int) -> np.ndarray:
    """`start` after every move and exchange that helps; itself where none does at the kernels' precision."""
    from .mesh_kernel import settle

    mesh, _ = in_kernel(flow, columns, start, sites)
    settle(mesh, sites)
    distance = manhattan(sites // columns, columns)
    return min((start, mesh.site), key=lambda site: _hops(flow, distance, site))


def in_kernel(flow: np.ndarray, columns: int, start: np.ndarray, sites: int) -> tuple[Mesh, float]:
    """Convert a placement to the state of the kernels; returns how many of their units one of `flow` is, too."""
    from .mesh_kernel import Mesh

    row, column = (axis.astype(np.int32) for axis in np.divmod(np.arange(sites), columns))
    most = 2 * float(flow.sum(axis=1).max()) * (sites // columns + columns)
    unit = min(1.0, (2**31 - 1 - 2 * len(flow) * sites) / max(most, 1.0))
    item = np.full(sites, -1, dtype=np.int64)
    item[start] = np.arange(len(start))
    scaled = np.floor(flow * unit).astype(np.int32)
    return Mesh(scaled, row, column, start.copy(), item, row[start], column[start]), unit


def _along_curve(side: int, row: int, column: int) -> int:
    """Position of a site on the Hilbert curve of a square of `side` sites."""
    position, half = 0, side // 2
    while half:
        right, down = (column & half) > 0, (row & half) > 0
        position += half * half * ((3 * right) ^ down)
        if not down:
            if right:
                column, row = half - 1 - (column & (half - 1)), half - 1 - (row & (half - 1))
            column, row = row, column
        half //= 2
    return position
