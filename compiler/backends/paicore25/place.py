"""Places a network: pieces on cores by their rows of memory, then boxes of cores on the board."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error
from ....targets.paicore25.model import PaicoreChip
from ...ir.placement import Certificate, Placement, Runs, Slice, Walk
from ...ir.report import MemoryBits, Resources
from ...ir.stages import Placed
from ..shared.resources import of_placement
from .boxes import Board, boxes_of
from .lay_out import lay_out, least_rows
from .layout import LaidOut, Layout
from .maps import POTENTIAL
from .pieces import vector_rows
from .quantized_network import QuantizedNetwork

ROW_BITS = 128


def placed(network: QuantizedNetwork, chip: PaicoreChip) -> Placed:
    """Place a network. Raises DiagnosticError: SPK2001 and SPK1003 as `lay_out`, SPK2003 where cores do not suffice."""
    layout = lay_out(network, chip)
    bare = _placement(layout, chip)
    if bare.cores > chip.cores:
        raise DiagnosticError((_too_many(layout, chip, bare.certificate),))
    board = board_of(chip)
    boxes = boxes_of(layout, board)
    if boxes is None:
        raise DiagnosticError((_no_room(layout, chip),))
    sites: list[int] = []
    for number, section in enumerate(layout.sections):
        positions = boxes[number].positions
        # the first and the last position of a box hold neurons, so that the box can be told from the sites
        chosen = [*positions[: len(section.cores) - 1], positions[-1]] if section.cores[1:] else positions[:1]
        sites += [board.site(position) for position in chosen]
    placement = replace(bare, sites=tuple(sites))
    return Placed(
        placement=placement,
        diagnostics=(),
        resources=Resources(
            **of_placement(placement),
            chips=1,
            cores_per_chip=chip.grid.cores_per_chip,
            neurons_per_core=max(int(used["neurons"]) for used in placement.used),
            memory_bits=_memory(layout),
            least_cores_of_any_partition=placement.certificate.least_cores,
        ),
    )


def without_sites(network: QuantizedNetwork, chip: PaicoreChip) -> tuple[Placement, str]:
    """The cores of a network and what each takes, and why they are too many, or nothing."""
    placement = _placement(lay_out(network, chip), chip)
    too_many = f"{placement.cores} cores; {chip.title} has {chip.cores}"
    return placement, too_many if placement.cores > chip.cores else ""


def board_of(chip: PaicoreChip) -> Board:
    """Where cores can be."""
    return Board(columns=chip.board.columns, rows=chip.board.rows, first_row=chip.board.first_row)


def _placement(layout: Layout, chip: PaicoreChip) -> LaidOut:
    slices: list[Slice] = []
    used: list[dict[str, int]] = []
    walks: dict[str, Walk] = {}
    walked: dict[str, int] = {}
    for section in layout.sections:
        stage = layout.stages[section.stage]
        for numbers, rows in zip(section.cores, section.rows, strict=True):
            size = sum(stage.pieces[k].size for k in numbers)
            first = walked.get(section.stage, 0)
            slices.append(Slice(population=section.stage, first=first, size=size, core=len(used), slot=0))
            walked[section.stage] = first + size
            used.append({"memory_rows": rows, "neurons": size, "input_bits": section.read.bits})
    for name, stage in layout.stages.items():
        order = np.concatenate([piece.neurons for piece in stage.pieces])
        if not np.array_equal(order, np.arange(order.size)):
            walks[name] = Runs.of(order)
    least = sum(_least_cores(name, layout, chip) for name in layout.stages)
    most = chip.core.slot_bits << chip.core.most_lcn
    return LaidOut(
        layout=layout,
        slices=tuple(slices),
        cores=len(used),
        used=tuple(used),
        available={
            "memory_rows": chip.core.rows,
            "neurons": (1 << 29) - 1,
            "input_bits": most,
        },
        certificate=Certificate(
            objective="cores",
            value=len(used),
            bound=least,
            status="optimal" if least == len(used) else "feasible",
            family="records of one stage a core, each weight vector once a core",
            least_cores=least,
        ),
        traversals=walks,
    )


def _least_cores(name: str, layout: Layout, chip: PaicoreChip) -> int:
    """Cores without which a stage is nowhere: for its rows, or for the potentials that it hears in a chip step."""
    stage = layout.stages[name]
    by_rows = -(-least_rows(stage, layout) // chip.core.rows)
    return max(by_rows, -(-_potential_bits(name, layout) // (chip.core.slot_bits << chip.core.most_lcn)))


def _potential_bits(name: str, layout: Layout) -> int:
    """Bits of potentials that a stage hears in a chip step; each neuron has its own, so that no two cores share any."""
    sections = [section for section in layout.sections if section.stage == name]
    return sum(section.read.bits for section in sections) if layout.stages[name].adds else 0


def _memory(layout: Layout) -> MemoryBits:
    stored = ROW_BITS * sum(sum(section.rows) for section in layout.sections)
    alone = 0
    for stage in layout.stages.values():
        bits = 1 if stage.adds else layout.weight_bits
        for piece, reads in zip(stage.pieces, stage.reads, strict=True):
            alone += piece.size * (2 + vector_rows(reads.vector, bits))
    return MemoryBits(stored=stored, without_sharing=max(stored, ROW_BITS * alone))


def _too_many(layout: Layout, chip: PaicoreChip, certificate: Certificate) -> Diagnostic:
    cores = {name: 0 for name in layout.stages}
    for section in layout.sections:
        cores[section.stage] += len(section.cores)
    largest = max(cores, key=lambda name: cores[name])
    rows = sum(sum(section.rows) for section in layout.sections)
    adding = [name for name, stage in layout.stages.items() if stage.adds]
    hint = "use fewer weight bits, or make the named layer smaller"
    potentials: dict[str, str] = {}
    if sum(cores[name] for name in adding) * 2 > layout.cores:
        neurons = sum(layout.stages[name].population.size for name in adding)
        bits = sum(_potential_bits(name, layout) for name in adding)
        potentials["potentials"] = (
            f"{neurons:,} neurons add {bits // POTENTIAL:,} potentials, in {sum(cores[name] for name in adding):,} "
            f"cores, each of which hears {(chip.core.slot_bits << chip.core.most_lcn) // POTENTIAL:,} in a chip step"
        )
        hint = "store weights once (without --split-weights), or make the named layer smaller"
    return error(
        "SPK2003",
        f"the network needs {layout.cores:,} cores, {certificate.least_cores:,} at least; {chip.title} has "
        f"{chip.cores:,}",
        hint=hint,
        needed=f"{layout.cores:,} cores, {rows:,} rows of memory",
        available=f"{chip.cores:,} cores, {chip.cores * chip.core.rows:,} rows",
        largest=f"{largest} takes {cores[largest]:,} cores",
        **potentials,
    )


def _no_room(layout: Layout, chip: PaicoreChip) -> Diagnostic:
    largest = max(layout.sections, key=lambda section: len(section.cores))
    return error(
        "SPK2003",
        f"the {layout.cores:,} cores of the network are boxes that were not brought onto the {chip.cores:,} of "
        f"{chip.title} side by side: the cores that hear the same must be a rectangle",
        hint="make the named layer smaller",
        needed=f"{layout.cores:,} cores in {len(layout.sections):,} boxes",
        available=f"{chip.cores:,} cores",
        largest=f"{largest.stage} takes {len(largest.cores):,} cores",
    )
