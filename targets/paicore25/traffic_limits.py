"""Checks what cores, and the host, send: that it is heard, in time, and at places of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..violation import Violation, worst
from .addresses import first_neurons, hears, routes_of, sent_to
from .configuration import Core, PaicoreConfiguration
from .core_limits import place_of
from .frames import ADDRESSES, SLOT_BITS, SLOTS, Route
from .machine import input_bits, step_bits
from .memory import neurons_of
from .model import PaicoreChip
from .routes import HOST, Position, passed, reached
from .weight_words import bits_of

POTENTIAL_BITS = 32


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What records of one core send to another, or to the host: neurons (M,) int64 within the core, and the address of
    each, relative to the slot of the step. potential: what they send."""

    sender: Core
    receiver: Core | None
    neuron: np.ndarray
    address: np.ndarray
    potential: bool


def traffic_violations(c: PaicoreConfiguration, chip: PaicoreChip) -> Iterator[Violation]:
    """Every limit of what is sent, broken or not, of cores that break none of their own."""
    by_place = {(core.x, core.y): core for core in c.cores}
    written: dict[Position, list[np.ndarray]] = {at: [] for at in by_place}
    ordered = {at for at, core in by_place.items() if input_bits(core) > 1}
    for core in c.cores:
        for route, where, parcels in _parcels(core, by_place):
            place = f"{place_of(core)} route {', '.join(map(str, route))}"
            yield _on_board((core.x, core.y), route, place, chip)
            yield Violation("positions without a core", place, where, 0, 0)
            for parcel in parcels:
                yield from _parcel(parcel)
                if parcel.receiver is not None:
                    at = parcel.receiver.x, parcel.receiver.y
                    written[at].append(_places(parcel))
                    if core.registers["zero_output"] or core.registers["snn_ann"]:
                        ordered.add(at)
    yield from _inputs(c, chip, by_place, written)
    for at, places in written.items():
        if at in ordered:
            yield from _apart(by_place[at], places)
    yield from _outputs(c)


def _on_board(sender: Position, route: Route, place: str, chip: PaicoreChip) -> Violation:
    """A frame leaves the board on none of its ways."""
    board = chip.board
    passes = set[Position]().union(*passed(sender, route))
    beside = [at for at in passes if not (0 <= at[0] < board.columns and 0 <= at[1] < board.rows)]
    return Violation("positions beside the board", place, len(beside), 0, 0)


def _parcels(core: Core, by_place: Mapping[Position, Core]) -> Iterator[tuple[Route, int, list[Parcel]]]:
    """By route: how many of its positions have no core, and what is sent along it."""
    first, address = first_neurons(core), sent_to(core)
    routes, own = routes_of(core)
    together: dict[tuple[Route, bool], list[int]] = {}
    for k, kind in enumerate((core.records["output_type"] == 1).tolist()):
        together.setdefault((routes[own[k]], kind), []).append(k)
    for (route, potential), which in together.items():
        neuron = np.concatenate([np.arange(first[k], first[k + 1]) for k in which])
        positions = reached((core.x, core.y), route)
        parcels = [
            Parcel(
                sender=core,
                receiver=by_place.get(at),
                neuron=neuron,
                address=address[neuron],
                potential=potential,
            )
            for at in positions
            if at == HOST or at in by_place
        ]
        yield route, len(positions) - len(parcels), parcels


def _parcel(parcel: Parcel) -> Iterator[Violation]:
    own, there = parcel.sender, parcel.receiver
    if there is None:
        return
    place = f"{place_of(own)} to {place_of(there)}"
    lcn = own.registers["target_lcn"]
    yield Violation("lcn of the receiver", place, there.registers["lcn"], lcn, lcn)
    adds = bool(there.registers["add_potential"])
    name = (
        "potentials sent to a core that adds potentials"
        if adds
        else "potentials sent to a core that adds none"
    )
    yield Violation(name, place, int(parcel.potential), int(adds), int(adds))
    seen = parcel.address + there.registers["axon_skew"]
    yield from worst("bits beside an input element", f"{place} neuron", seen % input_bits(there), (0, 0))
    steps = np.array([seen.min(), seen.max()]) // step_bits(there)
    gap = there.registers["tick_start"] - own.registers["tick_start"]
    laps = SLOTS >> there.registers["lcn"]
    yield Violation("steps ahead", place, int(steps[0]), 0, laps - 1)
    yield Violation("steps until it is read, at least", place, gap + int(steps[0]), 1, laps)
    yield Violation("steps until it is read, at most", place, gap + int(steps[1]), 1, laps)


