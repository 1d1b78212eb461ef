"""Quantises populations to the chip's integers, each neuron with numbers of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ....sim.diagnostic import Diagnostic, note, raise_errors
from ....targets.chip import Range
from ....targets.configuration import StateScale
from ....targets.machines.synapse_rows import as_rows
from ....targets.ranc.model import RancChip
from ...ir.calibration import Tuning
from ...ir.network import Neuron
from ...ir.quantized import MaskProjection, QuantizedPopulation, Rounding
from ...ir.timed_network import TimedLink, TimedNetwork, TimedPopulation
from ...timed.neuron_kinds import not_integrate_and_fire
from ...timed.on_chip_clock import on_chip_clock
from ..shared.may_wrap import may_wrap
from ..shared.quantized_network import quantized_network
from .axon_type_weights import Basis, basis_for
from .lower import FloatNeurons, lower
from .partition import crowded
from .quantized_network import QuantizedNetwork
from .relays import ROLE, Relayed, with_relays
from .scale import Fit, Limits, fit

if TYPE_CHECKING:
    from scipy.sparse import csr_array


THROUGH_SPLITTERS = 2  # steps from a spike to the sum that it enters


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network, and what the report and the placer read of the quantisation.

    neurons: population -> what it is in float. bases: population -> the weights that it may have. steps: population ->
    (n,) int64 the chip's steps in a float threshold. strict: population -> (n,) int64 steps by which the threshold is
    higher above the potentials than in float, for `>`. lowest: negative threshold that no potential is below. timed:
    with relays, and a step more where spikes may be split."""

    chip: RancChip
    timed: TimedNetwork
    relayed: Relayed
    network: QuantizedNetwork
    neurons: Mapping[str, FloatNeurons]
    bases: Mapping[str, Basis]
    steps: Mapping[str, np.ndarray]
    strict: Mapping[str, np.ndarray]
    lowest: int
    diagnostics: tuple[Diagnostic, ...]

    def lowered(self, population: str) -> np.ndarray:
        """(n,) steps by which the potentials of a population are lower than in float."""
        return _lowered(self.neurons[population].population.neuron, self.strict[population])


def quantize(
    timed: TimedNetwork,
    chip: RancChip,
    *,
    weight_bits: int,
    consent: bool = False,
    tuning: Tuning | None = None,
) -> Quantized:
    """Convert a network to the chip's integers. weight_bits: of the chip's 4, at most so many. consent: relays may
    stand for what pools. Populations with neurons of more targets than a core holds copies of get a step more on all
    their ways, in which splitters can repeat their spikes.

    Raises DiagnosticError: SPK1004 for other neurons, SPK1003 where a slack exceeds the chip's largest delay."""
    populations = timed.populations.values()
    raise_errors([problem for p in populations for problem in not_integrate_and_fire(p, chip)])
    network = timed.network
    relayed = with_relays(network, chip) if consent else Relayed(network=network, relays={})
    slower: dict[str, int] = {}
    first = on_chip_clock(relayed.network, chip) if relayed.relays else timed
    quantized = _quantized(relayed, first, chip, weight_bits, tuning or Tuning())
    while more := {
        name: THROUGH_SPLITTERS for name in crowded(quantized.network, chip) if name not in slower
    }:
        slower |= more
        later = on_chip_clock(relayed.network, chip, slower)
        quantized = _quantized(relayed, later, chip, weight_bits, tuning or Tuning())
        quantized = replace(quantized, diagnostics=(*later.diagnostics, *quantized.diagnostics))
    return quantized


def _quantized(
    relayed: Relayed, timed: TimedNetwork, chip: RancChip, weight_bits: int, tuning: Tuning
) -> Quantized:
    neurons: dict[str, FloatNeurons] = {}
    bases: dict[str, Basis] = {}
    steps: dict[str, np.ndarray] = {}
    strict: dict[str, np.ndarray] = {}
    populations: list[QuantizedPopulation] = []
    projections: list[MaskProjection] = []
    roundings: list[Rounding] = []
    diagnostics = [] if chip.verified else [_unverified(chip)]
    for name, population in timed.populations.items():
        lowered = neurons[name] = lower(population, tuning)
        joined = _Joined.of(lowered.population.links)
        bases[name] = basis_for(
            joined.fan_in, chip.core.axons, min(weight_bits, chip.bits.weight), chip.core.types
        )
        fits = _fits(joined, lowered.population, bases[name], chip)
        steps[name] = np.array([f.threshold for f in fits], dtype=np.int64)
        strict[name] = _strict(lowered, fits, chip)
        quantized = _population(lowered, fits, strict[name], bases[name], chip)
        populations.append(replace(quantized, role=ROLE) if name in relayed.relays else quantized)
        projections += _projections(name, joined, fits, bases[name])
        low = _lowered(lowered.population.neuron, strict[name])
        roundings += _roundings(name, joined, lowered, fits, quantized.params, low)
        beyond = np.array([f.beyond for f in fits], dtype=np.int64)
        diagnostics += may_wrap(name, chip, beyond, _signed(chip.bits.potential))
    made_network = quantized_network(chip.name, timed, populations, projections, roundings)
    return Quantized(
        chip=chip,
        timed=timed,
        relayed=relayed,
        network=made_network,
        neurons=neurons,
        bases=bases,
        steps=steps,
        strict=strict,
        lowest=lowest_threshold(chip),
        diagnostics=tuple(diagnostics),
    )


