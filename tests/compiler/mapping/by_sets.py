"""The cost of a partition counted with Python sets, source by source: slow, and nothing shared with the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spikec.compiler.mapping.graph import GroupedGraph


@dataclass(frozen=True)
class Counted:
    """traffic: (from core, to core) -> packets per step, without those of external sources."""

    packets: float
    neurons: list[int]
    axons: list[int]
    memory: list[int]
    traffic: dict[tuple[int, int], float]


def count(graph: GroupedGraph, core: Sequence[int]) -> Counted:
    """core: the core 0 .. k - 1 of each vertex."""
    cores = max(core, default=-1) + 1
    heard: list[set[int]] = [set() for _ in range(cores)]
    fan_in = [0] * graph.vertices
    packets, traffic = 0.0, dict[tuple[int, int], float]()
    for group in range(graph.groups):
        members = range(graph.member_start[group], graph.member_start[group + 1])
        targets = graph.target[graph.target_start[group] : graph.target_start[group + 1]].tolist()
        size = len(members) if graph.axons is None else int(graph.axons[group])
        reached = {core[v] for v in targets}
        for v in targets:
            fan_in[v] += size
        for there in reached:
            heard[there].add(group)
        for i in members:
            rate, source = float(graph.member_rate[i]), int(graph.member[i])
            home = core[source] if source >= 0 else None
            for there in sorted(reached - {home}):
                packets += rate
                if home is not None:
                    traffic[home, there] = traffic.get((home, there), 0.0) + rate
    sizes = graph.group_axons.tolist()
    takes = fan_in if graph.memory is None else graph.memory.tolist()
    return Counted(
        packets=packets,
        neurons=[sum(1 for c in core if c == k) for k in range(cores)],
        axons=[sum(sizes[g] for g in groups) for groups in heard],
        memory=[sum(takes[v] for v, c in enumerate(core) if c == k) for k in range(cores)],
        traffic=traffic,
    )
