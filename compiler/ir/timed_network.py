"""The float network on a chip's clock: what reaches each population in which of the chip's steps.

Every backend reads this one record; how weights, thresholds and decays are rounded is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...sim.diagnostic import Diagnostic
from ...targets.machines.synapse_rows import SynapseRows, narrowest
from ...targets.row_order import row_order
from .matrix_rows import matrix_rows
from .network import Network, Neuron

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, kw_only=True)
class TimedLink:
    """Synapses onto one population, all from one source and with one delay.

    source: an input or a population. weights: csr (n, size of the source) float64, in units of the float membrane.
    hop_steps: chip steps from a spike of the source to the sum that it enters, if nothing holds it back. held_steps:
    chip steps, 0 or more, that it has to be held back beyond these. path: the NIR nodes on the way, in order."""

    source: str
    from_input: bool
    weights: csr_array
    hop_steps: int
    held_steps: int
    path: tuple[str, ...]

    @property
    def delay_steps(self) -> int:
        """Chip steps from a spike of the source to the sum that it enters."""
        return self.hop_steps + self.held_steps

    @cached_property
    def rows(self) -> SynapseRows:
        """The synapses in order of sources, those of weight 0 among them: float64 weights, delays of `held_steps`."""
        rows = matrix_rows(self.weights)
        return replace(rows, delay=narrowest(np.full(rows.offset.size, self.held_steps)))

    @cached_property
    def by_source(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The synapses whose weight is not 0, sorted by element of the source, then by neuron: elements and neurons
        (k,) int64, weights (k,) float64."""
        coo = self.weights.tocoo()
        neurons, elements = (np.asarray(a, dtype=np.int64) for a in coo.coords)
        values = np.asarray(coo.data, dtype=np.float64)
        order = row_order(elements, neurons)
        order = order[values[order] != 0]
        return elements[order], neurons[order], values[order]


@dataclass(frozen=True, kw_only=True)
class Tie:
    """Synapses, one from each neuron of a population onto the neuron of the same index, whose weights are shares of
    thresholds: in a chip's integers they follow from the integer of the threshold, and are not rounded by themselves.

    source: the population that they come from. share: (n,) float64 of the threshold of the neuron that they end on.
    held_steps: chip steps that they are held back beyond the chip's own."""

    source: str
    share: np.ndarray
    held_steps: int = 0


@dataclass(frozen=True, kw_only=True)
class Level:
    """One of several populations that hear the same and fire at different multiples of one threshold, in a chip's
    integers the nearest to so many times its integer.

    first: the one at one threshold, whose name stands for all of them in the network. times: thresholds at which this
    one fires. most: at which the highest does. counts: its spikes are sent on as the first one's are."""

    first: str
    times: float
    most: float
    counts: bool


@dataclass(frozen=True, kw_only=True)
class Overshoot:
    """Second neurons, one of the same inputs for each of a population, that fire once for each `grain` that its
    membrane holds from the threshold on, in the step in which it spikes.

    grain: a share of the threshold. share: (n,) float64, of what a neuron held when it fired, that arrives at both in
    the next step; -beta takes it off."""

    grain: float
    share: np.ndarray


@dataclass(frozen=True, kw_only=True)
class TimedPopulation:
    """A population on the chip's clock. Membranes count from where a spike leaves them: 0 is `neuron.v_reset` of the
    file.

    lag_steps: chip step minus float step; below 0 where the population acts before its float step. links: sorted by
    (source, held_steps), no pair twice. constants: chip step, which may be below 0 -> (n,) float64 what arrives in that
    step and in every one after it; `neuron.bias` acts on the membrane itself, from `lag_steps` on. pulses: chip step ->
    (n,) float64 what arrives in that step alone. ties, overshoot:
    synapses that a construct put beside the links, and neurons beside these. level: where several populations stand for
    one; `neuron.theta` is that of the first. raised: rest is above the floor of the chip's state, so that membranes may
    fall below it. lowered: membranes are lowered before the spikes of a step and raised behind them, so that the
    threshold is compared once."""

    name: str
    shape: tuple[int, ...]
    neuron: Neuron
    lag_steps: int
    links: tuple[TimedLink, ...]
    constants: Mapping[int, np.ndarray]
    pulses: Mapping[int, np.ndarray] = field(default_factory=dict)
    ties: tuple[Tie, ...] = ()
    overshoot: Overshoot | None = None
    level: Level | None = None
    raised: bool = False
    lowered: bool = False

    @property
    def made(self) -> bool:
        """Whether a construct takes the place of the neurons."""
        return bool(self.ties) or self.overshoot is not None

    @property
    def most_thresholds(self) -> float:
        """Thresholds at which the highest of the populations fires that stand for one."""
        return 1.0 if self.level is None else self.level.most

    @property
    def first(self) -> str:
        """The name that it has in the network."""
        return self.name if self.level is None else self.level.first

    @property
    def size(self) -> int:
        """Number of neurons."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def thresholds(self) -> np.ndarray:
        """(n,) float64, infinite where the population never spikes."""
        return np.full(self.size, np.inf) if self.neuron.theta is None else self.neuron.theta

    @property
    def start(self) -> np.ndarray:
        """(n,) float64 membranes before the population's own first step."""
        return np.zeros(self.size) if self.neuron.v_start is None else self.neuron.v_start

    @property
    def origin(self) -> float:
        """The membrane of the file where it is 0 here; the median where neurons differ."""
        at = self.neuron.v_reset
        return 0.0 if at is None or not at.size else float(np.median(at))


@dataclass(frozen=True, kw_only=True)
class TimedNetwork:
    """A network on a chip's clock. network: the same in float steps. populations: sorted by name. lengthened: (source,
    population) -> float steps by which a loop comes later than the network says. diagnostics: warnings of that."""

    network: Network
    populations: Mapping[str, TimedPopulation]
    lengthened: Mapping[tuple[str, str], int]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def lag_steps(self) -> dict[str, int]:
        """Population -> chip step minus float step."""
        return {name: p.lag_steps for name, p in self.populations.items()}

    @property
    def max_lag_steps(self) -> int:
        """The largest lag, 0 or more: a run of T float steps takes so many chip steps more."""
        return max([0, *self.lag_steps.values()])

    @property
    def outputs(self) -> dict[str, tuple[str, ...]]:
        """Output -> the populations that it reads."""
        return {path: self.network.read_by(path) for path in sorted(self.network.outputs)}
