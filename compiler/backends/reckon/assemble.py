"""Assembles a quantised network: first its numbers, then registers of neurons and codes of synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ....sim.diagnostic import Diagnostic, raise_errors
from ....targets.machines.synapse_rows import as_rows
from ....targets.reckon.model import ReckonChip
from ...ir.quantized import QuantizedInput, Rounding, ShiftedProjection
from ...ir.timed_network import TimedNetwork
from ...timed.neuron_kinds import membranes_between, other_kind
from ..shared.quantized_network import quantized_network
from .gates import gate_ports, gates_onto
from .lower import Lowered, is_silent, lower
from .numbers import Choices as Choices, Numbers, choose_numbers
from .quantized_network import QuantizedNetwork
from .readouts import Readouts, choose_readouts, mixed
from .registers import Registers
from .relays import ROLE, into_relays, relays_of, threshold_of
from .resets import all_given_back, came_back, to_zero
from .scale import Shifts
from .synapses import codes_of, projections_of, rounding_of
from .ticks import ticks_of


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network, and what the report and the search read of the quantisation.

    units: population -> (n,) integers in one unit of the float membrane, of read-outs as well. back: population -> (n,)
    share of the threshold that comes back after a spike; own: and the codes of the synapses that bring it."""

    network: QuantizedNetwork
    lowered: Lowered
    readouts: Readouts
    numbers: Numbers
    units: Mapping[str, np.ndarray]
    back: Mapping[str, np.ndarray]
    own: Mapping[str, np.ndarray]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def roundings(self) -> tuple[Rounding, ...]:
        """The rounding errors that the network records."""
        return self.network.roundings


def assemble(timed: TimedNetwork, chip: ReckonChip, choices: Choices) -> Quantized:
    """Quantise a network under given choices.

    Raises DiagnosticError: SPK1004 for neurons that the chip lacks, SPK1036."""
    network = timed.network
    raise_errors([*membranes_between(network, chip.title), *_kinds(timed, chip)])
    ticks = ticks_of(timed, chip)
    lowered = lower(timed, within_step=not ticks.step_is_tick)
    readouts = choose_readouts(timed, lowered, chip)
    raise_errors(mixed(timed, readouts, chip.title))
    back = all_given_back(timed)
    sent = frozenset([*network.inputs, *lowered.onset])
    relays = relays_of(lowered, sent)
    numbers = choose_numbers(timed, lowered, back, ticks, relays, choices, chip)
    registers = Registers(to_zero=int(to_zero(timed)), ticks=ticks)
    populations = [registers.spiking(timed.populations[name], lowered, numbers) for name in back]
    slot = 2 * numbers.words.first.size
    for relay in relays:
        populations.append(registers.relay(relay, slot, threshold_of(numbers.shifts)))
        slot += relay.elements.size
    units, slot = dict(numbers.units), 0
    for name in readouts.names:
        population = timed.populations[name]
        units[name] = np.full(population.size, readouts.units[name])
        populations.append(registers.readout(population, lowered, readouts, slot))
        slot += population.size
    projections, roundings = _synapses(timed, lowered, readouts, numbers.shifts, units, chip, sent)
    projections += into_relays(lowered, sent, numbers.shifts)
    roundings += [
        Rounding.of(name, "membrane decay", "per step", numbers.decay_gap(timed.populations[name]))
        for name in back
    ]
    weight = min(chip.ranges.weight[1], -chip.ranges.weight[0])
    own = {
        name: came_back(
            back[name],
            units[name],
            timed.populations[name],
            numbers.threshold[name],
            numbers.shifts.of_neurons,
        )
        for name in back
    }
    projections = _with_own(projections, own, numbers.shifts.of_neurons, weight)
    projections += gates_onto(
        {p.name: p.params["alpha"] for p in populations},
        {name: numbers.held[name] * units[name] for name in numbers.held}
        | {relay.name: np.full(relay.elements.size, threshold_of(numbers.shifts)) for relay in relays},
        ticks,
        numbers.shifts.of_inputs,
        weight,
    )
    joined = quantized_network(
        chip.name,
        timed,
        sorted(populations, key=lambda p: p.name),
        sorted(projections, key=lambda p: (p.post, p.pre, p.row)),
        roundings,
        [
            QuantizedInput(name=name, shape=(1,), constant=True, onset_step=step)
            for name, step in lowered.onset.items()
        ]
        + gate_ports(ticks),
    )
    lag = max((p.lag_steps for p in populations if p.role != ROLE), default=0)
    return Quantized(
        network=replace(joined, max_lag_steps=max(0, lag)),
        lowered=lowered,
        readouts=readouts,
        numbers=numbers,
        units=units,
        back=back,
        own=own,
        diagnostics=(),
    )


