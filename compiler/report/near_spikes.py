"""Finds, in a raster of one neuron, which spikes that are missing come a step or two earlier or later."""

from __future__ import annotations

from .rasters import EXTRA, MISSED

NEAR = (1, 2)
"""Steps of tolerance that a reader can choose."""


def near_spikes(marks: str) -> tuple[dict[int, int], dict[int, int]]:
    """Pair what the chip misses with what it has too many. marks: a digit a step, as `Panel` has them.

    Step -> steps to its partner (1 or 2), or 0 where it has none, of the missing ones and of those too many. Partners
    one step apart are found first, the earliest first, so that a pair stays one where more is tolerated."""
    missed = {t: 0 for t, mark in enumerate(marks) if int(mark) & MISSED}
    extra = {t: 0 for t, mark in enumerate(marks) if int(mark) & EXTRA}
    for apart in NEAR:
        for t in missed:
            if missed[t]:
                continue
            partner = next((u for u in (t - apart, t + apart) if extra.get(u) == 0), None)
            if partner is not None:
                missed[t] = extra[partner] = apart
    return missed, extra
