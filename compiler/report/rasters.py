"""Selects a bounded look at one sample: float against chip, spike by spike or as curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from ...sim.compare import decisions
from ..ir.report import Panel, PanelKind, Rasters

MATCHED, MISSED, EXTRA = 1, 2, 4
MOST_PANELS, MOST_NEURONS, MOST_STEPS, MOST_CURVES = 12, 48, 128, 6
AT_LEAST, MOST_SAMPLES, MOST_CELLS = 3, 5, 60_000
DIGITS = 5


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One output or layer in both runs: (T, B, ...) counts of spikes, or values."""

    kind: PanelKind
    name: str
    wanted: np.ndarray
    found: np.ndarray


def pairs(kind: PanelKind, wanted: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> list[Pair]:
    """Those that are in both, sorted by name."""
    return [
        Pair(kind=kind, name=name, wanted=wanted[name], found=found[name])
        for name in sorted(found)
        if name in wanted
    ]


def rasters(shown: Sequence[Pair], sample: int = 0) -> Rasters:
    """Draw up panels of sample `sample` and the names of those left out.

    A layer that an output shows already, spike for spike, is not shown twice. A panel has at most MOST_NEURONS
    neurons and MOST_STEPS steps: those that differ most, then those that spike most, in order of their index.
    `marks`: of each neuron a digit a step: 1 both spike, 2 the chip misses a spike, 4 has one too many (sums:
    counts). Values that are no counts become `float` and `chip` curves of MOST_CURVES neurons."""
    panels: list[Panel] = []
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    left_out: list[str] = []
    for pair in shown:
        wanted, found = (_one(a, sample) for a in (pair.wanted, pair.found))
        if pair.kind == "output":
            seen.append((wanted, found))
        elif any(np.array_equal(wanted, a) and np.array_equal(found, b) for a, b in seen):
            continue
        if len(panels) == MOST_PANELS:
            left_out.append(pair.name)
            continue
        panels.append(_panel(pair, wanted, found))
    return Rasters(sample=sample, panels=tuple(panels), left_out=tuple(left_out))


def chosen_samples(shown: Sequence[Pair], most: int = MOST_SAMPLES) -> list[tuple[int, str]]:
    """Choose the samples that are worth a look, and say why: the first, those with another decision, then those whose
    outputs differ most; sorted by number. Fewer where a look at one takes much room."""
    outputs = [pair for pair in shown if pair.kind == "output"] or list(shown)
    if not outputs:
        return [(0, "the first")]
    batch = outputs[0].wanted.shape[1]
    cells = sum(_cells(pair) for pair in list(shown)[:MOST_PANELS])
    room = max(1, min(most, MOST_CELLS // max(1, cells)))
    changed = np.zeros(batch, dtype=np.bool_)
    apart = np.zeros(batch)
    for pair in outputs:
        a, b = (values.reshape(*values.shape[:2], -1) for values in (pair.wanted, pair.found))
        if a.shape[2] > 1:
            changed |= decisions(a) != decisions(b)
        apart += np.abs(a.astype(np.float64) - b).sum(axis=(0, 2))
    why = {0: "the first"}
    for sample in np.flatnonzero(changed).tolist()[: max(0, room - 2)]:
        why[sample] = "decided otherwise"
    for sample in np.argsort(-apart, kind="stable").tolist():
        if len(why) >= room or not apart[sample]:
            break
        why.setdefault(sample, "differs most" if sample == int(np.argmax(apart)) else "differs much")
    for sample in range(min(batch, room, AT_LEAST)):
        if len(why) < AT_LEAST:
            why.setdefault(sample, "another")
    return sorted(why.items())


def _cells(pair: Pair) -> int:
    steps, neurons = len(pair.wanted), int(np.prod(pair.wanted.shape[2:], dtype=np.int64))
    return min(steps, MOST_STEPS) * min(neurons, MOST_NEURONS)


def sampled(shown: Sequence[Pair], labels: np.ndarray | None) -> tuple[Rasters, ...]:
    """Draw up panels of the chosen samples. labels: (B,) of all samples, or None."""
    outputs = [pair for pair in shown if pair.kind == "output"]
    decided = len(outputs) == 1 and int(np.prod(outputs[0].wanted.shape[2:], dtype=np.int64)) > 1
    found: list[Rasters] = []
    for sample, why in chosen_samples(shown):
        a, b = (
            (int(decisions(values)[sample]) for values in (outputs[0].wanted, outputs[0].found))
            if decided
            else (None, None)
        )
        label = None if labels is None else int(labels.reshape(-1)[sample])
        found.append(replace(rasters(shown, sample), why=why, label=label, in_float=a, chip=b))
    return tuple(found)


def _one(values: np.ndarray, sample: int) -> np.ndarray:
    """(T, n) float64 of one sample."""
    return values[:, sample].reshape(len(values), -1).astype(np.float64)


def _panel(pair: Pair, wanted: np.ndarray, found: np.ndarray) -> Panel:
    steps, neurons = wanted.shape
    counts = all(bool(((a >= 0) & (a == np.rint(a))).all()) for a in (wanted, found))
    limit = MOST_NEURONS if counts else MOST_CURVES
    chosen = _chosen(wanted, found, limit)
    a, b = wanted[:MOST_STEPS, chosen], found[:MOST_STEPS, chosen]
    panel = Panel(kind=pair.kind, name=pair.name, steps=steps, neurons=neurons, shown=tuple(chosen.tolist()))
    if not counts:
        return replace(panel, in_float=_curves(a), chip=_curves(b))
    marks = MATCHED * (np.minimum(a, b) > 0) + MISSED * (a > b) + EXTRA * (b > a)
    return replace(
        panel,
        marks=tuple("".join(map(str, row)) for row in marks.T.tolist()),
        matched=int(np.minimum(wanted, found).sum()),
        missed=int(np.maximum(wanted - found, 0).sum()),
        extra=int(np.maximum(found - wanted, 0).sum()),
    )


def _chosen(wanted: np.ndarray, found: np.ndarray, limit: int) -> np.ndarray:
    """(<= limit,) neurons, ascending."""
    different = np.abs(wanted - found).sum(axis=0)
    active = np.abs(wanted).sum(axis=0)
    order = np.lexsort((np.arange(active.size), -active, -different))
    return np.sort(order[:limit])


def _curves(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(f"{v:.{DIGITS}g}") for v in row) for row in values.T.tolist())
