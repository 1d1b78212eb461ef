"""Rounds the weights onto neurons to codes, those of inputs and biases shared out over several rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ....targets.machines.synapse_rows import as_rows
from ...ir.quantized import Rounding, ShiftedProjection
from .lower import Link, relay_name
from .scale import BUSY

LEAST_LOST = 1.0 / 256
"""Of a membrane in a step, as far as rounding takes it into account."""


def codes_of(link: Link, units: np.ndarray, shift: int, most: int, kept: np.ndarray) -> np.ndarray:
    """(k,) int64 the weights of a link in steps of 1 << shift, cut off at `most`. units: (n,) integers in one unit of
    the membrane. kept: (n,) what a step keeps of membranes."""
    exact = np.clip(link.weights * units[link.rows] / (1 << shift), -most, most)
    code = np.rint(exact)
    order = np.lexsort((link.rows,))
    first = np.flatnonzero(np.diff(link.rows[order], prepend=-1))
    for mine in np.split(order, first[1:]):
        code[mine] += steps_for_sum(exact[mine] - code[mine], float(kept[link.rows[mine[0]]]))
    return np.clip(code, -most, most).astype(np.int64)


def steps_for_sum(gap: np.ndarray, kept: float) -> np.ndarray:
    """(k,) 0, 1 or -1, to be added to weights that are rounded to the nearest, so that what they bring to a membrane is
    least off.

    gap: (k,) what is left of each. Sources that spike by chance in a share r of the steps bring an error whose square
    is, in a membrane that keeps `kept` a step, as large as (1 - r) sum(gap**2) + r (1 + kept) / (1 - kept)
    sum(gap)**2. So single weights, those that cost least, are rounded the other way."""
    total, found = float(gap.sum()), np.zeros(gap.size)
    if not gap.size or abs(total) < 0.5:
        return found
    sign = np.sign(total)
    order = np.argsort(-sign * gap, kind="stable")
    steps = np.arange(gap.size + 1)
    lasting = (1.0 + kept) / max(1.0 - kept, LEAST_LOST)
    single = np.concatenate([[0.0], np.cumsum(1.0 - 2.0 * sign * gap[order])])
    cost = (1.0 - BUSY) * single + BUSY * lasting * (abs(total) - steps) ** 2
    found[order[: int(cost.argmin())]] = sign
    return found


def shared_out(total: np.ndarray, rows: int) -> Iterator[np.ndarray]:
    """Parts of codes, as many as rows, that differ by 1 at most: (k,) each."""
    size = np.abs(total)
    for row in range(rows):
        yield np.sign(total) * ((size + rows - 1 - row) // rows)


def projections_of(
    link: Link, code: np.ndarray, cols: np.ndarray, shift: int, rows: int
) -> Iterable[ShiftedProjection]:
    """The synapses of a link, those of code 0 left out. cols: (k,) its elements, as the relay numbers them. rows: that
    take the events of each element."""
    for row, part in enumerate(shared_out(code, rows)):
        kept = part != 0
        order = np.lexsort((link.rows[kept], cols[kept]))
        if order.size:
            yield ShiftedProjection(
                pre=relay_name(link.source, link.relays),
                post=link.post,
                synapses=as_rows(cols[kept][order], link.rows[kept][order], part[kept][order]),
                shift=shift,
                row=row,
            )


def rounding_of(link: Link, code: np.ndarray, units: np.ndarray, shift: int) -> Rounding:
    """By how much codes are off, in the unit of the float membrane."""
    gap = np.abs(code * (1 << shift) / units[link.rows] - link.weights)
    return Rounding.of(f"{link.source} -> {link.post}", "weight", "membrane", gap)
