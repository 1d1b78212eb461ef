"""Encodes float weights and late biases as the nearest mantissas and exponents of synapse formats."""

from __future__ import annotations

import numpy as np

from ....targets.loihi1.model import LoihiChip
from ....targets.machines.synapse_rows import as_rows
from ....targets.row_order import row_order
from ...ir.quantized import Rounding, ScaledProjection
from .scale import Precision, Synapses, exponent_for, largest_mantissa, split_exponent

MIXED, EXCITATORY, INHIBITORY = 1, 2, 3


def encode_weights(
    pre: str, post: str, synapses: Synapses, units: float, target: LoihiChip, precision: Precision
) -> tuple[list[ScaledProjection], Rounding]:
    """Encode the weights of a projection as projections of one format each: one, or one a sign.

    Split weights: what the finest grid cannot hold on a coarse one (the same for all projections, as a core has few
    formats), the rest on the finest, one a sign."""
    rows, _, weights, _ = synapses
    shift = 1 << target.synapse.weight_shift
    exact = weights * units / shift
    exponent = exponent_for(weights, units, precision, shift)
    bits = precision.weight_bits
    if precision.split_weights:
        coded = _coarse_and_fine(exact, bits, target)
        power, fine, mixed = coded[-1]
        coded[-1] = (power, fine + _charge(exact - _total(coded), rows, fine, bits, mixed=mixed), mixed)
    else:
        mixed = precision.mixed(weights)
        scaled = exact / 2**exponent
        mantissa = _nearest(scaled, bits, mixed=mixed)
        coded = [(exponent, mantissa + _charge(scaled - mantissa, rows, mantissa, bits, mixed=mixed), mixed)]
    gap = np.abs(_total(coded) - exact) * shift / units
    rounding = Rounding.of(f"{pre} -> {post}", "weight", "membrane", gap)
    return _projections(pre, post, synapses, coded, bits, target), rounding


Coded = list[tuple[int, np.ndarray, bool]]
"""(exponent, mantissas (k,), whether one format has both signs), coarse before fine."""


def _coarse_and_fine(exact: np.ndarray, weight_bits: int, target: LoihiChip) -> Coded:
    """The nearest sums of a coarse and a fine mantissa; a value that the fine grid reaches takes that alone."""
    exponent = min(split_exponent(weight_bits), target.synapse.exponent[1])
    top, _ = largest_mantissa(weight_bits, mixed=False)
    large = np.abs(exact) > top
    coarse = np.where(large, _nearest(exact / 2**exponent, weight_bits, mixed=True), 0)
    rest = exact - coarse * 2.0**exponent
    return [(exponent, coarse, True), (0, _nearest(rest, weight_bits, mixed=False), False)]


def _total(coded: Coded) -> np.ndarray:
    return np.sum([mantissa * 2.0**exponent for exponent, mantissa, _ in coded], axis=0)


def _projections(
    pre: str, post: str, synapses: Synapses, coded: Coded, weight_bits: int, target: LoihiChip
) -> list[ScaledProjection]:
    """Those that hold a synapse."""
    rows, cols, _, delays = synapses
    parts = [
        _projection(pre, post, rows, cols, np.where(chosen, mantissa, 0), delays,
                    (exponent, weight_bits, sign), target)
        for exponent, mantissa, mixed in coded
        for sign, chosen in _signs(mantissa, mixed=mixed)
    ]  # fmt: skip
    return [p for p in parts if p.code.size]


def _signs(mantissa: np.ndarray, *, mixed: bool) -> list[tuple[int, np.ndarray]]:
    if mixed:
        return [(MIXED, np.ones(mantissa.shape, dtype=bool))]
    return [(EXCITATORY, mantissa > 0), (INHIBITORY, mantissa < 0)]


def encode_bias(
    port: str, post: str, bias: np.ndarray, units: float, target: LoihiChip, precision: Precision
) -> tuple[list[ScaledProjection], Rounding]:
    """Encode a constant as the weights of an always-on axon: a coarse and a fine synapse, exact to the finest grid."""
    shift = 1 << target.synapse.weight_shift
    exact = bias * units / shift
    rows = np.arange(bias.size, dtype=np.int64)
    zeros = np.zeros(bias.size, dtype=np.int64)
    coded = _coarse_and_fine(exact, precision.weight_bits, target)
    gap = np.abs(_total(coded) - exact) * shift / units
    rounding = Rounding.of(f"{port} -> {post}", "bias", "membrane", gap)
    synapses = (rows, zeros, bias, zeros)
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
    Weights that many synapses share (a kernel) stay the nearest: what is stored once has to stay the same.
    """
    if 2 * np.unique(mantissa + gap).size < mantissa.size:
        return np.zeros(mantissa.shape, dtype=np.int64)
    top, step = largest_mantissa(weight_bits, mixed=mixed)
    missing = np.rint(np.bincount(rows, gap / step))
    direction = np.sign(missing).astype(np.int64)[rows]
    movable = (direction * gap > 0) & (np.abs(mantissa + direction * step) <= top)
    order = np.lexsort((-direction * gap, ~movable, rows))
    first = np.searchsorted(rows[order], np.arange(missing.size))
    rank = np.empty(rows.size, dtype=np.int64)
    rank[order] = np.arange(rows.size) - first[rows[order]]
    return np.where(movable & (rank < np.abs(missing)[rows]), direction * step, 0)


def _projection(
    pre: str,
    post: str,
    rows: np.ndarray,
    cols: np.ndarray,
    mantissa: np.ndarray,
    delays: np.ndarray,
    form: tuple[int, int, int],
    target: LoihiChip,
) -> ScaledProjection:
    keep = mantissa != 0
    longest = int(delays[keep].max(initial=0))
    delay_bits = next(b for b in target.synapse.delay_bits if longest < 1 << b)
    order = row_order(cols[keep], rows[keep], delays[keep])
    exponent, weight_bits, sign = form
    return ScaledProjection(
        pre=pre,
        post=post,
        synapses=as_rows(cols[keep][order], rows[keep][order], mantissa[keep][order], delays[keep][order]),
        format={"wgtExp": exponent, "wgtBits": weight_bits, "signMode": sign, "dlyBits": delay_bits},
    )
