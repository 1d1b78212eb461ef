"""What every family of chips reports of a placement."""

from __future__ import annotations

from typing import TypedDict

from ...ir.placement import Certificate, Placement, Slice
from ...ir.report import Binding
from .place_on_mesh import binding_resource


class OfPlacement(TypedDict):
    """The fields of `Resources` that follow from the placement alone."""

    cores: int
    binding: Binding
    per_core: tuple[dict[str, int], ...]
    available: dict[str, int]
    available_on: tuple[dict[str, int], ...]
    certificate: Certificate
    slices: tuple[Slice, ...]
    walks: dict[str, str]


def of_placement(placement: Placement) -> OfPlacement:
    """List what follows from a placement, for `Resources(**of_placement(placement), chips=1, ...)`."""
    resource, share = binding_resource(placement)
    return {
        "cores": placement.cores,
        "binding": Binding(resource=resource, share=share),
        "per_core": tuple(dict(sorted(used.items())) for used in placement.used),
        "available": dict(sorted(placement.available.items())),
        "available_on": tuple(dict(sorted(limits.items())) for limits in placement.available_on),
        "certificate": placement.certificate,
        "slices": placement.slices,
        "walks": {name: walk.words for name, walk in sorted(placement.traversals.items())},
    }
