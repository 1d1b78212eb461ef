"""Rounds links to the chip's synapses: each weight once, what is taken back exactly half of what came twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....targets.machines.synapse_rows import as_rows
from ....targets.xylo.model import XyloChip
from ...ir.network import Network
from ...ir.quantized import ReceptorProjection, Rounding
from .codes import nearest_in_sum
from .currents import Currents
from .decays import Decays
from .lower import CLOCK, Link, Lowered
from .nearest_answers import nearest_answers
from .own_scales import Factors
from .relays import place_in, relay_name
from .resets import overshoot_name
from .scale import Matrix, Scales, grid, matrices_of, matrix_of, synapses_of
from .second_current import answers_of

Key = tuple[str, int, str, int]
"""Source, relays, target, accumulator of the target."""


def encode_links(
    network: Network,
    lowered: Lowered,
    scales: Scales,
    chip: XyloChip,
    resets: Mapping[str, list[np.ndarray]],
    own: Factors,
) -> tuple[list[ReceptorProjection], dict[str, np.ndarray], list[Rounding]]:
    """Encode all links as projections. One projection a pair of populations and accumulator; population -> (n,) what
    rounding takes from constants of the clock, in steps of the membrane in every step, for the bias to make up for;
    the rounding of each link. resets: population -> weights (k, n) of each neuron onto itself, and of the second one
    onto it, where there is one; that one has all synapses that the neuron has. own: see `own_scales.py`; weights of
    these neurons are rounded together."""
    parts: dict[Key, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    matrix: dict[Key, Matrix] = {}
    roundings: list[Rounding] = []
    missing: dict[str, np.ndarray] = {}
    together = {name: _rounded_together(name, network, lowered, scales, chip) for name in sorted(own)}
    for link in lowered.links:
        matrices = matrices_of(link, lowered, network)
        currents, size = lowered.decays[link.post].currents, network.populations[link.post].size
        if link.post in together and link.source != CLOCK:
            shares, gap = together[link.post][link.source, link.relays]
            gap = gap / scales.units[link.post] / own[link.post][link.rows]
            rounding = Rounding.of(_place(link), "weight", "membrane", gap)
        else:
            shares, rounding = _rounded_alone(link, network, lowered, scales, chip)
        roundings.append(rounding)
        if link.source == CLOCK and currents is not None:
            missing[link.post] = missing.get(link.post, 0.0) + _unsettled(link, scales, shares, currents)
        elif link.source == CLOCK:
            lost = np.bincount(link.rows, link.weights * scales.units[link.post] - sum(shares), size)
            missing[link.post] = missing.get(link.post, 0.0) + lost * _steady(lowered.decays[link.post])
        for receptor, steps in enumerate(shares):
            here = (link.source, link.relays, link.post, receptor)
            matrix[here] = matrices[0]
            parts.setdefault(here, []).append((link.rows, link.cols, steps * np.where(link.twice, 2, 1)))
            if link.twice.any():
                later = (link.source, link.relays + 1, link.post, receptor)
                matrix[later] = matrices[1]
                back = (link.rows[link.twice], link.cols[link.twice], -steps[link.twice])
                parts.setdefault(later, []).append(back)
    for name, weights in resets.items():
        for source, parts_of in zip((name, overshoot_name(name)), weights, strict=False):
            for receptor, steps in enumerate(parts_of):
                every = np.arange(steps.size)
                matrix[source, 0, name, receptor] = "rec"
                parts.setdefault((source, 0, name, receptor), []).append((every, every, steps))
    projections = [_projection(key, parts[key], matrix[key], lowered, scales, chip) for key in sorted(parts)]
    both = [p for p in projections if p.code.size]
    counted = {name for name, weights in resets.items() if len(weights) > 1}
    both += [replace(p, post=overshoot_name(p.post)) for p in both if p.post in counted]
    return both, missing, roundings


def _unsettled(link: Link, scales: Scales, shares: list[np.ndarray], currents: Currents) -> np.ndarray:
    """(n,) what the membrane comes to, of constants of the clock, by what rounding took."""
    kept, rows = currents.kept[:, link.rows], link.rows
    wanted = currents.share[:, rows] * link.weights * scales.units[link.post]
    lost = (wanted - kept * np.stack(shares)) * currents.settling[:, rows]
    return np.bincount(rows, lost.sum(axis=0), currents.dash.shape[1])


def _rounded_in_currents(
    link: Link, scales: Scales, matrix: Matrix, top: int, currents: Currents
) -> tuple[list[np.ndarray], Rounding]:
    """(k,) int64 steps of the membrane for each current; the first makes up for the rounding of the others."""
    unit, units = 1 << scales.shifts[matrix], scales.units[link.post]
    kept, share = currents.kept[:, link.rows], currents.share[:, link.rows]
    left = exact = link.weights * units
    steps: list[np.ndarray] = []
    for j in reversed(range(len(kept))):
        part = (left if j == 0 else exact * share[j]) / kept[j] / unit
        steps.insert(0, nearest_in_sum(part, link.rows, (-top, top)) * unit)
        left = left - kept[j] * steps[0]
    return steps, Rounding.of(_place(link), "weight", "membrane", np.abs(left) / units)


def _rounded_alone(
    link: Link, network: Network, lowered: Lowered, scales: Scales, chip: XyloChip
) -> tuple[list[np.ndarray], Rounding]:
    """Each weight by itself, with the sums of neurons kept."""
    matrices, top = matrices_of(link, lowered, network), chip.ranges.weight[1]
    decay = lowered.decays[link.post]
    if decay.currents is not None:
        return _rounded_in_currents(link, scales, matrices[0], top, decay.currents)
    synapses = 1 if decay.second is not None else synapses_of(link.post, lowered, chip)
    return _rounded(link, scales, matrices, top, synapses)


def _place(link: Link) -> str:
    return f"{relay_name(link.source, link.relays)} -> {link.post}"


def _rounded_together(
    name: str, network: Network, lowered: Lowered, scales: Scales, chip: XyloChip
) -> dict[tuple[str, int], tuple[list[np.ndarray], np.ndarray]]:
    """Source and relays of each link onto a population, but for the clock's -> (k,) int64 steps of the membrane for
    each current, and by how much these are off, as weights of the network, in the same steps."""
    decay, neuron = lowered.decays[name], network.populations[name].neuron
    links = [link for link in lowered.into(name) if link.source != CLOCK]
    if not links:
        return {}
    answers = answers_of(decay, neuron, synapses_of(name, lowered, chip))
    rows = np.concatenate([link.rows for link in links])
    exact = np.concatenate([link.weights for link in links]) / decay.charge[rows] * scales.units[name]
    unit = [np.full(link.rows.size, 1 << scales.shifts[matrix_of(link, lowered, network)]) for link in links]
    steps = nearest_answers(exact, rows, np.concatenate(unit), answers, chip.ranges.weight[1])
    gap = np.abs((answers.worth[rows].T * steps).sum(axis=0) - exact)
    ends = np.cumsum([link.rows.size for link in links])[:-1]
    return {
        (link.source, link.relays): (list(part), off)
        for link, part, off in zip(links, np.split(steps, ends, axis=1), np.split(gap, ends), strict=True)
    }


def _steady(decay: Decays) -> np.ndarray:
    """(n,) what the membrane gets in every step of a constant 1 that arrives in every step."""
    return np.where(decay.cancelled, 1.0, decay.alpha / np.maximum(1.0 - decay.alpha, 2.0**-15))


def _rounded(
    link: Link, scales: Scales, matrices: tuple[Matrix, ...], top: int, synapses: int
) -> tuple[list[np.ndarray], Rounding]:
    """(k,) int64 steps of the membrane for each synapse of the target: halves, where there are two."""
    unit = grid(scales.shifts, matrices)
    most = (top << scales.shifts[matrices[0]]) // unit
    if len(matrices) > 1:
        most = min(most // 2, (top << scales.shifts[matrices[1]]) // unit)
    exact = link.weights * scales.units[link.post] / unit
    counts = nearest_in_sum(exact, link.rows, (-synapses * most, synapses * most))
    gap = np.abs(counts - exact) * unit / scales.units[link.post]
    shares = [counts] if synapses == 1 else [counts - counts // 2, counts // 2]
    return [share * unit for share in shares], Rounding.of(_place(link), "weight", "membrane", gap)


def _projection(
    key: Key,
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
    matrix: Matrix,
    lowered: Lowered,
    scales: Scales,
    chip: XyloChip,
) -> ReceptorProjection:
    """Steps added where two links meet, as a delay and what is taken back may; the sum is clipped to 8 bits."""
    source, relays, post, receptor = key
    rows, cols, steps = (np.concatenate(column) for column in zip(*parts, strict=True))
    cols, rows, total = _summed(cols, rows, steps.astype(np.float64))  # exact: all are far below 2**53
    shift, top = scales.shifts[matrix], chip.ranges.weight[1]
    codes = np.clip(total.astype(np.int64) >> shift, -top, top)
    keep = codes != 0
    kept = cols[keep]
    return ReceptorProjection(
        pre=relay_name(source, relays),
        post=post,
        synapses=as_rows(
            place_in(lowered.relayed[source, relays], kept) if relays else kept, rows[keep], codes[keep]
        ),
        shift=shift,
        receptor=receptor,
    )


def _summed(
    cols: np.ndarray, rows: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum values by (col, row): the different pairs, sorted, and the float64 sum of each."""
    width = int(rows.max(initial=0)) + 1
    keys, place = np.unique(cols * width + rows, return_inverse=True)
    return keys // width, keys % width, np.bincount(place, values, keys.size)
