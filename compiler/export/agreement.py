"""How an exported network, run in float, agrees with the chip's integers, and what bound it must keep.

Where a chip rounds its states after each decay, by less than so many integers every step, the difference of the
membranes is at most what those roundings and float32's own leave behind, as long as all spikes agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
import numpy as np

from ...sim.compare import spikes_alike
from ...sim.reference.reference import reference
from ...sim.stimulus import Stimulus
from ...sim.trace import Trace
from ..backends.interface import backend_of
from ..ir.network import Neuron
from ..ir.on_chip import ChipMembrane, OnChip
from ..ir.record import Amount, Count, OneOrMore, Record, Share
from ..ir.stages import ChipRun
from ..output.reopen import Reopened
from ..verdicts.chip_run import shifted
from .written import Written, node_name

FLOAT32_ROUNDINGS = 6 * 2.0**-24
"""Relative error of one float32 step: products, sums and the sum over the inputs, each 2**-24 at most."""


class PopulationAgreement(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a population agrees. f1: of its spikes, null for a read-out. gap: largest |v_chip - v_float| over the steps
    at which the spikes of the sample agreed so far, in the network's unit of membrane; bound: what it may be, null
    where more than rounding keeps the chip from the float network."""

    f1: Share | None
    gap: Amount
    bound: Amount | None


class Agreement(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the exported network, in float, agrees with the chip. samples_alike: samples whose spikes agree in every
    step. within_bound: no membrane is further off than its bound. counted: by the chip's own counters, what bounds know
    nothing of: wraps, saturations, floors. overflows: all of them."""

    populations: dict[str, PopulationAgreement]
    steps: OneOrMore
    samples: OneOrMore
    samples_alike: Count
    first_difference: Annotated[tuple[Count, Count], msgspec.Meta(description="(step, sample)")] | None
    overflows: Count
    counted: dict[str, Count]
    within_bound: bool


def float_run(opened: Reopened, written: Written, stimulus: Stimulus) -> Trace:
    """The exported graph in its reading, with states."""
    inputs = (
        stimulus.inputs
        if written.whole
        else {node_name(path): values for path, values in sorted(opened.chip_inputs.items())}
    )
    return reference(written.graph, written.dialect, stimulus=inputs, return_all_states=True)


def agreement(opened: Reopened, written: Written, on_chip: OnChip, stimulus: Stimulus) -> Agreement:
    """Both runs on one stimulus, that of the reopened output."""
    floats = float_run(opened, written, stimulus)
    chip = opened.run(states=True)
    steps = next(iter(opened.chip_inputs.values())).shape[0]
    spikes = _spikes(opened, chip, floats, written, on_chip, steps)
    agreed = _agreed(spikes, steps, chip.run.spikes.shape[1])
    state = backend_of(opened.target).membrane
    found: dict[str, PopulationAgreement] = {}
    for p in opened.symbols.populations:
        if p.name not in written.states:
            continue
        membrane, neuron = on_chip.membranes[p.name], on_chip.network.populations[p.name].neuron
        integers = shifted(chip.run.states[state][:, :, p.machine_index], p.lag_steps, steps)
        wanted = floats.states[written.states[p.name]]["v"].reshape(integers.shape) - written.origins[p.name]
        gap = np.abs((integers - membrane.rest) * membrane.step - wanted)[agreed].max(initial=0.0)
        largest = float(np.abs(integers).max(initial=0))
        bound = rounding_bound(neuron, membrane, steps, largest)
        pair = spikes.get(p.name)
        found[p.name] = PopulationAgreement(
            f1=None if pair is None else spikes_alike(*pair).f1, gap=float(gap), bound=bound
        )
    first = np.argwhere(~agreed)
    counted = {name: int(total.sum()) for name, total in sorted(chip.run.counters.items()) if total.any()}
    return Agreement(
        within_bound=all(p.bound is None or p.gap <= p.bound for p in found.values()),
        populations=found,
        steps=steps,
        samples=agreed.shape[1],
        samples_alike=int(agreed.all(axis=0).sum()),
        first_difference=(int(first[0][0]), int(first[0][1])) if first.size else None,
        overflows=sum(counted.values()),
        counted=counted,
    )


def _spikes(
    opened: Reopened, chip: ChipRun, floats: Trace, written: Written, on_chip: OnChip, steps: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Spiking population -> (chip, float), each (T, B, n), at float steps."""
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for p in opened.symbols.populations:
        population = on_chip.network.populations.get(p.name)
        if population is not None and population.neuron.theta is not None:
            mine = shifted(chip.run.spikes[:, :, p.machine_index], p.lag_steps, steps)
            # A reading that sends a step later records before that step; the chip's raster is that of crossings.
            found[p.name] = (mine, floats.layers[written.nodes[p.name]].reshape(mine.shape))
    return found


def _agreed(spikes: Mapping[str, tuple[np.ndarray, np.ndarray]], steps: int, batch: int) -> np.ndarray:
    """(T, B) bool: the spikes of all populations agree in this and all earlier steps of the sample."""
    same = np.ones((steps, batch), dtype=bool)
    for mine, other in spikes.values():
        same &= (mine == other).all(axis=2)
    return np.logical_and.accumulate(same, axis=0)


def rounding_bound(
    neuron: Neuron, membrane: ChipMembrane, steps: int, largest_integer: float
) -> float | None:
    """Largest |v_chip - v| of any neuron after `steps` steps with the same input and spikes, in the network's unit;
    None where rounding is not all.

    e_u <- alpha e_u + r_u,  e_v <- beta e_v + e_u + r_v, where r is what a step rounds, in integers, and float32's
    share of `largest_integer`, the largest membrane of the run."""
    if membrane.rounded is None:
        return None
    alpha = np.zeros(neuron.beta.size) if neuron.alpha is None else neuron.alpha
    float_share = FLOAT32_ROUNDINGS * largest_integer
    in_current, in_membrane = (rounded + float_share for rounded in membrane.rounded)
    e_u, e_v = np.zeros(alpha.size), np.zeros(alpha.size)
    for _ in range(steps):
        e_u = alpha * e_u + in_current
        e_v = neuron.beta * e_v + e_u + in_membrane
    return float((e_v * membrane.step).max(initial=0.0))
