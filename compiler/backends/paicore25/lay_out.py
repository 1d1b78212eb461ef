"""Lays a quantised network out on cores: everything but where on the chip they are.

Rows of memory decide how many cores a stage takes; all cores of a stage that spikes reach read the same map, those that
add potentials each their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ....sim.nir.path import shown, stored_at
from ....targets.paicore25.model import PaicoreChip
from .folds import Cuts, Taps, cuts_of, taps_of
from .geometry import as_map
from .layout import Destination, Layout, Section, StageLayout
from .maps import POTENTIAL, ReadMap, Stream, end_to_end, padded, side_by_side
from .pieces import Piece, Reads, fold_rows, rectangles, single, vector_rows, walkable
from .quantized_network import QuantizedNetwork
from .reads import adds_of, reads_of
from .timing import Hop, start_ticks
from .wiring import Wiring, wiring_of

FULL_ROWS, HALF_ROWS = 2, 1


def lay_out(network: QuantizedNetwork, chip: PaicoreChip) -> Layout:
    """Lay a network out. Raises DiagnosticError: SPK2001 for a neuron that a core cannot hold or feed, SPK1003 for
    loops that are too short, and delays that the input buffers do not hold."""
    return _Layouter(network, chip).layout()


class _Layouter:
    """Collects a layout, stage after stage."""

    def __init__(self, network: QuantizedNetwork, chip: PaicoreChip) -> None:
        self.chip, self.wiring = chip, wiring_of(network)
        first = next(iter(self.wiring.stages.values()))
        self.bits, self.chip_steps = first.core_params["weight_bits"], first.core_params["chip_steps"]
        self.lines, self.line_bits = _lines(self.wiring)
        self.maps: dict[str, ReadMap] = {}
        self.cuts: dict[str, Cuts | None] = {}
        for family in self.wiring.families:
            self._read_family(family)
        self.spare = {family[0]: family[-1] for family in self.wiring.families if self._unheard(family[-1])}
        for name in self.spare:
            self.maps[name] = replace(self.maps[name], bits=self.maps[name].bits + 1)
        self.sections: list[Section] = []
        self.of_stage: dict[str, list[int]] = {}

    def layout(self) -> Layout:
        """The whole of it."""
        pieces = {
            name: found
            for family in self.wiring.families
            for found in [self._pieces(family)]
            for name in family
        }
        reads: dict[str, list[Reads]] = {}
        for family in self.wiring.families:
            for name in family:
                reads[name] = self._sections(name, pieces[name])
        lcn = self._lcn()
        self.sections = [replace(s, lcn=lcn[s.stage]) for s in self.sections]
        waiting = [
            Hop(source, section.stage, delay)
            for section in self.sections
            for source, delay, _ in section.read.address
            if source not in self.wiring.stages
        ]
        hops, sends = self._hops(), {name: self._sends(name) for name in self.wiring.stages}
        ticks, loop = start_ticks(self.wiring.stages, hops)
        raise_errors(_too_short(loop, self.chip))
        raise_errors(_too_long([*hops, *waiting], ticks, lcn, self.chip))
        stages = {
            name: StageLayout(
                population=population,
                pieces=tuple(pieces[name]),
                reads=tuple(reads[name]),
                tick=ticks[name],
                sends=sends[name],
                target_lcn=self._target_lcn(name, lcn),
            )
            for name, population in self.wiring.stages.items()
        }
        return Layout(
            stages=stages,
            sections=tuple(self.sections),
            lines=self.line_bits,
            weight_bits=self.bits,
            chip_steps=self.chip_steps,
        )

    def _unheard(self, name: str) -> bool:
        return name not in self.wiring.exported and not self.wiring.heard.get(name)

    def _read_family(self, family: tuple[str, ...]) -> None:
        """What each stage of a family that spikes reach reads, and how its pieces are cut."""
        wiring = self.wiring
        reading = [name for name in family if name in wiring.synapses]
        walk = all(wiring.stages[name].core_params["stride_rows"] for name in family)
        taps = {name: _taps(name, wiring) for name in reading} if walk else {}
        cuts = _cuts(family, wiring, taps) if walk else None
        maps = {name: _map(name, wiring, None if cuts is None else taps[name]) for name in reading}
        most = self.chip.core.slot_bits << self.chip.core.most_lcn
        if cuts is not None and any(read.bits >= most for read in maps.values()):
            cuts = None
            maps = {name: _map(name, wiring, None) for name in reading}
        raise_errors(
            [
                _too_many_inputs(name, read.bits, most, self.chip)
                for name, read in maps.items()
                if read.bits > most
            ]
        )
        self.maps |= maps
        self.cuts |= dict.fromkeys(family, cuts)

    def _pieces(self, family: tuple[str, ...]) -> list[Piece]:
        """The same for all stages of a family, so that what one sends another walks over."""
        wiring, last = self.wiring, family[-1]
        shape, cuts = wiring.stages[last].shape, self.cuts[last]
        if cuts is None:
            return single(wiring.stages[last].size)
        along = [_places(shape, self.maps[name]) for name in family if name in self.maps]
        along += [self.maps[post].address[last, steps, 0] for post, steps in wiring.heard.get(last, ())]
        if last in self.lines:
            along.append(self.lines[last])
        found = walkable(rectangles(shape, cuts), along)
        parts = max((len(wiring.adds.get(name, ())) for name in family), default=0)
        most = (
            3 * self.chip.core.rows
        )  # neurons, four potentials a row and as much again for weights and copies
        if parts:
            most = min(most, (self.chip.core.slot_bits << self.chip.core.most_lcn) // (POTENTIAL * parts))
        return [part for piece in found for part in _no_larger(piece, most)]

    def _sections(self, name: str, pieces: Sequence[Piece]) -> list[Reads]:
        """Put the pieces of a stage on cores, in order, and say what each reads."""
        wiring, size = self.wiring, self.wiring.stages[name].size
        if name in wiring.adds:
            return self._adding_sections(name, pieces)
        read = self.maps[name]
        place = _places(wiring.stages[name].shape, read)
        reads = reads_of(pieces, place, wiring.synapses[name], read, self.bits)
        filled = self._filled(name, pieces, reads, self.bits, most=size)
        self._add(name, read, filled)
        return reads

    def _adding_sections(self, name: str, pieces: Sequence[Piece]) -> list[Reads]:
        adds = self.wiring.adds[name]
        most = (self.chip.core.slot_bits << self.chip.core.most_lcn) // (POTENTIAL * len(adds))
        none = adds_of(pieces, np.zeros(self.wiring.stages[name].size, dtype=np.int64), len(adds))
        position = np.zeros(self.wiring.stages[name].size, dtype=np.int64)
        for numbers, rows in self._filled(name, pieces, none, 1, most=most):
            own = np.full(position.size, -1)
            neurons = np.concatenate([pieces[k].neurons for k in numbers])
            own[neurons] = position[neurons] = np.arange(neurons.size)
            read = side_by_side([(pre, 0, 0) for pre in adds], own, neurons.size)
            self._add(name, read, [(numbers, rows)])
        return adds_of(pieces, position, len(adds))

    def _add(self, name: str, read: ReadMap, cores: Sequence[tuple[tuple[int, ...], int]]) -> None:
        self.of_stage.setdefault(name, []).append(len(self.sections))
        self.sections.append(
            Section(
                stage=name,
                read=read,
                lcn=0,
                cores=tuple(numbers for numbers, _ in cores),
                rows=tuple(rows for _, rows in cores),
            )
        )

    def _filled(
        self, name: str, pieces: Sequence[Piece], reads: Sequence[Reads], bits: int, *, most: int
    ) -> list[tuple[tuple[int, ...], int]]:
        """Fill cores one after the other: numbers of pieces, and the rows that they take. most: neurons of a core."""
        population, sends = self.wiring.stages[name], self._n_sends(name)
        kinds = _second_rows(population.params, pieces, reads)
        cores: list[tuple[tuple[int, ...], int]] = []
        own: list[int] = []
        rows, neurons, vectors, before = 0, 0, set[bytes](), -1
        for k, (piece, one) in enumerate(zip(pieces, reads, strict=True)):
            key = b"" if one.vector is None else vector_key(one)
            alone = FULL_ROWS + _further(piece, sends)
            fresh = vector_rows(one.vector, bits)
            if alone + fresh > self.chip.core.rows:
                raise DiagnosticError((self._too_large(name, piece, alone, fresh),))
            more = (HALF_ROWS if kinds[k] == before else FULL_ROWS) + _further(piece, sends)
            more += 0 if key in vectors else fresh
            if own and (rows + more > self.chip.core.rows or neurons + piece.size > most):
                cores.append((tuple(own), rows))
                own, rows, neurons, vectors = [], 0, 0, set()
                more = alone + fresh
            own.append(k)
            vectors.add(key)
            rows, neurons, before = rows + more, neurons + piece.size, int(kinds[k])
        return [*cores, (tuple(own), rows)]

    def _too_large(self, name: str, piece: Piece, records: int, weights: int) -> Diagnostic:
        message = (
            f"{piece.size:,} neuron(s) of {shown(name)} take {records + weights:,} rows of memory, {weights:,} of them "
            f"for weights; a core of {self.chip.title} has {self.chip.core.rows:,}"
        )
        return error("SPK2001", message, where=stored_at(name), hint="use fewer inputs or fewer weight bits")

    def _n_sends(self, name: str) -> int:
        return max(1, len(self.wiring.heard.get(name, ())) + (name in self.lines))

    def _hops(self) -> list[Hop]:
        hops = [
            Hop(pre, post, steps)
            for pre in self.wiring.stages
            for post, steps in self.wiring.heard.get(pre, ())
        ]
        return [*hops, *(Hop(last, first, self._spare_delay(first)) for first, last in self.spare.items())]

    def _spare_delay(self, first: str) -> int:
        return next(len(family) for family in self.wiring.families if family[0] == first)

    def _sends(self, name: str) -> tuple[Destination, ...]:
        size = self.wiring.stages[name].size
        found: list[Destination] = []
        for post, steps in self.wiring.heard.get(name, ()):
            for number in self.of_stage[post]:
                address = self.sections[number].read.address[name, steps, 0]
                found.append(Destination(section=number, delay=steps, address=address))
        if name in self.lines:
            found.append(Destination(section=None, delay=0, address=self.lines[name]))
        for first, last in self.spare.items():
            if last == name:
                (number,) = self.of_stage[first]
                spare = np.full(size, self.sections[number].read.bits - 1)
                delay = self._spare_delay(first)
                found.append(Destination(section=number, delay=delay, address=spare))
        return tuple(found)

    def _lcn(self) -> dict[str, int]:
        """By stage, and of the host as "": what a source sends to are of one, the least that holds all of them."""
        need = {"": _lcn_of(self.line_bits, self.chip)}
        for section in self.sections:
            need[section.stage] = max(need.get(section.stage, 0), _lcn_of(section.read.bits, self.chip))
        groups = [self._targets(name) for name in self.wiring.stages]
        while True:
            before = dict(need)
            for group in groups:
                most = max(need[name] for name in group)
                need |= dict.fromkeys(group, most)
            if need == before:
                return need

    def _targets(self, name: str) -> list[str]:
        """Stages to which one sends, the host as ""."""
        found = [post for post, _ in self.wiring.heard.get(name, ())]
        found += [first for first, last in self.spare.items() if last == name]
        return [*found, *([""] if name in self.lines else [])]

    def _target_lcn(self, name: str, lcn: Mapping[str, int]) -> int:
        return max(lcn[target] for target in self._targets(name))


def vector_key(reads: Reads) -> bytes:
    """Equal for equal vectors."""
    vector = reads.vector
    if vector is None:
        return b""
    address = b"" if vector.address is None else b"a" + vector.address.astype(np.int64).tobytes()
    return vector.weights.astype(np.int64).tobytes() + address


def second_row(params: Mapping[str, np.ndarray], piece: Piece, reads: Reads) -> tuple[int, ...]:
    """What the second row of a piece's record holds, by which the next one can do without."""
    sparse = reads.vector is not None and reads.vector.address is not None
    return (*(int(params[name][piece.neurons[0]]) for name in sorted(params)), int(sparse))


