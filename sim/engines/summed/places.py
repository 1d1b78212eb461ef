"""Says where feature maps lie in the stages of a machine, and finds the convolutions between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..choice import FeatureMap
from ..delivery.kernel import Kernel, recognise
from ..delivery.sum import FLOAT32_EXACT, Group
from ..padding import padded
from .plan import INPUTS, Plan

MOST_BYTES = 64 << 20
"""Of a kernel in float32."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """What lies at each place of a stage, or of the inputs. owner: (n,) int32, the feature map, -1 where there is none;
    position: (n,) int64, in it."""

    maps: Sequence[FeatureMap]
    owner: np.ndarray
    position: np.ndarray

    def of(self, k: int) -> np.ndarray:
        """(rows, columns, channels) int64: the place of each element of a map, -1 of one that lies elsewhere."""
        shape = self.maps[k].shape
        found = np.full(math.prod(shape), -1, dtype=np.int64)
        mine = np.flatnonzero(self.owner == k)
        found[self.position[mine]] = mine
        sides = [1] * (3 - len(shape)) + list(shape[1:])
        return found.reshape(shape[0], *sides).transpose(1, 2, 0)


def located(plan: Plan, n: int, inputs: int, maps: Sequence[FeatureMap]) -> dict[int, Places]:
    """Look up where the maps lie: of each stage, and of the INPUTS. n, inputs: neurons and input elements there are.

    A map that is none, as of sources that there are not or of one twice, lies nowhere."""
    owner, position = np.full(n + inputs, -1, dtype=np.int32), np.zeros(n + inputs, dtype=np.int64)
    for k, each in enumerate(maps):
        size, sources = math.prod(each.shape), each.sources
        if len(each.shape) not in (1, 2, 3) or min(each.shape) < 1 or sources.size != size:
            continue
        if int(sources.min()) < 0 or int(sources.max()) >= n + inputs or np.unique(sources).size != size:
            continue
        owner[sources], position[sources] = k, np.arange(size)
    found = {INPUTS: Places(maps=maps, owner=owner[n:], position=position[n:])}
    for part in plan.parts:
        neurons, room = part.stage.neurons, (max(part.places, part.stage.neurons.size),)
        found[part.number] = Places(
            maps=maps,
            owner=padded(owner[neurons], room, fill=-1),
            position=padded(position[neurons], room),
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """A kernel whose sums float32 holds. source, post: (rows, columns, channels) places of what it takes and gives, -1
    where there is none."""

    kernel: Kernel
    source: np.ndarray
    post: np.ndarray


def convolutions(group: Group, before: Places, after: Places) -> tuple[list[Convolution], Group]:
    """Find the convolutions of a group that is no matrix, and leave the other synapses. before, after: where maps lie
    in the stage that it comes from and in that which it goes to."""
    if group.dense is not None or not len(before.maps):
        return [], group
    pre, post = before.owner[group.source].astype(np.int64), after.owner[group.post]
    pair = np.where((pre >= 0) & (post >= 0), pre * len(before.maps) + post, -1)
    found: list[Convolution] = []
    for each in np.unique(pair[pair >= 0]).tolist():
        mine, (k, m) = np.flatnonzero(pair == each), divmod(each, len(before.maps))
        source, target = before.position[group.source[mine]], after.position[group.post[mine]]
        kernel = recognise(source, target, group.weight[mine], before.maps[k].shape, after.maps[m].shape)
        if kernel is None or kernel.largest_sum > FLOAT32_EXACT or kernel.weights.size * 4 > MOST_BYTES:
            continue
        found.append(Convolution(kernel=kernel, source=before.of(k), post=after.of(m)))
        pair[mine] = -2
    left = pair != -2
    ends = {name: getattr(group, name)[left] for name in ("source", "post", "weight")}
    return found, replace(group, **ends)
