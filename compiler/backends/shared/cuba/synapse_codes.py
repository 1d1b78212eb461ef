"""Encodes float weights and late biases as the nearest mantissas and exponents of synapse formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .....targets.cuba import CubaChip
from .....targets.machines.synapse_rows import SynapseRows, as_rows, narrowest
from ....ir.quantized import Rounding, ScaledProjection
from .precision import Precision, exponent_for, largest_mantissa, split_exponent

MIXED, EXCITATORY, INHIBITORY = 1, 2, 3


def encode_weights(
    pre: str, post: str, synapses: SynapseRows, units: float, target: CubaChip, precision: Precision
) -> tuple[list[ScaledProjection], Rounding]:
    """Encode the weights of a projection as projections of one format each: one, or one a sign.

    Split weights: what the finest grid cannot hold on a coarse one (the same for all projections, as a core has few
    formats), the rest on the finest, one a sign."""
    shift = 1 << target.synapse.weight_shift
    coded = _coded(synapses, units, target, precision)
    exact = synapses.weight * units / shift
    if not _of_a_kernel(exact - _total(coded[:-1]), synapses.count):
        if synapses.offset.size < synapses.count:  # each weight goes its own way from here on
            synapses = as_rows(*synapses.flat())
            coded, exact = _coded(synapses, units, target, precision), synapses.weight * units / shift
        exponent, last, mixed = coded[-1]
        gap, rows = (exact - _total(coded)) / 2**exponent, synapses.flat().post
        coded[-1] = (exponent, last + _charge(gap, rows, last, precision.weight_bits, mixed=mixed), mixed)
    gap = np.abs(_total(coded) - exact) * shift / units
    rounding = Rounding.of(f"{pre} -> {post}", "weight", "membrane", gap, synapses.uses())
    return _projections(pre, post, synapses, coded, precision.weight_bits, target), rounding


def _coded(synapses: SynapseRows, units: float, target: CubaChip, precision: Precision) -> Coded:
    """The nearest mantissas of each stored weight."""
    shift, bits = 1 << target.synapse.weight_shift, precision.weight_bits
    exact = synapses.weight * units / shift
    if precision.split_weights:
        return _coarse_and_fine(exact, bits, target)
    exponent, mixed = exponent_for(synapses.weight, units, precision, shift), precision.mixed(synapses.weight)
    return [(exponent, _nearest(exact / 2**exponent, bits, mixed=mixed), mixed)]


def _of_a_kernel(values: np.ndarray, synapses: int) -> bool:
    """Whether most of so many synapses share their values with another. What is stored once has to stay the same."""
    if 2 * values.size < synapses:
        return True
    some = values[: values.size * 5 // 8]
    return 2 * np.unique(some).size < synapses and 2 * np.unique(values).size < synapses


Coded = list[tuple[int, np.ndarray, bool]]
"""(exponent, mantissas (k,), whether one format has both signs), coarse before fine."""


def coarse_exponent(weight_bits: int, target: CubaChip) -> int:
    """Return the exponent of the coarse one of two synapses of a weight."""
    return min(split_exponent(weight_bits), target.synapse.exponent[1])


def _coarse_and_fine(exact: np.ndarray, weight_bits: int, target: CubaChip) -> Coded:
    """The nearest sums of a coarse and a fine mantissa; a value that the fine grid reaches takes that alone."""
    exponent = coarse_exponent(weight_bits, target)
    top, _ = largest_mantissa(weight_bits, mixed=False)
    large = np.abs(exact) > top
    coarse = np.where(large, _nearest(exact / 2**exponent, weight_bits, mixed=True), 0)
    rest = exact - coarse * 2.0**exponent
    return [(exponent, coarse, True), (0, _nearest(rest, weight_bits, mixed=False), False)]


def _total(coded: Coded) -> np.ndarray:
    return np.sum([mantissa * 2.0**exponent for exponent, mantissa, _ in coded], axis=0, initial=0.0)


def _projections(
    pre: str, post: str, synapses: SynapseRows, coded: Coded, weight_bits: int, target: CubaChip
) -> list[ScaledProjection]:
    """Those that hold a synapse."""
    parts = [
        _projection(pre, post, synapses, np.where(chosen, mantissa, 0), (exponent, weight_bits, sign), target)
        for exponent, mantissa, mixed in coded
        for sign, chosen in _signs(mantissa, mixed=mixed)
    ]
    return [p for p in parts if p.synapses.source.size]


def _signs(mantissa: np.ndarray, *, mixed: bool) -> list[tuple[int, np.ndarray]]:
    if mixed:
        return [(MIXED, np.ones(mantissa.shape, dtype=bool))]
    return [(EXCITATORY, mantissa > 0), (INHIBITORY, mantissa < 0)]


def encode_bias(
    port: str,
    post: str,
    biases: Mapping[int, np.ndarray],
    units: float,
    target: CubaChip,
    precision: Precision,
) -> tuple[list[ScaledProjection], Rounding]:
    """Encode constants as the weights of an always-on axon: a coarse and a fine synapse, exact to the finest grid.

    biases: steps by which a synapse holds the axon's spikes back -> (n,) constant that arrives from then on."""
    shift = 1 << target.synapse.weight_shift
    delays = sorted(biases)
    bias = np.stack([biases[delay] for delay in delays], axis=1).reshape(-1)
    rows = np.repeat(np.arange(bias.size // len(delays), dtype=np.int64), len(delays))
    exact, zeros = bias * units / shift, np.zeros(bias.size, dtype=np.int64)
    held = np.tile(np.asarray(delays, dtype=np.int64), bias.size // len(delays))
    coded = _coarse_and_fine(exact, precision.weight_bits, target)
    gap = np.abs(_total(coded) - exact) * shift / units
    rounding = Rounding.of(f"{port} -> {post}", "bias", "membrane", gap)
    synapses = as_rows(zeros, rows, bias, held)
    return _projections(port, post, synapses, coded, precision.weight_bits, target), rounding


def _nearest(exact: np.ndarray, weight_bits: int, *, mixed: bool) -> np.ndarray:
    top, step = largest_mantissa(weight_bits, mixed=mixed)
    return np.clip(np.rint(exact / step) * step, -top, top).astype(np.int64)


def _charge(
    gap: np.ndarray, rows: np.ndarray, mantissa: np.ndarray, weight_bits: int, *, mixed: bool
) -> np.ndarray:
    """Steps by which mantissas leave the nearest (gap: what that misses, in units of the mantissa). Where the
    errors of a row add up to a step or more, as many of the weights closest to a tie go the other way: what a
    neuron gets from sources of equal rate is then right to half a step.

    Errors of single weights average out over a raster; their sum acts every step, and a membrane adds it up.
    """
    top, step = largest_mantissa(weight_bits, mixed=mixed)
    missing = np.rint(np.bincount(rows, gap / step))
    direction = np.sign(missing).astype(np.int64)[rows]
    movable = (direction * gap > 0) & (np.abs(mantissa + direction * step) <= top)
    moving = np.flatnonzero(movable)
    order = moving[np.lexsort(((-direction * gap)[moving], rows[moving]))]
    first = np.searchsorted(rows[order], np.arange(missing.size))
    chosen = order[np.arange(order.size) - first[rows[order]] < np.abs(missing)[rows[order]]]
    steps = np.zeros(rows.size, dtype=np.int64)
    steps[chosen] = direction[chosen] * step
    return steps


def _projection(
    pre: str,
    post: str,
    synapses: SynapseRows,
    mantissa: np.ndarray,
    form: tuple[int, int, int],
    target: CubaChip,
) -> ScaledProjection:
    stored = replace(synapses, weight=narrowest(mantissa)).kept(mantissa != 0)
    exponent, weight_bits, sign = form
    longest = int(stored.delay.max(initial=0))
    delay_bits = next(b for b in target.synapse.delay_bits if longest < 1 << b)
    return ScaledProjection(
        pre=pre,
        post=post,
        synapses=stored,
        format=target.registers.form(exponent, weight_bits, sign, delay_bits),
    )
