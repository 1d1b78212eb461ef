"""Lists what each core stores, in words: the rows behind the floor plan and its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

if TYPE_CHECKING:
    from ..ir.placement import Slice
    from ..ir.report import CoreTraffic, Resources


@dataclass(frozen=True, kw_only=True)
class Core:
    """pieces: (population, neurons, which ones in words). used: resource -> amount. traffic: None where nothing
    was measured. limits: its own, where cores differ."""

    number: int
    chip: int
    place: int
    pieces: tuple[tuple[str, int, str], ...]
    used: Mapping[str, int]
    traffic: CoreTraffic | None
    limits: Mapping[str, int] | None = None

    @property
    def neurons(self) -> int:
        """Neurons on the core."""
        return sum(size for _, size, _ in self.pieces)

    def fullest(self, available: Mapping[str, int]) -> tuple[str, float]:
        """The resource of which least is left, and its share."""
        limits = self.limits or available
        name = max(sorted(self.used), key=lambda n: self.used[n] / limits[n])
        return name, self.used[name] / limits[name]

    def holds(self) -> list[str]:
        """A line for each piece."""
        return [f"{name}: {words}" for name, _, words in self.pieces]

    def speaks(self) -> str:
        """Say in words what the core sends and hears."""
        if self.traffic is None:
            return "traffic not measured"
        t = self.traffic
        return f"{t.out:.3g} packets/step out, {t.from_cores:.3g} in, {t.from_host:.3g} from the host"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What `Resources` and a placement in memory both have of cores. available_on, walks: as there."""

    cores: int
    cores_per_chip: int
    slices: Sequence[Slice]
    per_core: Sequence[Mapping[str, int]]
    available_on: Sequence[Mapping[str, int]]
    walks: Mapping[str, str]


def cores_of(
    layout: Layout | Resources,
    places: Sequence[tuple[int, int]] = (),
    traffic: Sequence[CoreTraffic] | UnsetType = UNSET,
) -> list[Core]:
    """List all cores in use, in order of their number. places: (chip, core) of each, else one chip after the other."""
    pieces: list[list[tuple[str, int, str]]] = [[] for _ in range(layout.cores)]
    for piece in layout.slices:
        pieces[piece.core].append((piece.population, piece.size, _which(piece, layout.walks)))
    places = places or [divmod(k, layout.cores_per_chip) for k in range(layout.cores)]
    return [
        Core(
            number=k,
            chip=places[k][0],
            place=places[k][1],
            pieces=tuple(held),
            used=layout.per_core[k],
            traffic=traffic[k] if traffic is not UNSET and traffic else None,
            limits=layout.available_on[k] if layout.available_on else None,
        )
        for k, held in enumerate(pieces)
    ]


def held_and_limits(resources: Resources, name: str) -> list[tuple[int, int]]:
    """Of one resource what each core in use holds, and how much it could."""
    own = resources.available_on
    return [
        (used[name], own[k][name] if own else resources.available[name])
        for k, used in enumerate(resources.per_core)
    ]


def _which(piece: Slice, walks: Mapping[str, str]) -> str:
    first, last = piece.first, piece.first + piece.size - 1
    walk = walks.get(piece.population)
    numbers = f"{first}" if first == last else f"{first} to {last}"
    if walk is None:
        return f"neurons {numbers}" if first != last else f"neuron {numbers}"
    return f"places {numbers} of its walk {walk}"
