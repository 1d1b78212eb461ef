"""Makes the configuration of a placed network: images of cores, keys, routing tables, what is read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ....targets.spinnaker1.configuration import (
    SOURCE_CHIP,
    InputKeys,
    OutputLines,
    PlacedCore,
    SpinnakerConfiguration,
)
from ....targets.spinnaker1.core_image import PARAMETERS, CoreImage, Recorded
from ....targets.spinnaker1.keys import Source, allocate, key_of, mask_of
from ....targets.spinnaker1.model import SpinnakerChip
from ....targets.spinnaker1.routing import Net, routing_tables
from ....targets.spinnaker1.routing_table import RoutingTable
from ....targets.spinnaker1.rows import Senders, SourceRows, tables_of
from ....targets.spinnaker1.synaptic_word import Synapses, pack_synapses
from ...ir.placement import Placement
from ...ir.quantized import QuantizedPopulation, QuantizedProjection
from .connections import Rows, input_cuts, rows_between
from .partition import Cut, cuts, kind_of
from .quantized_network import QuantizedNetwork
from .sites import Chips, chips_there

Place = tuple[int, int]
"""Number of a chip, and of a core there."""


def all_cuts(network: QuantizedNetwork, target: SpinnakerChip) -> dict[str, Cut]:
    """How populations and inputs are cut."""
    return {**cuts(network, target), **input_cuts(network)}


def keys_of(network: QuantizedNetwork, found: Mapping[str, Cut], target: SpinnakerChip) -> dict[str, Senders]:
    """Give keys to what sends: inputs, and populations with synapses. Raises KeysExhaustedError."""
    sends = {p.pre for p in network.projections} | {port.name for port in network.inputs}
    names = [name for name in found if name in sends]
    sources = [Source(found[name].cores, found[name].neurons) for name in names]
    senders = allocate(sources, target.chip.key_bits)
    return dict(zip(names, senders, strict=True))


def places_of(network: QuantizedNetwork, placement: Placement, chips: Chips) -> dict[str, list[Place]]:
    """Population -> where its cores are, in the order of its slices."""
    found: dict[str, list[Place]] = {p.name: [] for p in network.populations}
    for piece in sorted(placement.slices, key=lambda piece: (piece.population, piece.first)):
        chip, core = divmod(placement.site(piece.core), chips.cores_per_chip)
        found[piece.population].append((int(chips.number[chip]), core + 1))
    return found


def nets_of(
    network: QuantizedNetwork,
    found: Mapping[str, Cut],
    senders: Mapping[str, Senders],
    between: Mapping[str, Mapping[str, Rows]],
    places: Mapping[str, list[Place]],
) -> list[Net]:
    """What each block of keys has to reach: one for each core that sends, and for each block of input elements. What
    nobody hears ends at its own chip."""
    inputs = {port.name for port in network.inputs}
    targets: dict[tuple[str, int], list[Place]] = {
        (name, block): [] for name in senders for block in range(found[name].cores)
    }
    for post, sources in between.items():
        for pre, rows in sources.items():
            for core, block in np.argwhere(rows.heard).tolist():
                targets[pre, block].append(places[post][core])
    return [
        Net(
            key=key_of(senders[pre], block),
            mask=mask_of(senders[pre]),
            chip=SOURCE_CHIP if pre in inputs else places[pre][block][0],
            targets=tuple(sorted(heard)),
        )
        for (pre, block), heard in sorted(targets.items())
    ]


def tables(nets: list[Net], target: SpinnakerChip) -> dict[int, RoutingTable]:
    """Make the routing tables. Raises TableFullError."""
    return routing_tables(nets, target.boards, target.chip.router_entries)


def configuration_of(
    network: QuantizedNetwork, placement: Placement, target: SpinnakerChip
) -> SpinnakerConfiguration:
    """Make all that is loaded. Raises KeysExhaustedError, TableFullError."""
    found = all_cuts(network, target)
    senders, between = keys_of(network, found, target), rows_between(network, found)
    places = places_of(network, placement, chips_there(target))
    recorded: dict[str, tuple[Recorded, ...]] = {
        p.name: ("spikes",) if p.spiking else ("v",) for _, p in network.exported
    }
    placed: dict[Place, CoreImage] = {}
    for p in network.populations:
        projections = [q for q in network.projections if q.post == p.name]
        images = _images(p, projections, found, senders, between[p.name], target)
        for place, image in zip(places[p.name], images, strict=True):
            what = recorded.get(p.name, ())
            ticks = target.run.recorded_ticks if what else 0
            placed[place] = replace(image, recorded=what, recorded_ticks=ticks)
    order = sorted(placed)
    number = {place: k for k, place in enumerate(order)}
    return SpinnakerConfiguration(
        boards=target.boards,
        cores=tuple(PlacedCore(*place, placed[place]) for place in order),
        tables=tables(nets_of(network, found, senders, between, places), target),
        inputs=tuple(_inputs(network, found, senders)),
        outputs=tuple(
            OutputLines(number[place], recorded[p.name][0])
            for _, p in network.exported
            for place in places[p.name]
        ),
    )


def _inputs(
    network: QuantizedNetwork, found: Mapping[str, Cut], senders: Mapping[str, Senders]
) -> Iterator[InputKeys]:
    first = 0
    for port in network.inputs:
        own, (elements, blocks, _) = senders[port.name], found[port.name]
        for block in range(blocks):
            size = min(elements, port.size - block * elements)
            yield InputKeys(first, size, key_of(own, block), mask_of(own))
            first += size


def _images(
    population: QuantizedPopulation,
    projections: list[QuantizedProjection],
    found: Mapping[str, Cut],
    senders: Mapping[str, Senders],
    between: Mapping[str, Rows],
    target: SpinnakerChip,
) -> Iterator[CoreImage]:
    """The images of a population's cores, in order."""
    cut, own = found[population.name], senders.get(population.name)
    parts = {pre: _by_core([p for p in projections if p.pre == pre], cut) for pre in between}
    kind = kind_of(population)
    for core in range(cut.cores):
        here = slice(core * cut.neurons, min((core + 1) * cut.neurons, population.size))
        log_neurons = (here.stop - here.start - 1).bit_length()
        listed = [
            _source_rows(senders[pre], block, elements, parts[pre][core], log_neurons, cut.log_delay_slots)
            for pre, rows in between.items()
            for block, elements in rows.entries(core)
        ]
        table, matrix = tables_of(listed)
        registers = {name: values[here] for name, values in population.params.items()}
        yield CoreImage(
            kind=kind,
            timer_period=target.run.timer_us,
            time_step=int(registers["time_step"][0]),
            parameters={name: registers[name].astype(np.int32) for name in PARAMETERS[kind]},
            key=None if own is None else key_of(own, core),
            shift=(int(registers["shift_exc"][0]), int(registers["shift_inh"][0])),
            log_neurons=log_neurons,
            log_delay_slots=cut.log_delay_slots,
            table=table,
            matrix=matrix,
        )


