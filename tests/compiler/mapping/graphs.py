"""Random grouped graphs, small enough for exhaustive search, and limits under which each vertex fits on a core."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st
from spikec.compiler.mapping.graph import EXTERNAL, GroupedGraph, Layer, Limits
from spikec.compiler.mapping.metric import Cost, measure

SEEDS = st.integers(0, 2**31)


def made(
    layers: list[Layer],
    members: list[list[int]],
    targets: list[list[int]],
    rates: list[float] | None = None,
    axons: list[int] | None = None,
    memory: list[int] | None = None,
) -> GroupedGraph:
    """A graph from its groups; rates: one for each member, 1 if not given."""
    flat = [v for held in members for v in held]
    return GroupedGraph(
        name="made",
        layers=tuple(layers),
        member=np.array(flat, dtype=np.int64),
        member_rate=np.array(rates if rates is not None else [1.0] * len(flat)),
        member_start=np.cumsum([0, *map(len, members)]),
        target=np.array([v for held in targets for v in held], dtype=np.int64),
        target_start=np.cumsum([0, *map(len, targets)]),
        axons=None if axons is None else np.array(axons, dtype=np.int64),
        memory=None if memory is None else np.array(memory, dtype=np.int64),
    )


def flat(vertices: int) -> list[Layer]:
    return [Layer(kind="flat", first=0, channels=vertices)]


def random_layers(random: np.random.Generator, vertices: int) -> list[Layer]:
    """Flat and spatial ones, some sliding over the one before."""
    found: list[Layer] = []
    first = 0
    while first < vertices:
        size = int(random.integers(1, vertices - first + 1))
        if random.random() < 0.5:
            found.append(Layer(kind="flat", first=first, channels=size))
        else:
            channels = int(random.choice([c for c in range(1, size + 1) if size % c == 0]))
            height = int(
                random.choice([h for h in range(1, size // channels + 1) if size // channels % h == 0])
            )
            slides = bool(found) and found[-1].kind == "spatial" and random.random() < 0.7
            stride, middle = ((int(random.integers(low, 3)), int(random.integers(low, 3))) for low in (1, 0))
            found.append(
                Layer(
                    kind="spatial", first=first, channels=channels, height=height,
                    width=size // channels // height, stride=stride, middle=middle,
                    source=len(found) - 1 if slides else None,
                )
            )  # fmt: skip
        first += size
    return found


def random_graph(seed: int, most: int = 7, *, plain: bool = False) -> GroupedGraph:
    """1 to `most` vertices; rates are whole numbers of 1/64, so that sums are exact. plain: axons and memory follow
    from the synapses."""
    random = np.random.default_rng(seed)
    vertices = int(random.integers(1, most + 1))
    sources = random.permutation(vertices)[: random.integers(0, vertices + 1)].tolist()
    members: list[list[int]] = []
    while sources:
        count = int(random.integers(1, 4))
        members.append(sources[:count])
        sources = sources[count:]
    members += [[EXTERNAL] * int(random.integers(1, 4)) for _ in range(random.integers(1, 4))]
    targets = [
        random.permutation(vertices)[: random.integers(1, vertices + 1)].tolist() for _ in range(len(members))
    ]
    count = sum(map(len, members))
    own = not plain and random.random() < 0.5
    return made(
        random_layers(random, vertices),
        members,
        targets,
        (random.integers(0, 65, count) / 64).tolist(),
        [int(random.integers(1, len(held) + 1)) for held in members] if own else None,
        random.integers(0, 9, vertices).tolist() if own else None,
    )


def random_limits(graph: GroupedGraph, seed: int) -> Limits:
    """Each vertex fits on a core, and seldom all do."""
    random = np.random.default_rng(seed)
    return Limits(
        neurons=int(random.integers(1, graph.vertices + 1)),
        axons=int(graph.fan_in.max() + random.integers(0, 5)),
        memory=int(graph.vertex_memory.max() + random.integers(0, 1 + graph.vertex_memory.sum() // 2)),
    )


def partitions(vertices: int) -> Iterator[np.ndarray]:
    """Every way to put vertices on cores that are alike, cores numbered by their first vertex."""

    def grow(prefix: list[int], used: int) -> Iterator[list[int]]:
        if len(prefix) == vertices:
            yield prefix
            return
        for core in range(used + 1):
            yield from grow([*prefix, core], max(used, core + 1))

    for core in grow([], 0):
        yield np.array(core, dtype=np.int64)


def feasible(graph: GroupedGraph, limits: Limits) -> list[tuple[np.ndarray, Cost]]:
    """Every partition within the limits."""
    costs = ((core, measure(graph, core)) for core in partitions(graph.vertices))
    return [(core, cost) for core, cost in costs if cost.within(limits)]
