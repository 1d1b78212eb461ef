"""What a placed network takes, as `spikec fit` shows it."""

from __future__ import annotations

from ...ir.placement import Placement
from ...ir.stages import ResourceEstimate
from .place_on_mesh import binding_resource


def estimated(placement: Placement, available: int, reason: str = "") -> ResourceEstimate:
    """available: cores of the chip. reason: why it does not fit, or empty."""
    binding, share = binding_resource(placement)
    return ResourceEstimate(
        cores=placement.cores, available=available, binding=binding, share=share, reason=reason
    )
