"""Random traffic on boards of SpiNNaker 1 chips."""

from __future__ import annotations

import numpy as np
from spikec.targets.spinnaker1.board import Boards, chips_of
from spikec.targets.spinnaker1.keys import Source, allocate, key_of, mask_of
from spikec.targets.spinnaker1.routing import Net


def random_nets(
    boards: Boards, seed: int, populations: int, fan_out: int, together: bool = False
) -> list[Net]:
    """Populations of 1 to 6 cores that all send to the same cores, chosen at random; together: those of one population
    on one chip."""
    random = np.random.default_rng(seed)
    chips = np.flatnonzero(chips_of(boards))
    sources = [Source(int(random.integers(1, 7)), int(random.integers(1, 257))) for _ in range(populations)]
    nets: list[Net] = []
    for source, senders in zip(sources, allocate(sources), strict=True):
        count = int(random.integers(1, fan_out + 1))
        targets = {(int(random.choice(chips)), int(random.integers(1, 17))) for _ in range(count)}
        homes = random.choice(chips, source.cores, replace=True)
        for core in range(source.cores):
            home = int(homes[0 if together else core])
            nets.append(Net(key_of(senders, core), mask_of(senders), home, tuple(sorted(targets))))
    return nets
