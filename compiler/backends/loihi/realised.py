"""Converts a decoded machine back into a float network, in each population's own units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.configuration import PopulationSymbols, Symbols
from ....targets.loihi1 import neuron
from ....targets.loihi1.model import LoihiChip
from ....targets.machines.synapse_list import Machine
from ...ir.realised import Realised, RealisedNeuron


def neurons_of(machine: Machine, symbols: Symbols, target: LoihiChip) -> dict[str, RealisedNeuron]:
    """Convert the registers of each population to float: population -> its neuron."""
    meant = neuron.parameters(machine.params)
    one = float(target.neuron.decay_one)
    neurons: dict[str, RealisedNeuron] = {}
    for population in symbols.populations:
        chosen, units = population.machine_index, population.scales["v"].units
        neurons[population.name] = RealisedNeuron(
            alpha=meant.u_factor[chosen] / one,
            beta=meant.v_factor[chosen] / one,
            bias=meant.bias[chosen] / units,
            theta=meant.vth[chosen] / units,
            hold_steps=meant.refract[chosen] - 1,
            units=units,
        )
    return neurons


def realised(machine: Machine, symbols: Symbols, target: LoihiChip) -> Realised:
    """Convert the whole machine to a float network, its hop latencies and lags taken out again."""
    ends = _Ends(machine, symbols)
    lags = {p.name: p.lag_steps for p in symbols.populations}
    hop = np.where(
        machine.syn_source < machine.n_neurons,
        target.latency.neuron_to_neuron,
        target.latency.input_to_neuron,
    )
    arrives = machine.syn_delay + hop
    taps: dict[tuple[str, str], dict[int, np.ndarray]] = {}
    constants: dict[str, dict[int, np.ndarray]] = {}
    for post in symbols.populations:
        units = post.scales["v"].units
        into = ends.into(post)
        for name, size, lag, onset, chosen in ends.sources(into, lags):
            delays = arrives[chosen] + lag - post.lag_steps
            for delay in np.unique(delays):
                part = chosen[delays == delay]
                weights = ends.summed(part, post, size) * (1 << target.synapse.weight_shift) / units
                if onset is None:
                    taps.setdefault((name, post.name), {})[int(delay)] = weights
                else:
                    late = constants.setdefault(post.name, {})
                    step = int(delay) + onset
                    late[step] = late.get(step, np.zeros(post.machine_index.size)) + weights.sum(axis=1)
    return Realised(neurons=neurons_of(machine, symbols, target), taps=taps, constants=constants, lags=lags)


class _Ends:
    """Synapses by the populations and ports at their two ends."""

    def __init__(self, machine: Machine, symbols: Symbols) -> None:
        n = machine.n_neurons
        self.machine, self.symbols = machine, symbols
        self.group = np.full(n + machine.n_inputs, -1, dtype=np.int64)
        self.place = np.zeros(n + machine.n_inputs, dtype=np.int64)
        for k, population in enumerate(symbols.populations):
            self.group[population.machine_index] = k
            self.place[population.machine_index] = np.arange(population.machine_index.size)
        for k, port in enumerate(symbols.inputs):
            elements = slice(n + port.first, n + port.first + port.size)
            self.group[elements] = len(symbols.populations) + k
            self.place[elements] = np.arange(port.size)

    def into(self, post: PopulationSymbols) -> np.ndarray:
        """(k,) indices of the synapses onto `post`."""
        index = next(k for k, p in enumerate(self.symbols.populations) if p.name == post.name)
        return np.flatnonzero(self.group[self.machine.syn_post] == index)

    def sources(
        self, synapses: np.ndarray, lags: Mapping[str, int]
    ) -> list[tuple[str, int, int, int | None, np.ndarray]]:
        """(name, neurons, lag, onset of a constant port or None, its synapses) of every source."""
        listed: list[tuple[str, int, int, int | None, np.ndarray]] = []
        groups = self.group[self.machine.syn_source[synapses]]
        for k in np.unique(groups):
            chosen = synapses[groups == k]
            if k < len(self.symbols.populations):
                p = self.symbols.populations[k]
                listed.append((p.name, p.machine_index.size, lags[p.name], None, chosen))
            else:
                port = self.symbols.inputs[k - len(self.symbols.populations)]
                onset = port.onset_step if port.constant else None
                listed.append((port.name, port.size, 0, onset, chosen))
        return listed

    def summed(self, synapses: np.ndarray, post: PopulationSymbols, n_pre: int) -> np.ndarray:
        """(n_post, n_pre) sums of the integer weights; exact in float64."""
        n_post = post.machine_index.size
        rows = self.place[self.machine.syn_post[synapses]]
        cols = self.place[self.machine.syn_source[synapses]]
        weights = self.machine.syn_weight[synapses].astype(np.float64)
        return np.bincount(rows * n_pre + cols, weights, n_post * n_pre).reshape(n_post, n_pre)
