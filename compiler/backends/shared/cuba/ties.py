"""Synapses whose weights are shares of thresholds, in the chip's integers: exact, over one synapse or a few."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .....targets.cuba import CubaChip
from .....targets.machines.synapse_rows import as_rows, narrowest
from ....ir.quantized import ScaledProjection, TiedSynapses
from ....ir.timed_network import Tie, TimedPopulation
from .precision import largest_mantissa
from .synapse_codes import EXCITATORY, INHIBITORY, MIXED, coarse_exponent
from .tied_amounts import CODE_BITS, digits, grid, register_below, tie_bits, tied_weights

Form = tuple[int, int, np.ndarray]
"""(exponent, sign mode, mantissas); weights are the sums of several."""


def encode_ties(
    population: TimedPopulation, thresholds: np.ndarray, target: CubaChip
) -> tuple[list[ScaledProjection], list[TiedSynapses]]:
    """Encode the ties of a population; a weight is the sum of a few synapses, or one alone, and exact.

    thresholds: (n,) int64 in units of the accumulator."""
    post, level = population.name, population.level
    longest = max((tie.held_steps for tie in population.ties), default=0)
    delay_bits = next(b for b in target.synapse.delay_bits if longest < 1 << b)
    bits = tie_bits(target)
    amounts = {tie.share.tobytes() for tie in population.ties}
    shared = bits == CODE_BITS and (longest > 0 or len(amounts) > 1)
    projections: list[ScaledProjection] = []
    tied: list[TiedSynapses] = []
    for tie in population.ties:
        weights = tied_weights(tie.share, thresholds, grid(target))
        tied.append(
            TiedSynapses(
                source=tie.source,
                post=post,
                share=tie.share,
                first=population.first,
                times=1.0 if level is None else level.times,
                forgets=population.neuron.reset == "none",
                below=register_below(population.neuron),
                delay=tie.held_steps,
            )
        )
        for exponent, sign, mantissas in _shared(weights, target) if shared else _alone(weights, target):
            neurons = np.flatnonzero(mantissas)
            if neurons.size:
                form = target.registers.form(exponent, bits, sign, delay_bits)
                projections.append(_projection(tie, post, neurons, mantissas[neurons], form))
    return projections, tied


def _alone(weights: np.ndarray, target: CubaChip) -> list[Form]:
    """In formats of their own: one that holds the largest, and where that is too coarse others for the rest."""
    spare = CODE_BITS - tie_bits(target)
    return [
        (place - spare, sign, np.where(np.sign(weights) == direction, direction * (digit << spare), 0))
        for place, digit in digits(np.abs(weights), target)
        for sign, direction in ((EXCITATORY, 1), (INHIBITORY, -1))
    ]


def _shared(weights: np.ndarray, target: CubaChip) -> list[Form]:
    """In the formats that weights over two synapses have: a core has few formats, and these are there."""
    exponent = coarse_exponent(CODE_BITS, target)
    step = 2 << exponent
    most = largest_mantissa(CODE_BITS, mixed=True)[0] // 2
    coarse = np.clip(np.rint(weights / step), -most, most).astype(np.int64)
    fine = weights - coarse * step
    return [
        (exponent, MIXED, 2 * coarse),
        (0, EXCITATORY, np.maximum(fine, 0)),
        (0, INHIBITORY, np.minimum(fine, 0)),
    ]


def _projection(
    tie: Tie, post: str, neurons: np.ndarray, mantissas: np.ndarray, form: Mapping[str, int]
) -> ScaledProjection:
    delays = np.full(neurons.size, tie.held_steps, dtype=np.int64)
    return ScaledProjection(
        pre=tie.source,
        post=post,
        synapses=as_rows(neurons, neurons, narrowest(mantissas), delays),
        format=form,
        tied=True,
    )
