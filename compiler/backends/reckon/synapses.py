"""Rounds the weights onto neurons to codes, those of inputs and biases shared out over several rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ....targets.machines.synapse_rows import as_rows
from ...ir.quantized import Rounding, ShiftedProjection
from .lower import Link, relay_name


def codes_of(link: Link, units: np.ndarray, shift: int, most: int) -> np.ndarray:
    """(k,) int64 the weights of a link in steps of 1 << shift, cut off at `most`. units: (n,) integers in one unit of
    the membrane."""
    exact = link.weights * units[link.rows] / (1 << shift)
    return np.clip(np.rint(exact), -most, most).astype(np.int64)


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
