"""Finds which cores take which keys: those that the routing tables bring them to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..layout import DecodeError
from .configuration import Origin, SpinnakerConfiguration, origins
from .routing import Net
from .routing_table import meet
from .walk import walk

ROUTES = "routes"


class Delivery(NamedTuple):
    """A block of keys that are sent, and the cores that they reach: their numbers in the configuration, ascending."""

    origin: Origin
    cores: tuple[int, ...]


def deliveries(configuration: SpinnakerConfiguration) -> tuple[Delivery, ...]:
    """Walk the keys of each origin, in the order of `origins`, through the tables as they are.

    Cores that take no keys of the block, as their population tables have no entry for it, drop what reaches them and
    are not listed. Raises DecodeError where the keys of one block do not all go the same way, go round in circles,
    reach a core twice, or leave the boards."""
    sent = origins(configuration)
    walked = walk(sent, configuration.tables, configuration.boards)
    for front, reason in ((walked.endless, "go round in circles"), (walked.lost, "are lost")):
        if front.key.size:
            chip = int(front.chip[0])
            raise DecodeError(ROUTES, -1, f"keys {int(front.key[0]):#010x} .. {reason} at chip {chip}")
    number = {(chip, core): k for k, (chip, core, _) in enumerate(configuration.cores)}
    reached: list[set[int]] = [set() for _ in sent]
    rows = zip(*(column.tolist() for column in (walked.arrived.number, walked.arrived.mask)), strict=True)
    places = zip(walked.arrived.chip.tolist(), walked.core.tolist(), strict=True)
    listening = _listening(configuration, sent)
    for (k, mask), place in zip(rows, places, strict=True):
        core = number.get(place, -1)
        if core < 0 or not listening[k, core]:
            continue
        if mask != sent[k].mask or core in reached[k]:
            text = f"keys {sent[k].key:#010x} .. reach core {place[1]} of chip {place[0]} in part, or twice"
            raise DecodeError(ROUTES, -1, text)
        reached[k].add(core)
    return tuple(Delivery(origin, tuple(sorted(cores))) for origin, cores in zip(sent, reached, strict=True))


def _listening(configuration: SpinnakerConfiguration, sent: Sequence[Origin]) -> np.ndarray:
    """(origins, cores) bool: whether the population table of a core has an entry for a block."""
    key = np.array([origin.key for origin in sent], dtype=np.int64)
    mask = np.array([origin.mask for origin in sent], dtype=np.int64)
    columns = [
        meet(key[:, None], mask[:, None], image.table.key, image.table.mask).any(axis=1)
        for _, _, image in configuration.cores
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((len(sent), 0), dtype=np.bool_)


def wanted_nets(configuration: SpinnakerConfiguration) -> tuple[Net, ...]:
    """List what each origin has to reach: the cores whose population tables have an entry for it."""
    sent = origins(configuration)
    listening = _listening(configuration, sent)
    places = [(chip, core) for chip, core, _ in configuration.cores]
    return tuple(
        Net(*origin, tuple(places[core] for core in np.flatnonzero(listening[k]).tolist()))
        for k, origin in enumerate(sent)
    )
