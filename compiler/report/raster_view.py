"""Lays out the rasters: the samples among which a reader chooses, the panels of each, and what they show in words."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from ..ir.report import Panel, Rasters
from .near_spikes import NEAR, near_spikes
from .rasters import MOST_STEPS
from .svg import Svg
from .svg_curves import curve_key, curves
from .svg_raster import key, raster

View = dict[str, object]


def raster_view(rasters: Sequence[Rasters]) -> View:
    """`samples`; `first_sample`, the place of the one that is shown first, which differs most; `raster_key`, what the
    marks mean."""
    spiking = [panel.marks is not UNSET for one in rasters for panel in one.panels]
    keys = [*([key()] if any(spiking) else []), *([curve_key()] if not all(spiking) else [])]
    samples = [
        {
            "number": one.sample,
            "why": one.why,
            "words": _decided(one),
            "panels": [
                {"kind": p.kind, "name": p.name, "drawing": _drawn(p), "words": panel_words(p)}
                for p in one.panels
            ],
            "left_out": ", ".join(one.left_out),
        }
        for one in rasters
        if one.panels
    ]
    apart = [
        sum((p.missed or 0) + (p.extra or 0) for p in one.panels if p.marks is not UNSET)
        for one in rasters
        if one.panels
    ]
    return {
        "samples": samples,
        "first_sample": apart.index(max(apart, default=0)) if apart else 0,
        "raster_key": Svg("".join(k.text for k in keys)),
        "spiking": any(spiking),
    }


def _decided(one: Rasters) -> str:
    words = [] if one.label is None else [f"label {one.label}"]
    if one.in_float is not None and one.chip is not None:
        words += [f"float decides {one.in_float}", f"chip {one.chip}"]
    return ", ".join(words)


def _drawn(panel: Panel) -> Svg:
    if panel.marks is not UNSET:
        return raster(panel, panel.marks)
    return curves(panel, *(() if values is UNSET else values for values in (panel.in_float, panel.chip)))


def panel_words(panel: Panel) -> str:
    """What a panel counts, and what it leaves out."""
    shown, neurons, steps = len(panel.shown), panel.neurons, panel.steps
    parts: list[str] = []
    if panel.marks is not UNSET:
        parts.append(f"{panel.matched:,} matched, {panel.missed:,} missed, {panel.extra:,} extra spikes.")
        near = [apart for row in panel.marks for apart in near_spikes(row)[0].values()]
        counts = [near.count(apart) for apart in NEAR]
        if any(counts):
            parts.append(
                f"Of the missed ones drawn here, {counts[0]:,} come one step, {counts[1]:,} two steps early or late."
            )
    if shown < neurons:
        parts.append(f"{shown} of {neurons:,} neurons: those that differ most, then the most active.")
    if steps > MOST_STEPS:
        parts.append(f"The first {MOST_STEPS} of {steps:,} steps.")
    return " ".join(parts)
