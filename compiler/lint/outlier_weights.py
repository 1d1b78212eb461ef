"""Advice on a few large weights, which leave all the others few numbers on a chip."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic, warning
from ...sim.nir.path import shown, stored_at
from .rounding import least_stored, rounded_away
from .subject import Subject

CLIPPED_AT = 99.5
"""Percentile of the sizes of weights at which a clip is tried."""
WORTH = 0.05
"""Share of the weights that a clip has to save from rounding to 0."""
FAR = 2.0
"""Times the percentile that the largest is at least."""


def outlier_weights(subject: Subject) -> list[Diagnostic]:
    """SPK0701 for each layer where clipping one weight in two hundred keeps many others from rounding to 0."""
    found: list[Diagnostic] = []
    bits = subject.weight_bits
    for node in subject.flat.nodes():
        weight = node.params.get("weight")
        if not isinstance(weight, np.ndarray):
            continue
        sizes = np.abs(weight[weight != 0]).ravel()
        if sizes.size < 2:
            continue
        largest, clip = float(sizes.max()), float(np.percentile(sizes, CLIPPED_AT))
        before, after = rounded_away(sizes, largest, bits), rounded_away(sizes, clip, bits)
        if largest < FAR * clip or (before - after) < WORTH * sizes.size:
            continue
        past = int((sizes > clip).sum())
        message = (
            f"{past:,} of {sizes.size:,} weights of {shown(node.path)} are larger than {clip:.3g}, up to {largest:.3g}"
            f": with {bits} bits the smallest weight stored is then {least_stored(largest, bits):.2g}, and {before:,} "
            f"round to 0; clipped at {clip:.3g}, {after:,} would"
        )
        hint = f"clip at {clip:.3g} and train on, or use weight decay on this layer"
        found.append(warning("SPK0701", message, where=stored_at(node.path, "weight"), hint=hint))
    return found
