"""Writes a placed network as what the chip loads: registers, records and weight vectors, addresses and routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....targets.configuration import CopySymbols, Symbols
from ....targets.paicore25.configuration import (
    RECORD,
    REGISTERS,
    Core,
    InputMap,
    OutputLine,
    PaicoreConfiguration,
    Vector,
)
from ....targets.paicore25.memory import completed
from ....targets.paicore25.model import PaicoreChip
from ....targets.paicore25.signals import signal_tree
from ...ir.placement import Placement
from ..shared.unplaced import plain_symbols
from .boxes import Board, Box
from .lay_out import lay_out, second_row, vector_key
from .layout import Destination, LaidOut, Layout, Section, StageLayout
from .pieces import Piece, Reads, steps_of
from .place import board_of
from .quantized_network import QuantizedNetwork

SLOT = 512
WIDTHS = {1: 0, 2: 1, 4: 2, 8: 3}
CYCLES = 2
"""busy_cycle, delay_cycle, width_cycle, as the vendor's compiler writes them; nothing models them."""
THREAD = 1


def configuration_of(
    network: QuantizedNetwork, placement: Placement, chip: PaicoreChip
) -> tuple[PaicoreConfiguration, Symbols, list[list[int]]]:
    """The configuration, where everything of the network is in it, and chip and site of each core of the placement. A
    placement that does not bring its layout is laid out again."""
    layout = placement.layout if isinstance(placement, LaidOut) else lay_out(network, chip)
    board = board_of(chip)
    boxes = _boxes(layout, placement, board)
    writer = _Writer(network, layout, boxes, [board.position(site) for site in placement.sites])
    configuration, symbols = writer.written()
    return configuration, symbols, [[0, site] for site in placement.sites]


def _boxes(layout: Layout, placement: Placement, board: Board) -> list[Box]:
    """The box of each section: the least that holds its cores."""
    found: list[Box] = []
    first = 0
    for section in layout.sections:
        x, y = zip(
            *(board.position(site) for site in placement.sites[first : first + len(section.cores)]),
            strict=True,
        )
        found.append(Box(min(x), min(y), max(x) - min(x) + 1, max(y) - min(y) + 1))
        first += len(section.cores)
    return found