def _places(parcel: Parcel) -> np.ndarray:
    """Input elements of the receiver that a parcel writes."""
    there = parcel.receiver
    if there is None:
        return np.zeros(0, dtype=np.int64)
    seen = parcel.address + there.registers["axon_skew"]
    return seen % step_bits(there) // input_bits(there)


def _apart(core: Core, places: list[np.ndarray]) -> Iterator[Violation]:
    """What is written takes the place of what is there, so that each element has one sender. Spikes of one bit are all
    the same."""
    if places:
        taken = np.concatenate(places)
        twice = taken.size - np.unique(taken).size
        yield Violation("input elements with several senders", place_of(core), twice, 0, 0)


def _inputs(
    c: PaicoreConfiguration,
    chip: PaicoreChip,
    by_place: Mapping[Position, Core],
    written: dict[Position, list[np.ndarray]],
) -> Iterator[Violation]:
    for number, one in enumerate(c.inputs):
        place = f"input map {number}"
        yield Violation("addresses", place, one.address.size, one.size, one.size)
        yield Violation("first input element", place, one.first, 0, c.n_inputs - one.size)
        route = Route(x=one.x, y=one.y, copy_z=one.copy_z, copy_x=one.copy_x, copy_y=one.copy_y)
        yield _on_board(HOST, route, place, chip)
        positions = reached(HOST, route)
        there = [by_place[at] for at in positions if at in by_place]
        yield Violation("positions without a core", place, len(positions) - len(there), 0, 0)
        for core in there:
            to = f"{place} to {place_of(core)} address"
            yield Violation(
                "values sent to a core that adds potentials", to, core.registers["add_potential"], 0, 0
            )
            seen = one.address + core.registers["axon_skew"]
            laps = SLOTS >> core.registers["lcn"]
            yield from worst("steps ahead", to, seen // step_bits(core), (0, laps - 1))
            yield from worst("bits beside an input element", to, seen % input_bits(core), (0, 0))
            written[core.x, core.y].append(seen % step_bits(core) // input_bits(core))


def _outputs(c: PaicoreConfiguration) -> Iterator[Violation]:
    """What reaches the host is listed, and each bit there is one line's."""
    listed = {(line.core, line.record) for line in c.outputs}
    yield Violation("records listed twice", "outputs", len(c.outputs) - len(listed), 0, 0)
    lcn = {c.cores[line.core].registers["target_lcn"] for line in c.outputs if line.core < len(c.cores)}
    yield Violation("LCNs of what the host sees", "outputs", len(lcn), 0, 1)
    taken = [np.zeros(0, dtype=np.int64)]
    heard = [hears(core, HOST) for core in c.cores]
    for number, line in enumerate(c.outputs):
        place = f"output {number}"
        yield Violation("core", place, line.core, 0, len(c.cores) - 1)
        if line.core < len(c.cores):
            core = c.cores[line.core]
            yield Violation("record", place, line.record, 0, core.records.size - 1)
            if line.record < core.records.size:
                yield Violation(
                    "records that the host does not hear", place, int(not heard[line.core][line.record]), 0, 0
                )
                yield from _line(core, line.record, line.potential, line.address, place)
                width = POTENTIAL_BITS if line.potential else bits_of(core.registers["output_width"])
                taken.append((line.address[:, None] + np.arange(width)[None, :]).ravel())
    bits = np.concatenate(taken)
    yield Violation("bits that several lines share", "outputs", bits.size - np.unique(bits).size, 0, 0)
    for number, core in enumerate(c.cores):
        for k in np.flatnonzero(heard[number]).tolist():
            place = f"{place_of(core)} record {k}"
            yield Violation("lines of a record that the host hears", place, int((number, k) in listed), 1, 1)


def _line(core: Core, record: int, potential: bool, address: np.ndarray, place: str) -> Iterator[Violation]:
    """Of a record that the host hears."""
    kind = int(core.records["output_type"][record])
    yield Violation("potentials", place, int(potential), kind, kind)
    first, size = first_neurons(core)[record], int(neurons_of(core.records)[record])
    yield Violation("neurons", place, address.size, size, size)
    if address.size == size:
        sent = sent_to(core)[first : first + size]
        most = (SLOT_BITS << core.registers["target_lcn"]) - 1
        yield from worst("address", f"{place} neuron", address, (0, most))
        yield from worst("address off by", f"{place} neuron", address - sent % ADDRESSES, (0, 0))
