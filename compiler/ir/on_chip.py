"""The network that a configured chip computes, in float: what an export writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .network import Network


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """What the chip does and no float network says. where: the populations; chip: what it does, with numbers; file:
    what the network has in its place. Both complete sentences that begin with the chip, and with the file."""

    where: str
    chip: str
    file: str


@dataclass(frozen=True, kw_only=True)
class ChipMembrane:
    """The membranes of a population on the chip. step: (n,) float64, one integer in the network's unit, counted from
    where a spike leaves them, which is the integer `rest`, or that of each, (n,) int64. rounded: by how many
    integers a step rounds synapse and membrane at most; None where more than rounding keeps the chip from the float
    network."""

    step: np.ndarray
    rounded: tuple[float, float] | None
    rest: int | np.ndarray = 0


@dataclass(frozen=True, kw_only=True)
class OnChip:
    """network: populations with the chip's decays, thresholds, floors and first membranes; projections with its weights
    and delays, in float steps; every number is a whole number of the chip's over its scale. membranes: by
    population."""

    network: Network
    membranes: Mapping[str, ChipMembrane]
    left_out: tuple[LeftOut, ...] = ()
