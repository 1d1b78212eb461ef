"""Places a network: slices on cores, cores on chips, and whether keys, tables and memory suffice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error
from ....sim.nir.path import shown
from ....targets.spinnaker1.dtcm import bytes_of
from ....targets.spinnaker1.keys import KeysExhaustedError
from ....targets.spinnaker1.model import SpinnakerChip
from ....targets.spinnaker1.routing import TableFullError
from ....targets.spinnaker1.routing_table import RoutingTable
from ....targets.spinnaker1.table_words import ENTRY_WORDS
from ...ir.made_names import place_of
from ...ir.placement import Certificate, Placement, Slice
from ...ir.report import MemoryBits, Resources
from ...ir.stages import Placed
from ..shared.resources import of_placement
from .configuration import all_cuts, keys_of, nets_of, places_of, tables
from .connections import Rows, rows_between
from .partition import Cut, kind_of
from .quantized_network import QuantizedNetwork
from .sites import Chips, chips_there, chosen_chips, hops_a_step

CORE_BYTES = 1024
"""Of SDRAM: the table of regions, and regions whose size does not depend on the network."""
NEURON_WORDS, CORE_WORDS = 16, 64
"""Of SDRAM for each neuron, twice, as the binary keeps what it began with; and for each core."""
SYNAPSE_BITS = 32


class SpinnakerResources(Resources, frozen=True, kw_only=True):
    """boards: in use. router_entries: of the fullest routing table, of all together. hops: links that packets travel in
    a step, to each chip by itself; rates: of which spikes."""

    boards: int
    router_entries_most: int
    router_entries_total: int
    hops: float
    rates: str


def placed(network: QuantizedNetwork, target: SpinnakerChip, rates: Mapping[str, np.ndarray]) -> Placed:
    """Place a network.

    Raises DiagnosticError: SPK2001 for a population of which a core holds no neuron, SPK2003 for too few cores or too
    little SDRAM, SPK2050 where keys run out, SPK2051 for a routing table that is full, SPK2052 for a core whose fast
    memory does not hold its tables."""
    found = all_cuts(network, target)
    between, chips = rows_between(network, found), chips_there(target)
    bare = without_sites(network, target, found, between)
    if bare.cores > target.cores:
        raise DiagnosticError((_too_many(bare, target),))
    fullest = max(range(bare.cores), key=lambda core: bare.used[core]["dtcm_bytes"])
    if bare.used[fullest]["dtcm_bytes"] > target.core.dtcm_bytes:
        raise DiagnosticError((_too_little_fast_memory(bare, target, fullest),))
    traffic, from_host = _traffic(network, found, between, rates)
    memory = np.array([used["sdram_bytes"] for used in bare.used], dtype=np.int64)
    names = {p.name: number for number, p in enumerate(network.populations)}
    population = np.array([names[piece.population] for piece in bare.slices], dtype=np.int64)
    chip = chosen_chips(chips, traffic, from_host, memory, target.chip.sdram_bytes, population)
    if chip is None:
        raise DiagnosticError((_too_little_memory(bare, target, memory),))
    placement = _at(bare, chips, chip)
    made = _tables(network, found, between, placement, chips, target)
    entries = [table.key.size for table in made.values()]
    each = [rows for sources in between.values() for rows in sources.values()]
    words = sum(int(rows.words.sum()) for rows in each)
    stored = sum(rows.stored(core).words for rows in each for core in range(len(rows.words)))
    return Placed(
        placement=placement,
        diagnostics=(),
        resources=SpinnakerResources(
            **of_placement(placement),
            chips=np.unique(chip).size,
            cores_per_chip=target.grid.cores_per_chip,
            neurons_per_core=target.core.neurons,
            memory_bits=MemoryBits(stored=SYNAPSE_BITS * stored, without_sharing=SYNAPSE_BITS * words),
            least_cores_of_any_partition=placement.certificate.least_cores,
            boards=target.boards.count,
            router_entries_most=max(entries, default=0),
            router_entries_total=sum(entries),
            hops=float(f"{hops_a_step(chips, chip, traffic, from_host):.6g}"),
            rates="at the float run's rates" if rates else "if every source spiked",
        ),
    )


def without_sites(
    network: QuantizedNetwork,
    target: SpinnakerChip,
    found: Mapping[str, Cut],
    between: Mapping[str, Mapping[str, Rows]],
) -> Placement:
    """The cores of a network and what each takes, wherever they will be."""
    slices: list[Slice] = []
    used: list[dict[str, int]] = []
    recorded = {p.name: p.spiking for _, p in network.exported}
    for p in network.populations:
        cut = found[p.name]
        for k in range(cut.cores):
            size = min(cut.neurons, p.size - k * cut.neurons)
            slices.append(Slice(population=p.name, first=k * cut.neurons, size=size, core=len(used), slot=0))
            stored = [rows.stored(k) for rows in between[p.name].values()]
            entries, blocks, words = (sum(column) for column in zip((0, 0, 0), *stored, strict=True))
            values = int(p.name in recorded and not recorded[p.name])
            ticks = target.run.recorded_ticks if p.name in recorded else 0
            record = 1 + (size if values else -(-size // 32))
            words += ENTRY_WORDS * entries + blocks + 2 * NEURON_WORDS * size + CORE_WORDS + ticks * record
            dtcm = bytes_of(kind_of(p), size, cut.log_delay_slots, values, (entries, blocks))
            used.append({"neurons": size, "dtcm_bytes": dtcm, "sdram_bytes": CORE_BYTES + 4 * words})
    least = sum(-(-p.size // target.core.neurons) for p in network.populations)
    return Placement(
        slices=tuple(slices),
        cores=len(used),
        used=tuple(used),
        available={
            "neurons": target.core.neurons,
            "dtcm_bytes": target.core.dtcm_bytes,
            "sdram_bytes": target.chip.sdram_bytes,
        },
        certificate=Certificate(
            objective="cores",
            value=len(used),
            bound=least,
            status="optimal" if least == len(used) else "feasible",
            family="slices of neighbouring neurons of one population a core",
            least_cores=least,
        ),
    )


def _at(placement: Placement, chips: Chips, chip: np.ndarray) -> Placement:
    """Give each core the next free one of its chip, in order."""
    free = chips.first.copy()
    sites: list[int] = []
    for at in chip.tolist():
        sites.append(at * chips.cores_per_chip + int(free[at]) - 1)
        free[at] += 1
    return replace(placement, sites=tuple(sites))


def _traffic(
    network: QuantizedNetwork,
    found: Mapping[str, Cut],
    between: Mapping[str, Mapping[str, Rows]],
    rates: Mapping[str, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """(cores, cores) packets a step from core to core, and (cores,) from the host. Sources that are not in `rates`
    spike in every step."""
    first = dict(
        zip(
            (p.name for p in network.populations),
            np.cumsum([0, *(found[p.name].cores for p in network.populations)]).tolist(),
            strict=False,
        )
    )
    cores = sum(found[p.name].cores for p in network.populations)
    traffic, from_host = np.zeros((cores, cores)), np.zeros(cores)
    for post, sources in between.items():
        for pre, rows in sources.items():
            spikes = np.ones(rows.words.shape[1]) if pre not in rates else rates[pre].reshape(-1)
            padded = np.zeros(rows.cut.cores * rows.cut.neurons)
            padded[: spikes.size] = spikes
            sent = rows.heard * padded.reshape(rows.cut.cores, -1).sum(axis=1)
            to = slice(first[post], first[post] + len(sent))
            if pre in first:
                traffic[first[pre] : first[pre] + rows.cut.cores, to] += sent.T
            else:
                from_host[to] += sent.sum(axis=1)
    return traffic, from_host


def _tables(
    network: QuantizedNetwork,
    found: Mapping[str, Cut],
    between: Mapping[str, Mapping[str, Rows]],
    placement: Placement,
    chips: Chips,
    target: SpinnakerChip,
) -> Mapping[int, RoutingTable]:
    try:
        senders = keys_of(network, found, target)
        return tables(nets_of(network, found, senders, between, places_of(network, placement, chips)), target)
    except KeysExhaustedError as problem:
        text = f"the network's sources need {problem.needed:,} keys; there are {problem.available:,}"
        hint = "use fewer populations, or fewer neurons in them"
        raise DiagnosticError((error("SPK2050", text, hint=hint),)) from problem
    except TableFullError as problem:
        columns = target.boards.columns
        text = (
            f"the routing table of chip ({problem.chip % columns}, {problem.chip // columns}) needs "
            f"{problem.needed:,} entries, merged from {problem.before:,}; it holds {problem.available:,}"
        )
        hint = "use more neurons a core, so that fewer cores send, or join layers to fewer others"
        raise DiagnosticError((error("SPK2051", text, hint=hint),)) from problem


def _too_many(placement: Placement, target: SpinnakerChip) -> Diagnostic:
    counts: dict[str, int] = {}
    for piece in placement.slices:
        counts[piece.population] = counts.get(piece.population, 0) + 1
    largest = max(sorted(counts), key=lambda name: counts[name])
    return error(
        "SPK2003",
        f"the network needs {placement.cores:,} cores; {target.title} as configured has {target.cores:,}",
        hint="use more boards (--chips), or make the named layer smaller",
        needed=f"{placement.cores:,} cores",
        available=f"{target.cores:,} cores of {target.grid.chips:,} chips",
        largest=f"{largest} is on {counts[largest]:,} cores",
    )


def _too_little_memory(placement: Placement, target: SpinnakerChip, memory: np.ndarray) -> Diagnostic:
    most = int(memory.argmax())
    piece = next(piece for piece in placement.slices if piece.core == most)
    return error(
        "SPK2003",
        f"the network's rows of synapses and recordings need {int(memory.sum()):,} bytes; they find no room on "
        f"{target.grid.chips:,} chips of {target.chip.sdram_bytes:,}",
        hint="use more boards (--chips), or fewer synapses",
        needed=f"{int(memory.sum()):,} bytes",
        available=f"{target.chip.sdram_bytes:,} bytes a chip",
        largest=f"{piece.population} takes {int(memory[most]):,} bytes on one core",
    )


def _too_little_fast_memory(placement: Placement, target: SpinnakerChip, core: int) -> Diagnostic:
    piece = next(piece for piece in placement.slices if piece.core == core)
    needed = placement.used[core]["dtcm_bytes"]
    text = (
        f"a core of {shown(piece.population)} needs {needed:,} bytes of fast memory for {piece.size:,} neurons and the "
        f"table of what they hear; a core of {target.title} has {target.core.dtcm_bytes:,}"
    )
    hint = "use fewer neurons a core (--max-neurons-per-core), or fewer sources"
    return error("SPK2052", text, where=place_of(piece.population), hint=hint)