def _kinds(timed: TimedNetwork, chip: ReckonChip) -> list[Diagnostic]:
    diagnostics: list[Diagnostic] = []
    for name, population in sorted(timed.populations.items()):
        neuron, reasons = population.neuron, list[str]()
        if neuron.alpha is not None:
            reasons.append("has a synaptic current")
        if neuron.theta is not None and float(neuron.theta.min(initial=1.0)) <= 0:
            lowest = float(neuron.theta.min()) + population.origin
            reasons.append(
                f"has a threshold of {lowest:.4g}, no higher than a spike leaves the membrane, and would spike "
                "without end"
            )
        if reasons:
            use = "LI as a read-out" if is_silent(population) else "IF or LIF neurons"
            diagnostics.append(other_kind(name, reasons, chip.title, use=use))
    return diagnostics


def _synapses(
    timed: TimedNetwork,
    lowered: Lowered,
    readouts: Readouts,
    shifts: Shifts,
    units: Mapping[str, np.ndarray],
    chip: ReckonChip,
    sent: frozenset[str],
) -> tuple[list[ShiftedProjection], list[Rounding]]:
    most = min(chip.ranges.weight[1], -chip.ranges.weight[0])
    projections: list[ShiftedProjection] = []
    roundings: list[Rounding] = []
    rows: dict[str, int] = {}
    for link in lowered.links:
        direct = link.source in sent and link.relays == 0
        shift = (
            readouts.shift
            if link.post in readouts.names
            else shifts.of_inputs
            if direct
            else shifts.of_neurons
        )
        code = np.rint(link.weights * units[link.post][link.rows] / (1 << shift))
        if link.source in lowered.onset and direct:
            rows[link.source] = max(
                rows.get(link.source, 1), int(np.ceil(np.abs(code).max(initial=0) / most))
            )
    for link in lowered.links:
        direct = link.source in sent and link.relays == 0
        of_bias = link.source in lowered.onset
        shift = (
            readouts.shift
            if link.post in readouts.names
            else shifts.of_inputs
            if direct
            else shifts.of_neurons
        )
        own = rows.get(link.source, 1) if of_bias and direct else shifts.rows if direct else 1
        code = codes_of(link, units[link.post], shift, most * own, timed.populations[link.post].neuron.beta)
        elements = lowered.relayed.get((link.source, link.relays))
        cols = link.cols if elements is None else np.searchsorted(elements, link.cols)
        projections += projections_of(link, code, cols, shift, own)
        roundings.append(rounding_of(link, code, units[link.post], shift))
    return projections, roundings


def _with_own(
    projections: list[ShiftedProjection],
    own: Mapping[str, np.ndarray],
    shift: int,
    most: int,
) -> list[ShiftedProjection]:
    """With what comes back to a neuron after its own spike, added to the synapse that it may have onto itself. own:
    population -> (n,) its codes."""
    found = [p for p in projections if p.pre != p.post or not own[p.post].any()]
    for name in sorted(own):
        if not own[name].any():
            continue
        matrix = np.diag(own[name])
        for p in projections:
            if p.pre == p.post == name:
                np.add.at(matrix, (p.cols, p.rows), p.code)
        cols, rows = np.nonzero(matrix)
        code = np.clip(matrix[cols, rows], -most - 1, most)
        found.append(ShiftedProjection(pre=name, post=name, synapses=as_rows(cols, rows, code), shift=shift))
    return found