def _second_rows(
    params: Mapping[str, np.ndarray], pieces: Sequence[Piece], reads: Sequence[Reads]
) -> np.ndarray:
    """(pieces,) the same number where second rows are the same."""
    kinds: dict[tuple[int, ...], int] = {}
    return np.array(
        [
            kinds.setdefault(second_row(params, piece, one), len(kinds))
            for piece, one in zip(pieces, reads, strict=True)
        ]
    )


def _further(piece: Piece, sends: int) -> int:
    """Rows of a piece beyond those of its first record that are not folded: of copies for further destinations too."""
    return sends * fold_rows(piece.size) + (sends - 1) * HALF_ROWS


def _cuts(family: tuple[str, ...], wiring: Wiring, taps: Mapping[str, Mapping[Stream, Taps]]) -> Cuts | None:
    found: list[Cuts] = []
    for name in family:
        cuts = cuts_of(wiring.stages[name], [*taps.get(name, {}).values()])
        if cuts is None:
            return None
        found.append(cuts)
    return (
        tuple(sorted({at for cuts in found for at in cuts[0]})),
        tuple(sorted({at for cuts in found for at in cuts[1]})),
    )


def _taps(name: str, wiring: Wiring) -> dict[Stream, Taps]:
    return {
        stream: taps_of(
            wiring.stages[name],
            wiring.shapes[stream[0]],
            *synapses,
            places=stream[0] in wiring.places,
        )
        for stream, synapses in wiring.synapses[name].items()
    }


