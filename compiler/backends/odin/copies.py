"""Neurons that exist twice: with the loop closed a neuron's own row has one sign, so one that both excites and inhibits
has a copy for what it inhibits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .synapses import Synapses

COPY = "copy"


def copy_name(population: str) -> str:
    """Name the population of a population's inhibitory copies."""
    return f"{COPY}:{population}"


def signed_copies(
    synapses: Sequence[Synapses], populations: Sequence[str]
) -> tuple[dict[str, np.ndarray], list[Synapses]]:
    """Duplicate neurons of which synapses have both signs. Population -> its elements that have a copy, ascending;
    and the synapses of all. Copies get what their originals get, and send what is negative."""
    copied: dict[str, np.ndarray] = {}
    for name in populations:
        both = np.intersect1d(_senders(synapses, name, -1), _senders(synapses, name, 1))
        if both.size:
            copied[name] = both
    sent = [part for s in synapses for part in _sent(s, copied)]
    return copied, [*sent, *(part for s in sent for part in _received(s, copied))]


def _senders(synapses: Sequence[Synapses], name: str, sign: int) -> np.ndarray:
    mine = [s.cols for s in synapses if s.pre == name and s.sign == sign]
    return np.concatenate([np.zeros(0, dtype=np.int64), *mine])


def _sent(s: Synapses, copied: Mapping[str, np.ndarray]) -> list[Synapses]:
    if s.pre not in copied or s.sign > 0:
        return [s]
    moved = np.isin(s.cols, copied[s.pre])
    place = np.searchsorted(copied[s.pre], s.cols[moved])
    parts = ((s.pre, ~moved, s.cols[~moved]), (copy_name(s.pre), moved, place))
    return [
        replace(s, pre=pre, cols=cols, rows=s.rows[chosen], weights=s.weights[chosen])
        for pre, chosen, cols in parts
        if chosen.any()
    ]


def _received(s: Synapses, copied: Mapping[str, np.ndarray]) -> list[Synapses]:
    if s.post not in copied:
        return []
    inside = np.isin(s.rows, copied[s.post])
    if not inside.any():
        return []
    place = np.searchsorted(copied[s.post], s.rows[inside])
    return [replace(s, post=copy_name(s.post), cols=s.cols[inside], rows=place, weights=s.weights[inside])]
