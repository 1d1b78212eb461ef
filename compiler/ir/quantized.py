"""The fork point: a network in the chip's integers, with everything fixed that could change a bit.

After this only *where* is decided (core, slot, axon, route); see `placement.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from ...targets.configuration import StateScale
from ...targets.machines.convolution import ConvolutionCore, joined_pairs
from ...targets.machines.crossbar_events import Protocol
from ...targets.machines.synapse_rows import SynapseRows
from .record import Amount


@dataclass(frozen=True, kw_only=True)
class Rounding:
    """One kind of rounding in one population or projection: largest and mean absolute error, in the unit named."""

    place: str
    what: str
    unit: str
    worst: Amount
    mean: Amount

    @staticmethod
    def of(place: str, what: str, unit: str, gap: np.ndarray, uses: np.ndarray | None = None) -> Rounding:
        """gap: absolute errors. uses: how often each counts, None: once."""
        once = uses is None or bool((uses == 1).all())
        mean = float(gap.mean() if once else np.average(gap, weights=uses)) if gap.size else 0.0
        worst = float(gap.max(initial=0.0))
        return Rounding(place=place, what=what, unit=unit, worst=worst, mean=mean)


@dataclass(frozen=True, kw_only=True)
class QuantizedPopulation:
    """params: the chip's per-neuron registers, name -> (n,) int64. core_params: registers that a core shares:
    two populations with different values cannot share a core. scales: state name -> StateScale.
    emission_delay: float steps between crossing and emitted spike in the source framework: the chip's raster at
    step t + lag_steps - emission_delay is the float raster at t. counts_for: the population of whose spikes these are
    some: what it sends is the sum of its own and of theirs."""

    name: str
    shape: tuple[int, ...]
    params: Mapping[str, np.ndarray]
    core_params: Mapping[str, int]
    scales: Mapping[str, StateScale]
    lag_steps: int
    emission_delay: int = 0
    spiking: bool = True
    role: str = "original"
    counts_for: str = ""

    @property
    def size(self) -> int:
        """Number of neurons."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class QuantizedInput:
    """A port the host drives. `constant`: a spike in every chip step from `onset_step` on (a bias), where `once` in
    that step alone."""

    name: str
    shape: tuple[int, ...]
    constant: bool = False
    onset_step: int = 0
    once: bool = False

    @property
    def sent(self) -> tuple[object, ...]:
        """What it is and when it spikes."""
        return (self.name, self.shape, self.size, self.constant, self.onset_step, self.once)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantizedProjection:
    """Synapses between two populations, or from an input; each family of chips has its own form of weights.

    pre, post: names. synapses: sources and neurons are local indices; a weight is its code, as the chip stores it,
    never 0, and the form says what it means; delays are in the chip's delay field. tied: they are of a tie."""

    pre: str
    post: str
    synapses: SynapseRows
    tied: bool = False

    @property
    def cols(self) -> np.ndarray:
        """(k,) int64 index of the source of each synapse, listed one by one."""
        return self.synapses.sources()

    @property
    def rows(self) -> np.ndarray:
        """(k,) int64 index of the neuron that each goes to."""
        return self.synapses.posts()

    @property
    def code(self) -> np.ndarray:
        """(k,) int64 code of each."""
        return self.synapses.weights()

    @property
    def delay(self) -> np.ndarray:
        """(k,) int64 delay of each."""
        return self.synapses.delays()


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaledProjection(QuantizedProjection):
    """Codes are mantissas. format: the chip's synapse format registers by name, the exponent among them."""

    format: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReceptorProjection(QuantizedProjection):
    """A spike adds code << shift to accumulator `receptor` of the neuron. alias: copies spikes instead."""

    shift: int = 0
    receptor: int = 0
    alias: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class ShiftedProjection(QuantizedProjection):
    """A spike adds code << shift. row: of the several rows that take the events of an input element, which."""

    shift: int = 0
    row: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class SignedProjection(QuantizedProjection):
    """Codes are the weights. sign: 1 or -1 where all have that sign and the chip keeps it once a row; 0: each its
    own. times: how often the row of a synapse is sent for one spike, so that the spike adds as many weights."""

    sign: int
    times: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class MaskProjection(QuantizedProjection):
    """Codes are sets of axon types, a bit each: the weight is the sum of what the target neuron's registers hold for
    these. weight_bits: of the weights that can so be made."""

    weight_bits: int


@dataclass(frozen=True, kw_only=True)
class Kernels:
    """What populations compute on a chip that holds kernels: layer k, whose number as a core is k, is population k of
    the network, its neurons row-major. inputs: the layers that the Input's events go to. single_spike: see
    `ConvolutionMachine`."""

    layers: tuple[ConvolutionCore, ...]
    inputs: tuple[int, ...]
    single_spike: bool