def _map(name: str, wiring: Wiring, taps: Mapping[Stream, Taps] | None) -> ReadMap:
    if taps is not None:
        return padded(wiring.stages[name], taps, [stream for stream in taps if stream[0] in wiring.places])
    return end_to_end(
        {stream: int(np.prod(wiring.shapes[stream[0]], dtype=np.int64)) for stream in wiring.synapses[name]}
    )


def _places(shape: tuple[int, ...], read: ReadMap) -> np.ndarray:
    """(n,) bits by which each neuron stands further than the first of its channel."""
    size = int(np.prod(shape, dtype=np.int64))
    if read.walk is None:
        return np.zeros(size, dtype=np.int64)
    _, row, column = (axis.reshape(-1) for axis in np.indices(as_map(shape)))
    return row * read.walk[1] + column * read.walk[0]


def _no_larger(piece: Piece, most: int) -> list[Piece]:
    if piece.size <= most:
        return [piece]
    return [part for half in piece.halves() for part in _no_larger(half, most)]


def _lines(wiring: Wiring) -> tuple[dict[str, np.ndarray], int]:
    """By stage that the host reads: (n,) bit address of each line in a step; and the bits of a step."""
    found: dict[str, np.ndarray] = {}
    first = 0
    for name in wiring.exported:
        stage = wiring.stages[name]
        width = POTENTIAL if stage.core_params["sends_potential"] else 1
        first = -(-first // width) * width
        found[name] = first + width * np.arange(stage.size)
        first += width * stage.size
    return found, max(first, 1)


def _lcn_of(bits: int, chip: PaicoreChip) -> int:
    return max(0, (-(-bits // chip.core.slot_bits) - 1).bit_length())


def _too_many_inputs(name: str, bits: int, most: int, chip: PaicoreChip) -> Diagnostic:
    message = (
        f"{shown(name)} is reached by {bits:,} sources; a core of {chip.title} reads {most:,} bits in a step"
    )
    return error(
        "SPK2001", message, where=stored_at(name), hint="let fewer sources reach it, as by a pool before it"
    )


def _too_short(loop: Sequence[Hop], chip: PaicoreChip) -> list[Diagnostic]:
    if not loop:
        return []
    names = " -> ".join((*(hop.pre for hop in loop), loop[-1].post))
    has = sum(hop.delay for hop in loop)
    message = f"the loop {names} takes {len(loop)} chip steps on {chip.title}, and the network gives it {has}"
    return [error("SPK1003", message, where=stored_at(loop[0].post), hint="put a Delay into the loop")]


def _too_long(
    hops: Sequence[Hop], ticks: Mapping[str, int], lcn: Mapping[str, int], chip: PaicoreChip
) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for hop in hops:
        ahead = ticks[hop.post] - ticks[hop.pre] if hop.pre in ticks else 1
        waits, laps = ahead + hop.delay, chip.core.slots >> lcn[hop.post]
        if waits > laps or hop.delay >= laps:
            message = (
                f"what {shown(hop.pre)} sends to {shown(hop.post)} waits {waits} chip steps in its input buffer, which "
                f"holds {laps} of {chip.core.slot_bits << lcn[hop.post]:,} bits"
            )
            hint = "use shorter delays, or fewer sources"
            found.append(error("SPK1003", message, where=stored_at(hop.post), hint=hint))
    return found


def least_rows(stage: StageLayout, layout: Layout) -> int:
    """Rows without which no cores hold a stage: each weight vector once, each record without a second row."""
    bits = 1 if stage.adds else layout.weight_bits
    records = sum(HALF_ROWS + fold_rows(piece.size) for piece in stage.pieces)
    kept = {vector_key(reads): vector_rows(reads.vector, bits) for reads in stage.reads}
    return records + sum(kept.values())
