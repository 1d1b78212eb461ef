"""Holds the weights and membranes of a compiled network against what the chip's numbers can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...sim.diagnostic import DiagnosticError
from ...targets.configuration import Symbols
from ..backends.interface import backend_of
from ..ir.number_ranges import Histogram, MembraneRange, NumberFormats, NumberRanges, WeightRange
from ..ir.on_chip import OnChip
from ..ir.stages import ChipRun, Loaded, Prepared
from ..ir.timed_network import TimedNetwork

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Taps = Mapping[int, "csr_array"]
"""Delay in float steps -> weights (n, size of the source)."""

MOST_WEIGHTS = 1 << 21
"""In larger networks no weights are compared."""
BINS = 41
"""Of a histogram; odd, so that 0 is in the middle of one where the range is symmetric."""
AT_LIMIT = 1e-6
"""Relative: how near to the end of a format a weight counts as at it."""


def number_ranges(prepared: Prepared, loaded: Loaded, symbols: Symbols, run: ChipRun) -> NumberRanges:
    """Compare what was loaded with the float network that it stands for, and look at the membranes of a run."""
    backend, quantized = backend_of(prepared.target), prepared.quantized
    formats = backend.formats(quantized, prepared.target)
    membranes = _membranes(symbols, run, backend.membrane, formats, prepared)
    total = quantized.network.synapses
    if total > MOST_WEIGHTS:
        return NumberRanges(
            membranes=membranes, weights_left_out=f"{total:,} weights are too many to compare here"
        )
    try:
        machine = backend.machine(prepared.target, loaded)
        chip = backend.on_chip(prepared, machine, symbols, prepared.target)
    except DiagnosticError as problem:
        return NumberRanges(membranes=membranes, weights_left_out=problem.diagnostics[0].message)
    return NumberRanges(
        weights=weight_ranges(wanted_weights(prepared.timed), chip, formats), membranes=membranes
    )


def wanted_weights(timed: TimedNetwork) -> dict[tuple[str, str], Taps]:
    """(source, population) -> float steps from a spike to the sum that it enters -> weights, as constructs made them:
    where delays stand for a synaptic current, these are its weights."""
    lags = timed.lag_steps
    found: dict[tuple[str, str], dict[int, csr_array]] = {}
    for name, population in timed.populations.items():
        for link in population.links:
            delay = link.delay_steps + lags.get(link.source, 0) - population.lag_steps
            taps = found.setdefault((link.source, name), {})
            taps[delay] = taps[delay] + link.weights if delay in taps else link.weights
    return dict(sorted(found.items()))


def weight_ranges(
    wanted: Mapping[tuple[str, str], Taps], chip: OnChip, formats: NumberFormats
) -> tuple[WeightRange, ...]:
    """Compare the weights between every pair that is joined in both, weight by weight; where the chip brings them in
    other steps, their sums."""
    on_chip = {(p.pre, p.post): p.taps for p in chip.network.projections}
    found: list[WeightRange] = []
    for (pre, post), taps in wanted.items():
        other = on_chip.get((pre, post))
        if post not in chip.membranes or other is None:
            continue
        a, b, rows = _side_by_side(taps, other)
        if a.size:
            step = chip.membranes[post].step
            found.append(_weights(pre, post, a, b, step, rows, formats.weights.get((pre, post))))
    return tuple(found)


def _side_by_side(taps: Taps, other: Taps) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(k,) each: of every pair and delay that has a weight in either, both, and the neuron."""
    size, sources = next(iter(taps.values())).shape or (0, 0)
    delays = {delay: k for k, delay in enumerate(sorted({*taps, *other}))}
    if not set(other) <= set(taps):
        delays = dict.fromkeys(delays, 0)
    (keys_a, a), (keys_b, b) = (_entries(each, delays, size, sources) for each in (taps, other))
    keys = np.sort(np.concatenate([keys_a, keys_b]))
    keys = keys[np.diff(keys, prepend=-1) > 0]
    wanted, chip = np.zeros(keys.size), np.zeros(keys.size)
    np.add.at(wanted, np.searchsorted(keys, keys_a), a)
    np.add.at(chip, np.searchsorted(keys, keys_b), b)
    return wanted, chip, keys // max(1, sources) % max(1, size)


