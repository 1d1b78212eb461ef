"""Synapses whose weights are shares of thresholds, in the chip's integers, and the check of them."""

from __future__ import annotations

import numpy as np

from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import as_rows, narrowest
from ....targets.spinnaker1.neuron import MOST_ARRIVING
from ...ir.quantized import QuantizedProjection, TiedSynapses
from ...ir.timed_network import TimedPopulation
from ..shared.static import Findings, Names
from ..shared.sums_between import sums_between
from ..shared.unplaced import plain_symbols
from .quantized_network import QuantizedNetwork
from .scale import Scale

UNIT = float(1 << 32)


def threshold_codes(population: TimedPopulation, scale: Scale) -> np.ndarray:
    """(n,) int64 thresholds in integers of a weight, of which ties take their shares."""
    return np.clip(np.rint(population.thresholds * scale.weight_units), 1, MOST_ARRIVING).astype(np.int64)


def encode_ties(
    population: TimedPopulation, thresholds: np.ndarray
) -> tuple[list[QuantizedProjection], list[TiedSynapses]]:
    """Encode the ties of a population. thresholds: of `threshold_codes`."""
    projections: list[QuantizedProjection] = []
    tied: list[TiedSynapses] = []
    for tie in population.ties:
        code = np.rint(tie.share * thresholds).astype(np.int64)
        at = np.flatnonzero(code)
        rows = as_rows(at, at, narrowest(code[at]), tie.held_steps)
        projections.append(
            QuantizedProjection(pre=tie.source, post=population.name, synapses=rows, tied=True)
        )
        tied.append(
            TiedSynapses(
                source=tie.source,
                post=population.name,
                first=population.first,
                share=tie.share,
                times=1.0 if population.level is None else population.level.times,
                below=np.full(population.size, 0 if population.neuron.at_threshold else -1, dtype=np.int64),
                forgets=population.neuron.reset == "none",
                delay=tie.held_steps,
            )
        )
    return [p for p in projections if p.synapses.source.size], tied


def compare_ties(network: QuantizedNetwork, machine: Machine, names: Names, findings: Findings) -> None:
    """Add a finding for each neuron of which a tied synapse does not move the membrane by its share of the threshold
    that is loaded, to half an integer of a weight; and for each whose membrane keeps something, though it should follow
    the current. names.machine: number in the network -> machine neuron."""
    first = {
        p.name: int(p.machine_index[0]) for p in plain_symbols(network).populations if p.machine_index.size
    }
    registers, flat = machine.params, machine.synapses.flat()
    for tie in network.tied:
        if not {tie.post, tie.source} <= first.keys():
            continue
        number = np.arange(network.population(tie.post).size)
        source, post = (names.machine[first[name] + number] for name in (tie.source, tie.post))
        taken = np.where(registers["jumps"][post] > 0, UNIT, registers["taken_inh"][post] & 0xFFFFFFFF)
        resistance, kept = (registers[name][post] / (1 << 15) for name in ("r_membrane", "exp_tc"))
        gain = (1 - kept) * resistance * taken / UNIT * 2.0 ** registers["shift_inh"][post]
        held = sums_between(flat.source, flat.post, flat.weight, flat.delay, source, post, tie.delay)
        held = held - _untied(network, tie)
        threshold = (registers["v_thresh"][post] + tie.below) / tie.times
        wanted = tie.share * threshold
        slack = gain * (0.5 + 0.5 * np.abs(tie.share)) + 2
        for k in np.flatnonzero(np.abs(held * gain - wanted) > slack):
            findings.add(
                f"{tie.source} {k} -> {tie.post} {k}: the synapse of delay {tie.delay + 1} moves the membrane by "
                f"{held[k] * gain[k]:.6g}; {tie.share[k]:g} of a threshold of {threshold[k]:.6g} is asked for"
            )
        for k in np.flatnonzero(registers["exp_tc"][post]) if tie.forgets else ():
            findings.add(f"{tie.post} {k}: the membrane keeps some of itself; it has to follow the current")


def _untied(network: QuantizedNetwork, tie: TiedSynapses) -> np.ndarray:
    """(n,) int64 sums of the other weights between neurons of one index."""
    total = np.zeros(network.population(tie.post).size, dtype=np.int64)
    for p in network.projections:
        if (p.pre, p.post) == (tie.source, tie.post) and not p.tied:
            flat = p.synapses.flat()
            mine = (flat.source == flat.post) & (flat.delay == tie.delay)
            total += np.bincount(flat.post[mine], flat.weight[mine], total.size).astype(np.int64)
    return total
