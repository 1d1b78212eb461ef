"""Advice on neurons whose spikes are pooled at once: a stride in their convolution would compute fewer of them."""

from __future__ import annotations

import math

import numpy as np

from ...sim.diagnostic import Diagnostic, note
from ...sim.nir.path import shown, stored_at
from ..ir.network import FlatGraph, FlatNode
from .subject import OnChip, Subject

POOLS = frozenset({"AvgPool2d", "SumPool2d"})


def pooled_neurons(subject: Subject) -> list[Diagnostic]:
    """SPK0709 for each spiking layer behind a convolution of which every spike goes to a pool and nowhere else."""
    found: list[Diagnostic] = []
    total = sum(population.size for population in subject.network.populations.values())
    for name, population in sorted(subject.network.populations.items()):
        pools = [subject.flat.node(path) for path in subject.flat.after[population.paths[-1]]]
        if population.neuron.theta is None or len(pools) != 1 or pools[0].kind not in POOLS:
            continue
        conv = _convolution(subject.flat, population.paths[0])
        window = _window(pools[0])
        if conv is None or window < 2:
            continue
        left = math.ceil(population.size / window)
        strides = "x".join(str(int(side)) for side in np.atleast_1d(_sides(pools[0])))
        message = (
            f"{shown(name)} has {population.size:,} of {total:,} neurons, and a pool of {strides} takes all their "
            f"spikes: with that stride in {shown(conv)} instead of the pool there would be {left:,}"
            + _cores(subject.on_chip, name, population.size, left)
        )
        hint = "train with the stride in the convolution: another network, whose accuracy has to be measured"
        found.append(note("SPK0709", message, where=stored_at(conv, "stride"), hint=hint))
    return found


def _convolution(flat: FlatGraph, path: str) -> str | None:
    """The convolution that alone feeds a node, if there is one."""
    before = flat.before[path]
    return before[0] if len(before) == 1 and flat.node(before[0]).kind == "Conv2d" else None


def _sides(pool: FlatNode) -> tuple[int, ...]:
    stride = pool.params.get("stride")
    return stride if isinstance(stride, tuple) else ()


def _window(pool: FlatNode) -> int:
    """Places that a pool makes one of; 1 where its windows overlap or leave gaps."""
    return math.prod(_sides(pool)) if pool.params.get("kernel_size") == _sides(pool) else 1


def _cores(on_chip: OnChip | None, name: str, size: int, left: int) -> str:
    """What that would take of the chip, by the share of its cores that the layer has now."""
    resources = None if on_chip is None else on_chip.resources
    if resources is None or resources.available_on:
        return ""
    held = [0] * resources.cores
    own = [0] * resources.cores
    for piece in resources.slices:
        held[piece.core] += piece.size
        own[piece.core] += piece.size if piece.population == name else 0
    share = sum(mine / all_ for mine, all_ in zip(own, held, strict=True) if all_)
    less = math.floor(share * (1 - left / size))
    if less < 1:
        return ""
    return f", about {resources.cores - less} cores instead of {resources.cores}"
