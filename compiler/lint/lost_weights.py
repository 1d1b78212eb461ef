"""Advice on layers whose weights are too far apart in size for a chip's bits, without outliers to blame."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic, warning
from ...sim.nir.path import shown, stored_at
from .outlier_weights import CLIPPED_AT
from .rounding import least_stored, rounded_away
from .subject import Subject

MANY = 0.25
"""Share of a layer's weights."""


def lost_weights(subject: Subject) -> list[Diagnostic]:
    """SPK0702 for each layer of which a quarter of the weights that are not 0 rounds to 0."""
    found: list[Diagnostic] = []
    bits = subject.weight_bits
    for node in subject.flat.nodes():
        weight = node.params.get("weight")
        if not isinstance(weight, np.ndarray) or not weight.any():
            continue
        sizes = np.abs(weight[weight != 0]).ravel()
        if rounded_away(sizes, float(np.percentile(sizes, CLIPPED_AT)), bits) <= MANY * sizes.size:
            continue  # none, or those that clipping outliers saves
        lost = rounded_away(sizes, float(sizes.max()), bits)
        step = least_stored(float(sizes.max()), bits)
        message = (
            f"{lost:,} of {sizes.size:,} weights of {shown(node.path)} are below half a step of {bits} bits, "
            f"{step / 2:.2g}, where the largest is {sizes.max():.3g}: at one scale for the layer they round to 0"
        )
        hint = "train with quantised weights, prune the small ones, or use more bits where the chip has them"
        found.append(warning("SPK0702", message, where=stored_at(node.path, "weight"), hint=hint))
    return found