def _unverified(chip: RancChip) -> Diagnostic:
    message = f"{chip.title}: its numbers are from publications, and nothing was compared with a device"
    return note("SPK1061", message)


@dataclass(frozen=True, kw_only=True)
class _Joined:
    """The weights of a population from all lines side by side. lines: (source, delay); first: (lines + 1,) columns."""

    lines: tuple[tuple[str, int], ...]
    first: np.ndarray
    matrix: csr_array | None

    @staticmethod
    def of(links: Sequence[TimedLink]) -> _Joined:
        from scipy import sparse

        lines = tuple((link.source, link.held_steps) for link in links)
        first = np.cumsum([0, *((link.weights.shape or (0, 0))[1] for link in links)])
        if not lines:
            return _Joined(lines=(), first=first, matrix=None)
        matrix = sparse.csr_array(sparse.hstack([link.weights for link in links], format="csr"))
        matrix.sort_indices()
        return _Joined(lines=lines, first=first, matrix=matrix)

    @property
    def fan_in(self) -> int:
        return 0 if self.matrix is None else int(np.diff(self.matrix.indptr).max(initial=0))

    def row(self, neuron: int) -> np.ndarray:
        if self.matrix is None:
            return np.zeros(0)
        return self.matrix.data[self.matrix.indptr[neuron] : self.matrix.indptr[neuron + 1]]


def _fits(joined: _Joined, population: TimedPopulation, basis: Basis, chip: RancChip) -> list[Fit]:
    """One for each neuron; neurons with the same numbers share theirs."""
    limits, subtracts = _limits(chip), population.neuron.reset == "subtract"
    bias = population.neuron.bias
    start, v_min = population.start, population.neuron.v_min
    known: dict[tuple[bytes, float, tuple[float, ...]], Fit] = {}
    fits: list[Fit] = []
    for neuron in range(population.size):
        row = joined.row(neuron)
        others = (float(start[neuron]), 0.0 if v_min is None else float(v_min[neuron]))
        key = (row.tobytes(), float(bias[neuron]), others)
        if key not in known:
            known[key] = fit(row, float(bias[neuron]), basis, limits, subtracts=subtracts, others=others)
        fits.append(known[key])
    return fits


def _strict(lowered: FloatNeurons, fits: list[Fit], chip: RancChip) -> np.ndarray:
    """(n,) 1 where a potential can be as high as its threshold, which `>` does not let fire and the chip does."""
    at_threshold, high = lowered.population.neuron.at_threshold, _signed(chip.bits.threshold)[1]
    return np.array([f.exact and not at_threshold and f.threshold < high for f in fits], dtype=np.int64)


def _limits(chip: RancChip) -> Limits:
    bits = chip.bits
    return Limits(
        potential=_signed(bits.potential),
        threshold=_signed(bits.threshold),
        weight=_signed(bits.weight),
        leak=_signed(bits.leak),
    )


