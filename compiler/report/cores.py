"""Lists what each core stores, in words: the rows behind the floor plan and its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Core:
    """pieces: (population, neurons, which ones in words). used: resource -> amount. traffic: `out`, `in`,
    `from_host` in packets a step, or None. limits: its own, where cores differ."""

    number: int
    chip: int
    place: int
    pieces: tuple[tuple[str, int, str], ...]
    used: Mapping[str, int]
    traffic: Mapping[str, float] | None
    limits: Mapping[str, int] | None = None

    @property
    def neurons(self) -> int:
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
        if self.traffic is None:
            return "traffic not measured"
        t = self.traffic
        return f"{t['out']:.3g} packets/step out, {t['in']:.3g} in, {t['from_host']:.3g} from the host"


def cores_of(report: Mapping[str, Any]) -> list[Core]:
    """All cores in use, in order of their number."""
    resources = report["resources"]
    pieces: list[list[tuple[str, int, str]]] = [[] for _ in range(resources["cores"])]
    for piece in resources["slices"]:
        words = _which(piece, resources.get("walks", {}))
        pieces[piece["core"]].append((piece["population"], piece["size"], words))
    traffic, per_chip = report.get("traffic"), resources["cores_per_chip"]
    places = report.get("places") or [divmod(k, per_chip) for k in range(resources["cores"])]
    return [
        Core(
            number=k,
            chip=places[k][0],
            place=places[k][1],
            pieces=tuple(held),
            used=resources["per_core"][k],
            traffic=traffic[k] if traffic else None,
            limits=resources["available_on"][k] if resources.get("available_on") else None,
        )
        for k, held in enumerate(pieces)
    ]


def held_and_limits(resources: Mapping[str, Any], name: str) -> list[tuple[int, int]]:
    """Of one resource what each core in use holds, and how much it could."""
    own = resources.get("available_on")
    return [
        (used[name], own[k][name] if own else resources["available"][name])
        for k, used in enumerate(resources["per_core"])
    ]


def _which(piece: Mapping[str, Any], walks: Mapping[str, Any]) -> str:
    first, last = piece["first"], piece["first"] + piece["size"] - 1
    walk = walks.get(piece["population"])
    numbers = f"{first}" if first == last else f"{first} to {last}"
    if walk is None:
        return f"neurons {numbers}" if first != last else f"neuron {numbers}"
    return f"places {numbers} of its walk {walk}"
