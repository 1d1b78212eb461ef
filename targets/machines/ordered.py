"""The machine of chips whose accumulators saturate after every addition, so that the order counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .synapse_list import Machine


@dataclass(frozen=True, kw_only=True)
class OrderedMachine(Machine):
    """A machine that adds in a fixed order, clipping after every addition. Then the neurons are updated in ascending
    order.

    accumulator_range: what an accumulator holds, inclusive. max_events: larger input counts are clipped to it.
    params["max_spikes"]: most spikes of a neuron in one step, its copies from aliases included.
    syn_receptor: (K,) int64 which accumulator of the neuron a synapse adds to, in the order of `synapses.flat`.
    alias_target: (N,) int64 neuron that gets a copy of this neuron's spikes within the step, -1 none.
    element: (rows,) int64 the input element whose events each input row takes: the sources of synapses behind the
    neurons are rows. None: each element has the row of its number.
    turn: (N + rows,) int64 of each source, neurons first: sources come in ascending order of their turns, and what an
    input row and a neuron of one turn bring is one addition. None: rows ascending, then the neurons that spiked in the
    step before, ascending, an addition each.
    ticks: how often neurons are updated in a step; a spike acts in the next tick. tick: (rows,) int64 in which tick of
    a step the events of each row come; None: in the first.
    start: (N,) int64, the first accumulator of each neuron before the first step; None: 0.
    """

    accumulator_range: tuple[int, int]
    max_events: int
    syn_receptor: np.ndarray
    alias_target: np.ndarray
    element: np.ndarray | None = None
    turn: np.ndarray | None = None
    start: np.ndarray | None = None
    ticks: int = 1
    tick: np.ndarray | None = None

    @property
    def max_spikes(self) -> np.ndarray:
        """Most spikes of each neuron in a step."""
        return self.params["max_spikes"]

    @property
    def rows(self) -> np.ndarray:
        """(rows,) int64: the input element of each input row."""
        return np.arange(self.n_inputs) if self.element is None else self.element

    @property
    def by_tick(self) -> OrderedMachine:
        """The same with a step for each tick, and an input element for each row."""
        rows = self.rows.size
        return replace(self, ticks=1, tick=None, n_inputs=rows, element=None)

    def in_ticks(self, events: np.ndarray) -> np.ndarray:
        """(T * ticks, B, rows): the events (T, B, n_inputs) of steps as `by_tick` takes them."""
        steps, batch = events.shape[:2]
        told = np.zeros((steps, self.ticks, batch, self.rows.size), dtype=events.dtype)
        tick = np.zeros(self.rows.size, dtype=np.int64) if self.tick is None else self.tick
        for when in range(self.ticks):
            mine = np.flatnonzero(tick == when)
            told[:, when, :, mine] = np.moveaxis(events[:, :, self.rows[mine]], 2, 0)
        return told.reshape(steps * self.ticks, batch, -1)

    @property
    def turns(self) -> np.ndarray:
        """(K, 2) int64: of each turn the input row and the neuron that it adds, -1 for none.

        Raises ValueError for two neurons, or two input rows, of one turn."""
        n, inputs = self.n_neurons, self.rows.size
        if self.turn is None:
            found = np.full((inputs + n, 2), -1, dtype=np.int64)
            found[:inputs, 0] = np.arange(inputs)
            found[inputs:, 1] = np.arange(n)
            return found
        number = np.unique(self.turn, return_inverse=True)[1]
        found = np.full((int(number.max(initial=-1)) + 1, 2), -1, dtype=np.int64)
        for column, of in ((1, number[:n]), (0, number[n:])):
            if np.unique(of).size != of.size:
                raise ValueError("two neurons, or two input rows, have one turn")
            found[of, column] = np.arange(of.size)
        return found