def _entries(taps: Taps, delays: Mapping[int, int], size: int, sources: int) -> tuple[np.ndarray, np.ndarray]:
    """(k,) numbers of delay, neuron and source in one, and weights that are not 0."""
    from scipy.sparse import find

    keys, weights = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for delay in sorted(taps):
        rows, columns, values = find(taps[delay])
        keys.append((delays[delay] * size + rows.astype(np.int64)) * sources + columns)
        weights.append(values.astype(np.float64))
    return np.concatenate(keys), np.concatenate(weights)


def _weights(
    pre: str, post: str, wanted: np.ndarray, chip: np.ndarray, step: np.ndarray, rows: np.ndarray,
    limits: tuple[float, float] | None,
) -> WeightRange:  # fmt: skip
    low, high = float(min(wanted.min(), chip.min())), float(max(wanted.max(), chip.max()))
    reach = max(-low, high)
    one = float(np.median(step))
    gap = chip - wanted
    worst = float(np.abs(gap).max())
    ends = (None, None) if limits is None else (limits[0] * float(step.max()), limits[1] * float(step.max()))
    at_limit = 0
    if limits is not None:
        integers = chip / step[rows]
        slack = AT_LIMIT * max(1.0, abs(limits[0]), abs(limits[1]))
        at_limit = int(((integers >= limits[1] - slack) | (integers <= limits[0] + slack)).sum())
    return WeightRange(
        pre=pre,
        post=post,
        weights=wanted.size,
        low=float(wanted.min()),
        high=float(wanted.max()),
        format_low=ends[0],
        format_high=ends[1],
        step=one,
        lost=int(((wanted != 0) & (chip == 0)).sum()),
        at_limit=at_limit,
        worst=worst,
        mean=float(np.abs(gap).mean()),
        in_float=histogram(wanted, -reach, reach),
        chip=histogram(chip, -reach, reach),
        error=histogram(gap, -worst, worst),
    )


def _membranes(
    symbols: Symbols, run: ChipRun, membrane: str, formats: NumberFormats, prepared: Prepared
) -> tuple[MembraneRange, ...]:
    states = run.run.states.get(membrane)
    if states is None or not states.size:
        return ()
    ends = (None, None) if formats.membrane is None else formats.membrane
    found: list[MembraneRange] = []
    for p in symbols.populations:
        mine = states[:, :, p.machine_index]
        if not mine.size:
            continue
        low, high = int(mine.min()), int(mine.max())
        threshold = _threshold(prepared, p.name, p.scales[membrane].units, p.scales[membrane].offset)
        found.append(
            MembraneRange(
                population=p.name,
                low=low,
                high=high,
                format_low=ends[0],
                format_high=ends[1],
                threshold=threshold,
                sites=mine.size,
                at_low=0 if formats.membrane is None else int((mine <= formats.membrane[0]).sum()),
                at_high=0 if formats.membrane is None else int((mine >= formats.membrane[1]).sum()),
                histogram=integers(mine, low, max(high, math.ceil(threshold or high))),
            )
        )
    return tuple(found)


def _threshold(prepared: Prepared, name: str, units: float, offset: float) -> float | None:
    population = prepared.network.populations.get(name)
    if population is None or population.neuron.theta is None:
        return None
    origin = 0.0 if population.neuron.v_reset is None else population.neuron.v_reset
    return float(np.median(population.neuron.theta + origin) - offset) * units


def integers(values: np.ndarray, low: int, high: int) -> Histogram:
    """Count integers from low to high, as many in each of at most BINS bins, the last of which may go beyond."""
    each = -(-(high - low + 1) // BINS)
    bins = -(-(high - low + 1) // each)
    return histogram(values, low - 0.5, low - 0.5 + bins * each, bins)


def histogram(values: np.ndarray, low: float, high: float, bins: int = BINS) -> Histogram:
    """Count values in bins of one width from low to high, the last one with both of its ends."""
    if not low < high:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(values, bins, (low, high))
    return Histogram(low=low, high=high, counts=tuple(counts.tolist()))