@dataclass(frozen=True, kw_only=True)
class RestLevel:
    """Neurons whose rest is `level` integers above the floor at which a spike leaves them.

    threshold, start: (n,) int64, of each neuron above rest. source, element: (n,) int64, whose spike brings the level
    back where it stays on the chip: a neuron's own, or that of the neuron that it is a copy of."""

    level: int
    threshold: np.ndarray
    start: np.ndarray
    source: str
    element: np.ndarray


@dataclass(frozen=True, kw_only=True)
class LoweredMembrane:
    """Neurons whose registers hold the membrane less the threshold, and `rise`: a spike leaves them at the register's
    0, and the own row of their spikes takes the threshold less `rise` off in the next step.

    threshold, start: (n,) int64 of each neuron, above where the network has 0. fall: integers by which the first row of
    a step lowers all; the leaks raise them again but for `rise`, and the row behind the leaks by that, which is what
    they fire at."""

    threshold: np.ndarray
    start: np.ndarray
    fall: int
    rise: int


@dataclass(frozen=True, kw_only=True)
class EventOrder:
    """How a network runs event by event, and in which order the host sends what.

    closed_loop: a spike is queued as an event on its neuron's own row at once, in a queue of `queue` events; else all
    spikes pass the host. leaks: events of a step that make all neurons leak; the last `behind` rows come behind these.
    order: the rule that sorted the rows. sign: (R,) int64, of the rows that the host sends, in the order in which it
    sends them: 1, -1, or 0 where a row holds weights of both signs. route_row, route_source, route_element,
    route_delay, route_times: (K,) int64: a spike of the element of a source (number in populations, then inputs) is
    so many events on that row so many steps later. Rows of several sources hold the weights that these have in common.
    hop_steps: steps from a spike to the earliest event that the host makes of it. reason: why the loop is as it is."""

    closed_loop: bool
    protocol: Protocol
    queue: int
    leaks: int
    hop_steps: int
    order: str
    reason: str
    sign: np.ndarray
    route_row: np.ndarray
    route_source: np.ndarray
    route_element: np.ndarray
    route_delay: np.ndarray
    route_times: np.ndarray
    behind: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitTie:
    """How k accumulators share what a spike of a tie brings. share: (k, n) of the threshold, the weight of each. worth:
    (k, n) by which weights are summed: their sum is right where single ones are rounded. beside: (k, n) int64, what the
    same synapses add besides."""

    share: np.ndarray
    worth: np.ndarray
    beside: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class TiedSynapses:
    """Synapses of a construct: one from each neuron of `source` onto the neuron of the same index of `post`, whose
    weight is the nearest integer to `share` (n,) of the integer that stands for one threshold, that of `first`. times:
    the register of `post` holds the nearest integer to so many thresholds, less `below`, (n,) int64. forgets: its
    neurons keep nothing of a voltage. delay: in the chip's field. split: where a neuron has several accumulators."""

    source: str
    post: str
    first: str
    share: np.ndarray
    times: float
    below: np.ndarray
    forgets: bool
    delay: int
    split: SplitTie | None = None


P = TypeVar("P", bound=QuantizedProjection)


@dataclass(frozen=True, kw_only=True)
class QuantizedNetwork(Generic[P]):
    """populations, inputs: canonical order (sorted by name). outputs: Output path -> the populations that it reads, in
    the order of the network's projections into it. copied: population that an Output reads -> the population that
    repeats it where it can leave the chip; not listed: it leaves by itself. tied: what constructs ask of its synapses
    and thresholds, for whoever checks the chip's words.
    kernels: on chips that hold kernels, in the place of projections. order: on chips that work event by event. rest:
    populations whose rest is above the floor; where spikes pass the host, it answers theirs. lowered: populations that
    compare their threshold once a step."""

    target: str
    populations: tuple[QuantizedPopulation, ...]
    inputs: tuple[QuantizedInput, ...]
    projections: tuple[P, ...]
    outputs: Mapping[str, tuple[str, ...]]
    max_lag_steps: int
    roundings: tuple[Rounding, ...] = field(default=())
    kernels: Kernels | None = None
    order: EventOrder | None = None
    copied: Mapping[str, str] = field(default_factory=dict)
    tied: tuple[TiedSynapses, ...] = ()
    rest: Mapping[str, RestLevel] = field(default_factory=dict)
    lowered: Mapping[str, LoweredMembrane] = field(default_factory=dict)

    @property
    def exported(self) -> tuple[tuple[str, QuantizedPopulation], ...]:
        """(population that some Output reads, population that lets its spikes out), in the order of the latter."""
        read = sorted({name for names in self.outputs.values() for name in names})
        by = {
            p.name: [name for name in read if self.copied.get(name, name) in (p.name, p.counts_for)]
            for p in self.populations
        }
        return tuple((name, p) for p in self.populations for name in by[p.name])

    @property
    def synapses(self) -> int:
        """Those of projections, and what kernels join."""
        layers = () if self.kernels is None else self.kernels.layers
        return sum(p.synapses.count for p in self.projections) + sum(joined_pairs(k) for k in layers)

    def population(self, name: str) -> QuantizedPopulation:
        """The population of a name."""
        return next(p for p in self.populations if p.name == name)
