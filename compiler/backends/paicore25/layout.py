"""Records how a network lies on cores: pieces of stages, what boxes read and send, and when cores start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...ir.placement import Placement
from ...ir.quantized import QuantizedPopulation
from .maps import ReadMap
from .pieces import Piece, Reads


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """A box of cores that read the same. stage: whose neurons they hold. cores: numbers of pieces on each core, in the
    order of their records. rows: memory rows of each."""

    stage: str
    read: ReadMap
    lcn: int
    cores: tuple[tuple[int, ...], ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a stage sends: a section, or the host where that is None. delay: chip steps. address: (n,) int64 bit
    address of each neuron in the step of the receiver; below 0 for those that another section reads."""

    section: int | None
    delay: int
    address: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class StageLayout:
    """pieces, and what each reads. tick: chip step, from 1, in which its cores start. sends: in the order of records.
    target_lcn: of all that it sends to."""

    population: QuantizedPopulation
    pieces: tuple[Piece, ...]
    reads: tuple[Reads, ...]
    tick: int
    sends: tuple[Destination, ...]
    target_lcn: int

    @property
    def adds(self) -> bool:
        """Whether it adds potentials."""
        return bool(self.population.core_params["adds_potentials"])


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """stages: by name, sorted. sections: in the order in which boxes are placed. lines: bits of a step that the host
    reads. weight_bits: of a stored weight."""

    stages: Mapping[str, StageLayout]
    sections: tuple[Section, ...]
    lines: int
    weight_bits: int
    chip_steps: int

    @property
    def cores(self) -> int:
        """Cores with neurons."""
        return sum(len(section.cores) for section in self.sections)


@dataclass(frozen=True, kw_only=True)
class LaidOut(Placement):
    """A placement, and the layout that it places, which what is written follows."""

    layout: Layout = field(repr=False, compare=False)
