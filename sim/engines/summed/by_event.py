"""Runs a machine of summed synapses by its events: stage after stage, chunk of time after chunk of time.

A stage whose sources are busy gets all of a chunk as one product of matrices instead, which costs the same however many
spike. The result is the same bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from ....targets.arrays import SummedArithmetic
from ....targets.native.threads import each
from ..choice import Span
from ..padding import power_of_two
from ..provenance import Delivered, stage_name, summed
from .blocks import blocks_of
from .event_kernel import kernel, room_to_gather
from .in_numpy import Found
from .neuron_source import BLOCK, NeuronSource
from .plan import Part, Plan, Product, beside

CHUNK_BYTES = 32 << 20
"""Of spikes that are held at once beside the result."""

ROW_NS, SYNAPSE_NS, TOGETHER_NS = 8.0, 0.07, 0.03
SOURCE_NS, PRODUCT_NS = 2.0, 0.03
"""Nanoseconds that a spike's row, a synapse in it, and one in rows that are added together take, and a source and a
synapse in a matrix: they choose between rows and a matrix."""


def start(
    arithmetic: SummedArithmetic,
    registers: Mapping[str, np.ndarray],
    plan: Plan,
    n: int,
    span: Span,
    *,
    states: bool,
) -> Callable[[np.ndarray], Found]:
    """As `in_numpy.start`, bit for bit. plan: in blocks of BLOCK."""
    width = plan.columns[-1]
    length = max(1, min(span.at_once, CHUNK_BYTES // max(1, span.batch * width)))
    kept = length if states else 0
    begun = _Begun(
        arithmetic=arithmetic,
        n=n,
        names=arithmetic.STATES if states else (),
        runners=[_runner(arithmetic, registers, part, span.batch, kept) for part in plan.parts],
        raster=np.zeros((span.batch, length, width), dtype=np.uint8),
    )
    return partial(_some_steps, begun)


@dataclass(kw_only=True)
class _Begun:
    """A run on its way. names: of the states that are recorded. raster: (B, T, columns) uint8, to work with. now: the
    next step."""

    arithmetic: SummedArithmetic
    n: int
    names: tuple[str, ...]
    runners: list[_Runner]
    raster: np.ndarray
    now: int = 0


def _some_steps(begun: _Begun, events: np.ndarray) -> Found:
    steps, batch, inputs = events.shape
    arithmetic, n, runners, raster = begun.arithmetic, begun.n, begun.runners, begun.raster
    spikes = np.zeros((batch, steps, n), dtype=np.uint8)
    recorded = {name: np.zeros((batch, steps, n), np.int32) for name in begun.names}
    length, delivered = raster.shape[1], list[list[Delivered]]()
    for first in range(0, steps, length):
        size = min(length, steps - first)
        raster[:, :size, :inputs] = events[first : first + size].transpose(1, 0, 2)
        for runner in runners:
            delivered.append(_advance(runner, raster[:, :size], begun.now + first))
            neurons, begin = runner.part.stage.neurons, runner.part.first
            rows, to = slice(first, first + size), beside(neurons)
            spikes[:, rows, to] = raster[:, :size, begin : begin + neurons.size]
            for name, values in recorded.items():
                own = runner.source.states.index(name)
                values[:, rows, to] = runner.recorded[:, own, :size, : neurons.size]
    counters = {name: np.zeros(n, dtype=np.int64) for name in sorted(arithmetic.Counters._fields)}
    for runner in runners:
        neurons = runner.part.stage.neurons
        for name, total in zip(runner.source.counters, runner.counted.sum(axis=0), strict=True):
            counters[name][neurons] = total[: neurons.size]
        runner.counted[:] = 0
    begun.now += steps
    return (
        spikes.transpose(1, 0, 2),
        {name: values.transpose(1, 0, 2) for name, values in recorded.items()},
        counters,
        summed(delivered),
    )


@dataclass(frozen=True, kw_only=True)
class _Runner:
    """A stage in the middle of a run. state: (B, k) int32 blocks; parameters: int32, blocks that differ, end to end;
    which: (blocks,) int64 the parameters of each; ranges: (k, 2) int64, words of 8 columns that feed it; pending: (B,
    depth, places) int32, sums by the step in which they arrive; shifted: (2, k) int64, of the sums that are shifted
    first the neuron that takes each, and the shift; counted: (B, counters, n) int64; recorded: (B, states, T or 0, n)
    int32."""

    part: Part
    source: NeuronSource
    state: np.ndarray
    parameters: np.ndarray
    which: np.ndarray
    ranges: np.ndarray
    pending: np.ndarray
    shifted: np.ndarray
    counted: np.ndarray
    recorded: np.ndarray


def _runner(
    arithmetic: SummedArithmetic, registers: Mapping[str, np.ndarray], part: Part, batch: int, steps: int
) -> _Runner:
    n = part.width
    own = {name: np.resize(values[part.stage.neurons], n) for name, values in registers.items()}
    blocks = blocks_of(arithmetic, own, n, part.sums)
    ranges = [part.columns[k + 1 : k + 3] for k in part.feeds if k != part.number]
    return _Runner(
        part=part,
        source=blocks.source,
        state=np.repeat(blocks.state[None], batch, axis=0),
        parameters=blocks.parameters,
        which=blocks.which,
        ranges=np.array(ranges, dtype=np.int64).reshape(-1, 2) // 8,
        pending=np.zeros((batch, power_of_two(part.depth), part.sums * part.places), dtype=np.int32),
        shifted=np.stack([part.shifted_to, part.shifted_by]).astype(np.int64),
        counted=np.zeros((batch, len(blocks.source.counters), n), dtype=np.int64),
        recorded=np.zeros((batch, len(blocks.source.states), steps, n), dtype=np.int32),
    )


def _advance(runner: _Runner, raster: np.ndarray, now: int) -> list[Delivered]:
    """Run a stage for a chunk. raster: (B, T, columns) uint8, the stage's own are written. now: the first step."""
    part, rows = runner.part, runner.part.rows
    loop, batch = kernel(runner.source), len(raster)
    spikes = {k: _spiked(part, raster, k) for k in part.feeds if k != part.number}
    busy = sum(spikes.values()) / max(1, raster.shape[0] * raster.shape[1])
    products = () if part.stage.loops else _products(part, busy)

    def sample(b: int) -> None:
        ranges, first, pending = runner.ranges, now, runner.pending[b]
        if products:
            ranges, first, pending = runner.ranges[:0], 0, _drive(runner, products, raster[b], pending, now)
        loop(
            raster[b].view(np.uint64), raster[b], ranges, part.first, part.stage.loops, first, rows.alike, rows.first,
            rows.axons, rows.runs, rows.weights, rows.places, runner.state[b], runner.parameters, runner.which,
            pending, runner.counted[b], runner.recorded[b],
            room_to_gather(raster.shape[2]), np.empty(BLOCK, dtype=np.int32), runner.shifted, part.first_shifted,
        )  # fmt: skip
        if products:
            _keep(runner.pending[b], pending, now + raster.shape[1], raster.shape[1])

    each(sample, batch)
    return [
        Delivered(
            to=stage_name(part.number),
            neurons=part.stage.neurons.size,
            of=stage_name(k),
            spikes=spikes[k] if k in spikes else _spiked(part, raster, k),
            steps={"product" if products else "rows": raster.shape[1]},
        )
        for k in part.feeds
    ]


