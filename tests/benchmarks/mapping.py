"""Cores and packets per step of six networks: in order, by Mt-KaHyPar, by METIS and by spikec; then hops on a mesh.

    python -m tests.benchmarks.mapping [NETWORK ...]     from the repository root; `pip install .[benchmarks]` for
                                                         the two partitioners

Seconds are of processor time, all threads, without compiling kernels, importing, or building a network: everything
runs once on a small network first, and every row begins with a fresh copy of its network. Packets are spikes per step
times destination cores other than their own. Every row obeys all limits; LeNet's are counted again with sets.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from spikec.compiler.mapping import tiles
from spikec.compiler.mapping.bounds import core_bound
from spikec.compiler.mapping.graph import RATE_UNITS, GroupedGraph, Limits
from spikec.compiler.mapping.mapper import Mapped, map_graph
from spikec.compiler.mapping.mesh import gilmore_lawler, hilbert, hops_of, in_kernel, place_on_mesh
from spikec.compiler.mapping.mesh_kernel import settle
from spikec.compiler.mapping.metric import Cost, measure, traffic

from ..compiler.mapping.by_sets import count
from .mapping_peers import Part, channel_last, in_order, metis, mtkahypar
from .networks import NETWORKS, Builder, reservoir

PEER_CORES = {"MLP": 6, "LeNet": 24, "reservoir 2k": 10, "LSM 10k": 42, "DVS": 186, "VGG-11": 663}
"""What the two partitioners are asked for: few cores, but enough that few of them break a limit."""
IMBALANCE = {"LSM 10k": 0.01}
SLACK = {"LeNet": 0.05, "DVS": 0.1, "VGG-11": 0.08}
COUNTED_AGAIN = "LeNet"
WIDTHS = (-13, -24, 6, 12, 11, 7)


@dataclass(frozen=True)
class Row:
    """cost: None for a program that is not installed."""

    method: str
    cost: Cost | None
    seconds: float = 0.0
    note: str = ""


def partitions(
    name: str, build: Callable[[], GroupedGraph], limits: Limits
) -> Iterator[tuple[Row, Mapped | None]]:
    """Every row of a network; with ours, the whole answer."""

    def checked(core: np.ndarray) -> Cost:
        cost = measure(build(), core)
        if not cost.within(limits):
            raise ValueError(f"{name}: a core breaks a limit")
        if name == COUNTED_AGAIN:
            count_again(build(), core, cost)
        return cost

    for order, words in ((channel_first, "channel-first"), (channel_last, "channel-last")):
        part = ordered(build(), limits, order)
        yield Row(f"in order, {words}", checked(part.core), part.seconds), None
    imbalance = IMBALANCE.get(name, 0.03)
    for method, other in (
        ("Mt-KaHyPar", mtkahypar(build(), limits, PEER_CORES[name], imbalance)),
        ("METIS", metis(build(), limits, PEER_CORES[name])),
    ):
        if other is None:
            yield Row(method, None), None
        else:
            note = f"asked for {PEER_CORES[name]}; {other.broken} repaired"
            yield Row(method, checked(other.core), other.seconds, note), None
    for slack in [0.0, SLACK[name]] if name in SLACK else [0.0]:
        graph = build()
        begin = time.process_time()
        found = map_graph(graph, limits, slack=slack)
        seconds = time.process_time() - begin
        words = f"spikec, {slack:.0%} more cores" if slack else "spikec, fewest cores"
        yield Row(words, checked(found.core), seconds, proven(found)), None if slack else found


def ordered(graph: GroupedGraph, limits: Limits, order: Callable[[GroupedGraph], np.ndarray]) -> Part:
    begin = time.process_time()
    core = in_order(graph, limits, order(graph))
    return Part(core=core, seconds=time.process_time() - begin)


def channel_first(graph: GroupedGraph) -> np.ndarray:
    return np.arange(graph.vertices)


def proven(found: Mapped) -> str:
    """What is proven of the answer, in words."""
    least = found.least_cores
    words = ["fewest cores" if found.cost.cores == least else f"at least {least} cores"]
    for proof in found.proofs:
        which = "of its tiles" if proof.family == tiles.FAMILY else "of its traversals"
        limit = "optimal" if proof.proven else f"bound {proof.bound:,.1f}"
        words.append(f"{proof.value:,.1f} {limit} {which}")
    return "; ".join(words)


def count_again(graph: GroupedGraph, core: np.ndarray, cost: Cost) -> None:
    """Raises ValueError where sets count otherwise."""
    other = count(graph, core.tolist())
    same = (
        abs(other.packets - cost.packets) < 1e-6
        and other.neurons == cost.core_neurons.tolist()
        and other.axons == cost.core_axons.tolist()
        and other.memory == cost.core_memory.tolist()
    )
    if not same:
        raise ValueError(f"{graph.name}: {cost.packets} packets, counted with sets {other.packets}")


def print_cells(*cells: str) -> None:
    aligned = (
        f"{cell:{'<' if width < 0 else '>'}{abs(width)}}" for cell, width in zip(cells, WIDTHS, strict=False)
    )
    print(" ".join(aligned), *cells[len(WIDTHS) :], flush=True)


def print_row(name: str, row: Row) -> None:
    if row.cost is None:
        print_cells(name, row.method, "not installed")
        return
    cost = row.cost
    packets, axons, seconds = f"{cost.packets:,.2f}", f"{cost.axons:,}", f"{row.seconds:.2f}"
    print_cells(name, row.method, f"{cost.cores:,}", packets, axons, seconds, row.note)


@dataclass(frozen=True)
class Site:
    """A way to place cores: its hops per step and seconds."""

    method: str
    hops: float
    seconds: float


def placements(between: np.ndarray, rows: int, columns: int) -> list[Site]:
    """between: (cores, cores) packets per step."""
    cores = len(between)

    def settled() -> np.ndarray:
        flow = np.rint((between + between.T) * RATE_UNITS).astype(np.int64)
        mesh, _ = in_kernel(flow, columns, hilbert(rows, columns)[:cores], rows * columns)
        settle(mesh, 1)
        return mesh.site

    found: list[Site] = []
    for method, place in (
        ("row-major", lambda: np.arange(cores)),
        ("Hilbert", lambda: hilbert(rows, columns)[:cores]),
        ("Hilbert, force-directed", settled),
        ("spikec", lambda: place_on_mesh(between, rows, columns)),
    ):
        begin = time.process_time()
        site = place()
        seconds = time.process_time() - begin
        if len(np.unique(site)) != cores or site.min() < 0 or site.max() >= rows * columns:
            raise ValueError("two cores on a site")
        found.append(Site(method, hops_of(between, rows, columns, site), seconds))
    return found


def print_placements(name: str, graph: GroupedGraph, found: Mapped) -> None:
    between = traffic(graph, found.core)
    columns = int(np.ceil(np.sqrt(len(between))))
    rows = -(-len(between) // columns)
    bound = gilmore_lawler(between, rows, columns)
    sites = placements(between, rows, columns)
    for site in sites:
        if site.hops < bound - 1e-6:
            raise ValueError(f"{name}: {site.hops} hops, below the bound {bound}")
        fewer = 1 - site.hops / sites[2].hops if sites[2].hops else 0.0
        note = f"{fewer:.1%} fewer than force-directed" if site is sites[-1] else ""
        print_cells(
            name,
            site.method,
            f"{rows}x{columns}",
            f"{site.hops:,.2f}",
            f"{bound:,.2f}",
            f"{site.seconds:.2f}",
            note,
        )


def warm_up() -> None:
    """Compiles every kernel, imports every module."""
    small = Builder("small")
    small.dense(small.pool(small.conv(small.input(1, 0.1, 8, 8), 4, 3)), 40)
    graphs = (small.graph(), reservoir("loop", 150, 0.1, spatial=True))
    for graph in graphs:
        for _, found in partitions(
            "MLP", lambda graph=graph: graph, Limits(neurons=40, axons=256, memory=8192)
        ):
            if found is not None:
                placements(traffic(graph, found.core), 4, 4)


def main() -> None:
    names = sys.argv[1:] or list(NETWORKS)
    for unknown in [name for name in names if name not in NETWORKS]:
        raise SystemExit(f"no network {unknown}; there are: {', '.join(NETWORKS)}")
    warm_up()
    answers: dict[str, Mapped] = {}
    print_cells("network", "method", "cores", "packets/step", "axons", "CPU s", "proven, or asked for")
    for name in names:
        build, limits = NETWORKS[name]
        for row, found in partitions(name, build, limits):
            print_row(name, row)
            if found is not None:
                answers[name] = found
        print_cells(name, "lower bound", str(core_bound(build(), limits)))
    print()
    print_cells("network", "sites of the cores", "mesh", "hops/step", "bound", "CPU s")
    for name, found in answers.items():
        print_placements(name, NETWORKS[name][0](), found)


if __name__ == "__main__":
    main()
