"""Times keys, routing tables and the walk of every key on SpiNNaker 1 boards, and counts the entries.

    python -m tests.benchmarks.spinnaker_routes

Prints for each network the cores, the chips, the entries of all tables and of the largest, and processor seconds: keys
and tables, compressing to half of the largest table, and walking every key. Cores fill chips in the order of their
numbers, which is how the vendor's placer does it where a population fits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from spikec.targets.spinnaker1.board import boards_for, chips_of
from spikec.targets.spinnaker1.keys import Source, allocate, key_of, mask_of
from spikec.targets.spinnaker1.routing import Net, TableFullError, routing_tables
from spikec.targets.spinnaker1.routing_faults import routing_faults

CORES_PER_CHIP = 16


class Layers(NamedTuple):
    """A network of layers, each onto the next; all: each onto every other."""

    name: str
    sizes: tuple[int, ...]
    neurons_per_core: int
    everywhere: bool = False


NETWORKS = (
    Layers("700-256-20", (700, 256, 20), 256),
    Layers("700-256-20", (700, 256, 20), 64),
    Layers("4x1024", (1024,) * 4, 256),
    Layers("4x1024", (1024,) * 4, 64),
    Layers("4x4096 p=0.1", (4096,) * 4, 256),
    Layers("4x4096 p=0.1", (4096,) * 4, 64),
    Layers("48x1024 onto all", (1024,) * 48, 256, True),
    Layers("300x1024 onto all", (1024,) * 300, 256, True),
)


def nets_of(layers: Layers) -> tuple[list[Net], int, int]:
    """The first layer is the input, of one source; cores and chips that are used."""
    sizes = [-(-n // layers.neurons_per_core) for n in layers.sizes[1:]]
    most = min(layers.neurons_per_core, max(layers.sizes))
    sources = [Source(1, layers.sizes[0]), *(Source(cores, most) for cores in sizes)]
    cores = sum(sizes)
    used = -(-(cores + 1) // CORES_PER_CHIP)
    boards = boards_for(used)
    chips = np.flatnonzero(chips_of(boards))
    first = np.cumsum([1, *sizes])
    places = [
        [(int(chips[k // CORES_PER_CHIP]), 1 + k % CORES_PER_CHIP) for k in range(a, b)]
        for a, b in pairwise(first.tolist())
    ]
    everywhere = tuple(sorted(place for layer in places for place in layer))
    nets: list[Net] = []
    for number, senders in enumerate(allocate(sources)):
        following = tuple(sorted(places[number])) if number < len(places) else ()
        targets = everywhere if layers.everywhere else following
        homes = [(0, 0)] if number == 0 else places[number - 1]
        for core, (chip, _) in enumerate(homes):
            nets.append(Net(key_of(senders, core), mask_of(senders), chip, targets))
    return [net for net in nets if net.targets], cores, used


def measured(layers: Layers) -> Sequence[object]:
    begun = time.process_time()
    nets, cores, chips = nets_of(layers)
    boards = boards_for(chips)
    tables = routing_tables(nets, boards)
    made = time.process_time()
    sizes = [table.key.size for table in tables.values()]
    assert routing_faults(nets, tables, boards) == ()
    walked = time.process_time()
    try:
        small = routing_tables(nets, boards, most=max(1, max(sizes) // 2))
        assert routing_faults(nets, small, boards) == ()
        half = str(max(table.key.size for table in small.values()))
    except TableFullError as problem:
        half = f"{problem.needed} left"
    done = time.process_time()
    return (
        layers.name, layers.neurons_per_core, cores, chips, sum(sizes), max(sizes), half,
        f"{made - begun:.3f}", f"{walked - made:.3f}", f"{done - walked:.3f}",
    )  # fmt: skip


def main() -> None:
    columns = [
        "network",
        "neurons/core",
        "cores",
        "chips",
        "entries",
        "largest",
        "half",
        "made",
        "walked",
        "halved",
    ]
    print("  ".join(columns))
    for layers in NETWORKS:
        print("  ".join(map(str, measured(layers))))


if __name__ == "__main__":
    main()
