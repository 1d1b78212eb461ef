"""Counts what an inference takes on a chip: steps, spikes, synaptic operations, cycles, and energy where it is
public."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import UNSET, UnsetType

from ...sim.decided import steps_to_decision
from ...targets.chip import Chip
from ..ir.cost import EnergyEstimate, InferenceCost
from ..ir.report import CoreTraffic, Edge, Timing
from ..ir.stages import ChipRun


def inference_cost(
    chip: Chip,
    run: ChipRun,
    edges: Sequence[Edge],
    timing: Timing | None,
    traffic: Sequence[CoreTraffic] | UnsetType,
    dt_seconds: float,
) -> InferenceCost:
    """Average a run over its samples. edges, traffic: of that run. dt_seconds: of a step."""
    spikes = run.run.spikes
    steps, batch, neurons = spikes.shape
    operations = steps * sum(edge.operations or 0.0 for edge in edges)
    updates = float(steps * neurons)
    outputs = list(run.outputs.values())
    return InferenceCost(
        chip_steps=steps,
        seconds=steps * dt_seconds,
        steps_to_decision=steps_to_decision(outputs[0]) if len(outputs) == 1 else None,
        spikes=float(np.sum(spikes, dtype=np.float64)) / batch,
        synaptic_operations=operations,
        neuron_updates=updates,
        packets=None if traffic is UNSET else float(sum(core.out for core in traffic)) * steps,
        cycles=None if timing is None else timing.cycles.mean * steps,
        energy=energy(chip, operations, updates),
    )


def energy(chip: Chip, operations: float, updates: float) -> EnergyEstimate | None:
    """Multiply the published figures of a chip with how often they apply; None where there are none."""
    public = chip.energy
    if public is None:
        return None
    total, words = public.synaptic_operation_pj * operations, ["synaptic operations"]
    if public.neuron_update_pj is not None:
        total += public.neuron_update_pj * updates
        words.append("updates of neurons")
    return EnergyEstimate(picojoules=total, of=" and ".join(words), source=public.source)
