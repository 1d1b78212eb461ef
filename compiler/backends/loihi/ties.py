"""Synapses whose weights are shares of thresholds, in the chip's integers: exact, over one synapse or two."""

from __future__ import annotations

import numpy as np

from ....targets.loihi1.model import LoihiChip
from ....targets.machines.synapse_rows import as_rows, narrowest
from ...ir.quantized import ScaledProjection, TiedSynapses
from ...ir.timed_network import Tie, TimedPopulation
from .synapse_codes import EXCITATORY, INHIBITORY
from .tied_amounts import TIE_BITS, register_below, tied_weights


def encode_ties(
    population: TimedPopulation, thresholds: np.ndarray, target: LoihiChip
) -> tuple[list[ScaledProjection], list[TiedSynapses]]:
    """Encode the ties of a population; a weight is sum of a coarse and a fine synapse, or one alone, and exact.

    thresholds: (n,) int64 in units of the accumulator."""
    post, level = population.name, population.level
    projections: list[ScaledProjection] = []
    tied: list[TiedSynapses] = []
    for tie in population.ties:
        weights = tied_weights(tie.share, thresholds)
        tied.append(
            TiedSynapses(
                source=tie.source,
                post=post,
                share=tie.share,
                times=1 if level is None else level.times,
                below=register_below(population.neuron),
                delay=tie.held_steps,
            )
        )
        for exponent, mantissas in _mantissas(weights):
            for sign, chosen in ((EXCITATORY, mantissas > 0), (INHIBITORY, mantissas < 0)):
                if chosen.any():
                    form = (exponent, sign)
                    projections.append(
                        _projection(tie, post, np.flatnonzero(chosen), mantissas[chosen], form, target)
                    )
    return projections, tied


def _mantissas(weights: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """(exponent, mantissas) whose sum the weights are: the coarse synapse has the exponent that the largest needs."""
    sizes, signs = np.abs(weights), np.sign(weights)
    exponent = max(0, int(sizes.max(initial=0)).bit_length() - TIE_BITS)
    coarse = sizes >> exponent
    return [(exponent, signs * coarse), (0, signs * (sizes - (coarse << exponent)))]


def _projection(
    tie: Tie,
    post: str,
    neurons: np.ndarray,
    mantissas: np.ndarray,
    form: tuple[int, int],
    target: LoihiChip,
) -> ScaledProjection:
    exponent, sign = form
    delays = np.full(neurons.size, tie.held_steps, dtype=np.int64)
    delay_bits = next(b for b in target.synapse.delay_bits if tie.held_steps < 1 << b)
    return ScaledProjection(
        pre=tie.source,
        post=post,
        synapses=as_rows(neurons, neurons, narrowest(mantissas), delays),
        format={"wgtExp": exponent, "wgtBits": TIE_BITS, "signMode": sign, "dlyBits": delay_bits},
        tied=True,
    )
