"""Orders the hidden neurons on the chip: those that inputs reach among the first, those before outputs among the
last.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ....sim.diagnostic import DiagnosticError, error
from ....sim.engines.delivery.ordered import without_saturation
from ....targets.xylo import neuron
from ....targets.xylo.model import XyloChip
from ...ir.placement import Placement
from .quantized_network import QuantizedNetwork
from .unplaced import expand
from .wiring import Wiring, wiring

DETERMINISTIC_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Where each neuron is on the chip. hidden: (H,) int64 place of each hidden neuron, in the order of `wiring`, a
    permutation of 0..H-1. Output neurons keep their order. input_expansion, output_expansion: hidden neurons in use
    from the first and to the last, at least 1. synapses: accumulators used, 1 or 2. moved: neurons that are not
    where the network's order has them."""

    hidden: np.ndarray
    input_expansion: int
    output_expansion: int
    synapses: int

    @property
    def moved(self) -> int:
        """Count the hidden neurons that are not at the place of their index."""
        return int((self.hidden != np.arange(self.hidden.size)).sum())


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Constraints on the places 0..n-1 of hidden neurons.

    low, high: (n,) inclusive bounds of each neuron. chain: neurons whose places ascend. before: (2, a) pairs whose
    first has the lower place."""

    low: np.ndarray
    high: np.ndarray
    chain: np.ndarray
    before: np.ndarray


def assign(network: QuantizedNetwork, chip: XyloChip) -> Assignment:
    """Find places for the hidden neurons that keep every bit of what the network computes.

    Raises DiagnosticError: SPK2027 where no order does. Counts: see `capacity.findings`."""
    wires = wiring(network)
    needs = demand(network, wires, chip)
    n = wires.n_hidden
    places = np.arange(n) if allowed(np.arange(n), needs) else solve(needs)
    if places is None:
        kept = needs.chain.size
        fed, feeding = np.unique(wires.into_hidden[1]).size, np.unique(wires.into_outputs[0]).size
        message = (
            f"no order of {n} hidden neurons has {fed} behind inputs among the first "
            f"{chip.capacity.input_expansion} and {feeding} before outputs among the last "
            f"{chip.capacity.output_expansion}"
        )
        hint = f"{kept} of them must keep their order, since sums may saturate" if kept else ""
        hint = hint or "put a layer between inputs and outputs"
        raise DiagnosticError((error("SPK2027", message, hint=hint),))
    return at_places(wires, places)


def placed(network: QuantizedNetwork, placement: Placement) -> Assignment:
    """Read the assignment that a placement records."""
    wires = wiring(network)
    places = [placement.machine_index(p.name, p.size) for p in wires.hidden]
    return at_places(wires, np.concatenate([np.zeros(0, dtype=np.int64), *places]))


def at_places(wires: Wiring, places: np.ndarray) -> Assignment:
    """Make an assignment from the places (H,) of the hidden neurons, in the order of `wires`."""
    fed, feeding = places[wires.into_hidden[1]], places[wires.into_outputs[0]]
    second = max((int(a[2].max(initial=0)) for a in (wires.into_hidden, wires.recurrent)), default=0)
    return Assignment(
        hidden=places,
        input_expansion=int(fed.max(initial=0)) + 1,
        output_expansion=wires.n_hidden - int(feeding.min(initial=wires.n_hidden - 1)),
        synapses=1 + second,
    )


def demand(network: QuantizedNetwork, wires: Wiring, chip: XyloChip) -> Demand:
    """Derive the constraints on places from who reaches whom."""
    n = wires.n_hidden
    low, high = np.zeros(n, dtype=np.int64), np.full(n, n - 1, dtype=np.int64)
    high[wires.into_hidden[1]] = min(chip.capacity.input_expansion, n) - 1
    low[wires.into_outputs[0]] = max(n - chip.capacity.output_expansion, 0)
    return Demand(low=low, high=high, chain=_kept_in_order(network, wires, chip), before=wires.alias)


def _kept_in_order(network: QuantizedNetwork, wires: Wiring, chip: XyloChip) -> np.ndarray:
    """Hidden neurons that feed an accumulator not proven to stay inside its range, ascending."""
    machine, symbols = expand(network, chip)
    proven = without_saturation(machine, partial(neuron.reach, machine.params), neuron.RECEPTORS)
    synapses = machine.synapses.flat()
    inside = synapses.source < machine.n_neurons
    source, post, receptor = (a[inside] for a in (synapses.source, synapses.post, machine.syn_receptor))
    feeding = np.unique(source[~proven[post, receptor]])
    place = np.full(machine.n_neurons, -1, dtype=np.int64)
    for p in symbols.populations:
        if p.name in {h.name for h in wires.hidden}:
            place[p.machine_index] = wires.first[p.name] + np.arange(p.machine_index.size)
    return np.sort(place[feeding])


def allowed(places: np.ndarray, needs: Demand) -> bool:
    """Whether these places keep every bound and order."""
    inside = (needs.low <= places) & (places <= needs.high)
    rising = np.diff(places[needs.chain]) > 0
    upwards = places[needs.before[0]] < places[needs.before[1]]
    different = np.array_equal(np.sort(places), np.arange(places.size))
    return bool(different and inside.all() and rising.all() and upwards.all())


def solve(needs: Demand) -> np.ndarray | None:
    """Find (n,) places near the given order that meet all constraints; None where there are none.

    The same on every machine."""
    from ortools.sat.python import cp_model

    n = needs.low.size
    if (needs.low > needs.high).any():
        return None
    model = cp_model.CpModel()
    place = [model.new_int_var(int(needs.low[i]), int(needs.high[i]), f"p{i}") for i in range(n)]
    model.add_all_different(place)
    for a, b in zip(needs.chain, needs.chain[1:], strict=False):
        model.add(place[a] < place[b])
    for a, b in zip(*needs.before, strict=True):
        model.add(place[a] < place[b])
    for i, variable in enumerate(place):
        model.add_hint(variable, i)
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = DETERMINISTIC_SECONDS
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.catch_sigint_signal = False
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    places = np.array([solver.value(variable) for variable in place], dtype=np.int64)
    return places if allowed(places, needs) else None