class _Part(NamedTuple):
    """Synapses of one source on one core, in order of elements: (k,) element, and what a word holds."""

    element: np.ndarray
    synapses: Synapses


def _by_core(projections: list[QuantizedProjection], cut: Cut) -> list[_Part]:
    """Split the synapses of one source over the cores of a population: in order of elements, and as listed there."""
    flats = [p.synapses.by_source().flat() for p in projections]
    source, post, weight, delay = (np.concatenate([flat[k] for flat in flats]) for k in range(4))
    core = (post // cut.neurons).astype(np.int16 if cut.cores < 1 << 15 else np.int32)
    order = np.argsort(core, kind="stable")
    if len(flats) > 1:
        by_source = np.argsort(source, kind="stable")
        order = by_source[np.argsort(core[by_source], kind="stable")]
    ends = np.searchsorted(core[order], np.arange(cut.cores + 1))
    parts: list[_Part] = []
    for k in range(cut.cores):
        mine = order[ends[k] : ends[k + 1]]
        own = weight[mine]
        synapses = Synapses(
            post=post[mine] - k * cut.neurons,
            kind=(own < 0).astype(np.int64),
            delay=delay[mine] + 1,
            weight=np.abs(own),
        )
        parts.append(_Part(source[mine], synapses))
    return parts


def _source_rows(
    senders: Senders, block: int | None, elements: slice, part: _Part, log_neurons: int, log_slots: int
) -> SourceRows:
    begin, end = np.searchsorted(part.element, [elements.start, elements.stop]).tolist()
    some = Synapses(*(column[begin:end] for column in part.synapses))
    start = np.searchsorted(part.element[begin:end], np.arange(elements.start, elements.stop + 1))
    if block is not None:
        own = senders
        senders = Senders(key_of(own, block), mask_of(own), 0, own.mask_shift, own.n_neurons)
    return SourceRows(senders, start.astype(np.int64), pack_synapses(some, log_neurons, log_slots))