def _signed(bits: int) -> Range:
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def _population(
    lowered: FloatNeurons, fits: list[Fit], strict: np.ndarray, basis: Basis, chip: RancChip
) -> QuantizedPopulation:
    """A spike that sets the potential leaves the threshold free to be a step higher; one that takes the threshold off
    it does not, and potential and floor are a step lower."""
    population, neuron = lowered.population, lowered.population.neuron
    threshold, gain, leak = (
        np.array([getattr(f, name) for f in fits], dtype=np.int64) for name in ("threshold", "gain", "leak")
    )
    low = _lowered(neuron, strict)
    fires_at = threshold + strict - low
    floor = _floor(neuron.v_min, fits, threshold, low, chip)
    values = np.zeros((population.size, chip.core.types), dtype=np.int64)
    values[:, : basis.axons] = gain[:, None] * np.array(basis.values)
    params = {
        "initial_potential": np.clip(np.rint(population.start * threshold) - low, floor, fires_at - 1).astype(
            np.int64
        ),
        "leak": leak,
        "negative_threshold": floor,
        "positive_threshold": fires_at,
        "reset_mode": np.full(population.size, int(neuron.reset == "subtract"), dtype=np.int64),
        "reset_potential": np.zeros(population.size, dtype=np.int64),
        **{f"weight{k}": values[:, k] for k in range(chip.core.types)},
    }
    units = float(np.median(threshold / lowered.theta)) if population.size else 1.0
    lower = float(np.median(low)) if population.size else 0.0
    return QuantizedPopulation(
        name=population.name,
        shape=population.shape,
        params=params,
        core_params={},
        scales={"v": StateScale(units=units, offset=population.origin + lower / units)},
        lag_steps=population.lag_steps,
        emission_delay=neuron.emission_delay,
    )


def _lowered(neuron: Neuron, strict: np.ndarray) -> np.ndarray:
    """(n,) steps by which potentials are lower than in float."""
    return strict if neuron.reset == "subtract" else np.zeros_like(strict)


def _floor(
    v_min: np.ndarray | None, fits: list[Fit], threshold: np.ndarray, low: np.ndarray, chip: RancChip
) -> np.ndarray:
    """(n,) negative thresholds. low: (n,) steps by which potentials are lower. Below it a potential is set back
    towards 0: where the network has a floor, or else so low that a likely step does not take it past the lowest that
    it holds, if it can come there at all."""
    lowest = lowest_threshold(chip)
    down = np.array([f.down for f in fits], dtype=np.int64)
    floor = np.where(down > 0, np.minimum(lowest + down, -1), lowest)
    if v_min is None:
        return floor
    return np.maximum(floor, np.minimum(np.rint(v_min * threshold) - low, 0)).astype(np.int64)


def lowest_threshold(chip: RancChip) -> int:
    """The negative threshold of which no potential is below."""
    return max(_signed(chip.bits.potential)[0], _signed(chip.bits.threshold)[0])


def _projections(name: str, joined: _Joined, fits: list[Fit], basis: Basis) -> list[MaskProjection]:
    """One for each source; its delays side by side."""
    if joined.matrix is None:
        return []
    rows = np.repeat(np.arange(len(fits)), np.diff(joined.matrix.indptr))
    codes = np.concatenate([np.zeros(0, dtype=np.int64), *(f.codes for f in fits)])
    column = joined.matrix.indices.astype(np.int64)
    line = np.searchsorted(joined.first, column, side="right") - 1
    delay = np.array([delay for _, delay in joined.lines], dtype=np.int64)[line]
    projections: list[MaskProjection] = []
    for pre in sorted({source for source, _ in joined.lines}):
        own = np.array([source == pre for source, _ in joined.lines])[line] & (codes != 0)
        projections.append(
            MaskProjection(
                pre=pre,
                post=name,
                synapses=as_rows(
                    (column - joined.first[line])[own],
                    rows[own],
                    basis.masks(codes[own]),
                    delay[own],
                ),
                weight_bits=basis.bits,
            )
        )
    return projections


def _roundings(
    name: str,
    joined: _Joined,
    lowered: FloatNeurons,
    fits: list[Fit],
    registers: Mapping[str, np.ndarray],
    low: np.ndarray,
) -> list[Rounding]:
    threshold = np.array([f.threshold for f in fits], dtype=np.int64)
    ratio = np.array([f.gain / f.threshold for f in fits])
    gaps: dict[str, np.ndarray] = {
        "bias": registers["leak"] / threshold - lowered.population.neuron.bias,
        "initial state": (registers["initial_potential"] + low) / threshold - lowered.population.start,
    }
    if joined.matrix is not None:
        codes = np.concatenate([f.codes for f in fits])
        gaps["weight"] = codes * np.repeat(ratio, np.diff(joined.matrix.indptr)) - joined.matrix.data
    roundings: list[Rounding] = []
    for what, gap in sorted(gaps.items()):
        if gap.size:
            size = np.abs(gap)
            worst, mean = float(size.max()), float(size.mean())
            roundings.append(Rounding(place=name, what=what, unit="thresholds", worst=worst, mean=mean))
    return roundings