class _Writer:
    """Writes cores one after the other, and notes where their neurons are."""

    def __init__(
        self,
        network: QuantizedNetwork,
        layout: Layout,
        boxes: list[Box],
        positions: list[tuple[int, int]],
    ) -> None:
        self.network, self.layout, self.boxes, self.positions = network, layout, boxes, positions
        self.index = {name: np.zeros(s.population.size, dtype=np.int64) for name, s in layout.stages.items()}
        self.copies: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
        self.seen: dict[str, list[tuple[np.ndarray, OutputLine]]] = {}
        self.neurons = 0
        self.cores: list[Core] = []

    def written(self) -> tuple[PaicoreConfiguration, Symbols]:
        """The whole configuration."""
        for number, section in enumerate(self.layout.sections):
            for numbers in section.cores:
                self._core(section, numbers)
            self._fillers(number, section)
        self._signals()
        outputs, lines = self._outputs()
        symbols = plain_symbols(self.network)
        first = {port.name: port.first for port in symbols.inputs}
        inputs, elements = self._inputs(first)
        configuration = PaicoreConfiguration(
            cores=tuple(self.cores),
            root=min(((core.x, core.y) for core in self.cores), key=sum),
            n_inputs=elements,
            inputs=inputs,
            outputs=outputs,
            chip_steps=self.layout.chip_steps,
        )
        copies = [
            CopySymbols(
                population=name,
                role="copy",
                delay_steps=0,
                machine_index=np.concatenate([index for index, _ in found]),
                neuron=np.concatenate([neuron for _, neuron in found]),
            )
            for name, found in sorted(self.copies.items())
        ]
        return configuration, replace(
            symbols,
            populations=tuple(replace(p, machine_index=self.index[p.name]) for p in symbols.populations),
            copies=tuple(copies),
            outputs=tuple(replace(o, line=lines[o.population]) for o in symbols.outputs),
        )

    def _core(self, section: Section, numbers: tuple[int, ...]) -> None:
        stage = self.layout.stages[section.stage]
        at = self.positions[len([core for core in self.cores if core.records.size])]
        records: list[np.void] = []
        folds: list[np.ndarray] = []
        vectors: dict[bytes, int] = {}
        kept: list[Vector] = []
        before: tuple[int, ...] | None = None
        for k in numbers:
            piece, reads = stage.pieces[k], stage.reads[k]
            key = vector_key(reads)
            if reads.vector is not None and key not in vectors:
                vectors[key] = len(kept)
                kept.append(reads.vector)
            row = second_row(stage.population.params, piece, reads)
            for copy, send in enumerate(_sends(stage, piece)):
                record = _record(stage, piece, reads, vectors.get(key, -1), full=row != before)
                before = row
                self._route(record, at, stage, piece, send)
                self._note(section.stage, piece, send, copy, len(records))
                records.append(record)
                start = np.full(piece.size - 1, int(stage.population.params["init_v"][piece.neurons[0]]))
                folds.append(start if piece.size > 1 else start[:0])
        core = Core(
            x=at[0],
            y=at[1],
            registers=self._registers(section, at),
            records=np.array(records, dtype=RECORD),
            fold_v=tuple(folds),
            vectors=tuple(kept),
        )
        self.cores.append(completed(core))

    def _note(self, name: str, piece: Piece, send: Destination, copy: int, record: int) -> None:
        index = self.neurons + np.arange(piece.size)
        self.neurons += piece.size
        if copy:
            self.copies.setdefault(name, []).append((index, piece.neurons))
        else:
            self.index[name][piece.neurons] = index
        if send.section is None:
            potential = bool(self.layout.stages[name].population.core_params["sends_potential"])
            line = OutputLine(
                core=len(self.cores), record=record, potential=potential, address=send.address[piece.neurons]
            )
            self.seen.setdefault(name, []).append((piece.neurons, line))

    def _route(
        self, record: np.void, at: tuple[int, int], stage: StageLayout, piece: Piece, send: Destination
    ) -> None:
        box = Box(0, 0, 1, 1) if send.section is None else self.boxes[send.section]
        address = int(send.address[piece.neurons[0]]) + send.delay * (SLOT << stage.target_lcn)
        steps = steps_of(piece, send.address)
        if steps is None:
            raise ValueError(f"a piece of {stage.population.name} cannot walk to where it sends")
        route = {
            "x": box.x - at[0],
            "y": box.y - at[1],
            "copy_x": box.width - 1,
            "copy_y": box.height - 1,
            "axon": address % SLOT,
            "tick_relative": address // SLOT,
        }
        if piece.size > 1:
            route |= {"fold_axon_y": steps[0], "fold_axon_x": steps[1]}
        for name, value in route.items():
            record[name] = value

    def _registers(self, section: Section, at: tuple[int, int]) -> dict[str, int]:
        stage = self.layout.stages[section.stage]
        sends = bool(stage.population.core_params["sends_potential"])
        return dict.fromkeys(REGISTERS, 0) | {
            "add_potential": int(stage.adds),
            "output_width": WIDTHS[8] if sends else WIDTHS[1],
            "weight_sign": 0 if stage.adds else 1,
            "weight_width": WIDTHS[1] if stage.adds else WIDTHS[self.layout.weight_bits],
            "lcn": section.lcn,
            "target_lcn": stage.target_lcn,
            "test_x": -at[0],
            "test_y": -at[1],
            "thread_number": THREAD,
            "busy_cycle": CYCLES,
            "delay_cycle": CYCLES,
            "width_cycle": CYCLES,
            "tick_start": stage.tick,
        }

    def _fillers(self, number: int, section: Section) -> None:
        """Cores without neurons where a box has more positions than its section has cores."""
        taken = {(core.x, core.y) for core in self.cores}
        for at in self.boxes[number].positions:
            if at not in taken:
                core = Core(
                    x=at[0],
                    y=at[1],
                    registers=self._registers(section, at),
                    records=np.zeros(0, dtype=RECORD),
                    fold_v=(),
                    vectors=(),
                )
                self.cores.append(completed(core))

    def _signals(self) -> None:
        """Lead signals from the root to every core."""
        positions = [(core.x, core.y) for core in self.cores]
        tree = signal_tree(positions, min(positions, key=sum))
        for k, core in enumerate(self.cores):
            send, receive = tree[core.x, core.y]
            signals = {"global_send": send, "global_receive": receive}
            self.cores[k] = replace(core, registers={**core.registers, **signals})

    def _outputs(self) -> tuple[tuple[OutputLine, ...], dict[str, np.ndarray]]:
        """Output lines, record after record, and the line of each neuron of what the host reads."""
        outputs: list[OutputLine] = []
        lines: dict[str, np.ndarray] = {}
        first = 0
        for _, p in self.network.exported:
            if p.name in lines:
                continue
            line = lines[p.name] = np.zeros(p.size, dtype=np.int64)
            for neurons, one in self.seen[p.name]:
                line[neurons] = first + np.arange(neurons.size)
                first += neurons.size
                outputs.append(one)
        return tuple(outputs), lines

    def _inputs(self, first: Mapping[str, int]) -> tuple[tuple[InputMap, ...], int]:
        sizes = {port.name: port.size for port in self.network.inputs}
        found: list[InputMap] = []
        for number, section in enumerate(self.layout.sections):
            box = self.boxes[number]
            for (source, delay, _), address in sorted(section.read.address.items(), key=lambda item: item[0]):
                if source in sizes:
                    found.append(
                        InputMap(
                            first=first[source],
                            size=sizes[source],
                            x=box.x,
                            y=box.y,
                            copy_z=0,
                            copy_x=box.width - 1,
                            copy_y=box.height - 1,
                            address=address + delay * (SLOT << section.lcn),
                        )
                    )
        return tuple(found), sum(sizes.values())


def _sends(stage: StageLayout, piece: Piece) -> list[Destination]:
    """Where a piece sends, a record for each."""
    return [send for send in stage.sends if send.address[piece.neurons[0]] >= 0]


def _record(stage: StageLayout, piece: Piece, reads: Reads, vector: int, *, full: bool) -> np.void:
    """The record of a piece, but for its route."""
    record = np.zeros(1, dtype=RECORD)[0]
    params = {name: int(values[piece.neurons[0]]) for name, values in stage.population.params.items()}
    sparse = reads.vector is not None and reads.vector.address is not None
    fields = {
        "v": params["init_v"],
        "full": int(full),
        "fold": int(piece.size > 1),
        "output_type": stage.population.core_params["sends_potential"],
        "weight_skew": reads.skew,
        "vector": vector,
    }
    if full:
        fields |= params | {"sparse": int(sparse)}
    if piece.size > 1:
        fields |= {
            "fold_number": piece.size,
            "fold_skew_y": reads.along,
            "fold_skew_x": reads.across,
            "fold_range_y": piece.width,
            "fold_range_x": piece.height,
            "fold_range_z": 1,
        }
    for name, value in fields.items():
        record[name] = value
    return record
