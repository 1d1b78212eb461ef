"""Float weights and late biases as mantissas and exponents of synapse formats, nearest representable."""

from __future__ import annotations

import math

import numpy as np

from ...targets.model import Target
from ..quantized import QuantizedProjection, Rounding
from .scale import Precision, Synapses, exponent_for, largest_mantissa

MIXED, EXCITATORY, INHIBITORY = 1, 2, 3


def encode_weights(
    pre: str, post: str, synapses: Synapses, units: float, target: Target, precision: Precision
) -> tuple[list[QuantizedProjection], Rounding]:
    """One projection; two when signs are split, and one more for the rest when weights are."""
    rows, cols, weights, delays = synapses
    shift = 1 << target.synapse.weight_shift
    wanted = weights * units / shift
    exponent = exponent_for(weights, units, precision, shift)
    mixed = precision.mixed(weights)
    bits = precision.weight_bits
    mantissa = _nearest(wanted / 2**exponent, bits, mixed=mixed)
    parts = [
        _projection(
            pre, post, rows, cols, np.where(chosen, mantissa, 0), delays, (exponent, bits, sign), target
        )
        for sign, chosen in _signs(mantissa, mixed=mixed)
    ]
    realised = mantissa.astype(np.float64) * 2**exponent
    if precision.split_weights and exponent > 0:
        rest = _nearest(wanted - realised, bits, mixed=True)
        parts.append(_projection(pre, post, rows, cols, rest, delays, (0, bits, MIXED), target))
        realised = realised + rest
    gap = np.abs(realised - wanted) * shift / units
    worst, mean = float(gap.max(initial=0.0)), float(gap.mean()) if gap.size else 0.0
    rounding = Rounding(place=f"{pre} -> {post}", what="weight", unit="membrane", worst=worst, mean=mean)
    return [p for p in parts if p.mantissa.size], rounding


def _signs(mantissa: np.ndarray, *, mixed: bool) -> list[tuple[int, np.ndarray]]:
    if mixed:
        return [(MIXED, np.ones(mantissa.shape, dtype=bool))]
    return [(EXCITATORY, mantissa > 0), (INHIBITORY, mantissa < 0)]


def encode_bias(
    port: str, post: str, bias: np.ndarray, units: float, target: Target, precision: Precision
) -> tuple[list[QuantizedProjection], Rounding]:
    """A constant as the weights of an always-on axon: a coarse and a fine synapse, exact to the finest grid."""
    shift = 1 << target.synapse.weight_shift
    wanted = bias * units / shift
    rows = np.arange(bias.size, dtype=np.int64)
    cols = np.zeros(bias.size, dtype=np.int64)
    delays = np.zeros(bias.size, dtype=np.int64)
    weight_bits = precision.weight_bits
    top, _ = largest_mantissa(weight_bits, mixed=True)
    largest = float(np.abs(wanted).max(initial=0.0))
    exponent = max(0, math.ceil(math.log2(largest / top) - 1e-9)) if largest > top else 0
    parts: list[QuantizedProjection] = []
    realised = np.zeros(bias.size)
    if exponent > 0:
        coarse = _nearest(wanted / 2**exponent, weight_bits, mixed=True)
        realised = coarse.astype(np.float64) * 2**exponent
        form = (exponent, weight_bits, MIXED)
        parts.append(_projection(port, post, rows, cols, coarse, delays, form, target))
    fine = _nearest(np.clip(wanted - realised, -top, top), weight_bits, mixed=True)
    parts.append(_projection(port, post, rows, cols, fine, delays, (0, weight_bits, MIXED), target))
    gap = np.abs(realised + fine - wanted) * shift / units
    rounding = Rounding(
        place=f"{port} -> {post}",
        what="bias",
        unit="membrane",
        worst=float(gap.max()),
        mean=float(gap.mean()),
    )
    return [p for p in parts if p.mantissa.size], rounding


def _nearest(wanted: np.ndarray, weight_bits: int, *, mixed: bool) -> np.ndarray:
    top, step = largest_mantissa(weight_bits, mixed=mixed)
    return np.clip(np.rint(wanted / step) * step, -top, top).astype(np.int64)


def _projection(
    pre: str,
    post: str,
    rows: np.ndarray,
    cols: np.ndarray,
    mantissa: np.ndarray,
    delays: np.ndarray,
    form: tuple[int, int, int],
    target: Target,
) -> QuantizedProjection:
    keep = mantissa != 0
    longest = int(delays[keep].max(initial=0))
    delay_bits = next(b for b in target.synapse.delay_bits if longest < 1 << b)
    order = np.lexsort((delays[keep], rows[keep], cols[keep]))
    exponent, weight_bits, sign = form
    return QuantizedProjection(
        pre=pre,
        post=post,
        cols=cols[keep][order],
        rows=rows[keep][order],
        mantissa=mantissa[keep][order],
        delay=delays[keep][order],
        format={"wgtExp": exponent, "wgtBits": weight_bits, "signMode": sign, "dlyBits": delay_bits},
    )