def _spiked(part: Part, raster: np.ndarray, k: int) -> int:
    """How many of the sources of stage k spiked, over all steps and samples. Truths are counted several times as fast
    as numbers."""
    first = part.columns[k + 1]
    return int(np.count_nonzero(raster.view(np.bool_)[:, :, first : first + part.sizes[k + 1]]))


def _products(part: Part, busy: float) -> tuple[Product, ...]:
    """The matrices of a stage whose sources are so busy that these are less work than rows; else none. busy: sources
    that spike in a step of a sample."""
    sources = sum(part.columns[k + 2] - part.columns[k + 1] for k in part.feeds)
    each = TOGETHER_NS if part.rows.alike.size else SYNAPSE_NS
    by_rows = busy * (ROW_NS * len(part.rows.axons) + each * part.synapses) / max(1, sources)
    if by_rows < sources * (SOURCE_NS + PRODUCT_NS * part.width):
        return ()
    return part.products or ()


def _drive(
    runner: _Runner, products: tuple[Product, ...], raster: np.ndarray, pending: np.ndarray, now: int
) -> np.ndarray:
    """(slots, places) int32, what arrives in each step of a chunk, and after it. raster: (T, columns)."""
    part, steps = runner.part, len(raster)
    drive = np.zeros((power_of_two(steps + len(pending)), pending.shape[1]), dtype=np.int32)
    for k in range(len(pending)):
        drive[k] = pending[(now + k) % len(pending)]
    for columns, latency, onto, matrix in products:
        arrives, first = raster[:, columns].astype(np.float32) @ matrix, onto * part.width
        drive[latency : latency + steps, first : first + matrix.shape[1]] += arrives.astype(np.int32)
    return drive


def _keep(pending: np.ndarray, drive: np.ndarray, now: int, steps: int) -> None:
    """What arrives after a chunk. now: its first step after it."""
    for k in range(len(pending)):
        pending[(now + k) % len(pending)] = drive[steps + k]
