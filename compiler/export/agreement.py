"""How an exported file, run in float, agrees with the chip's integers, and what bound it must keep.

The chip rounds u and v toward zero after each decay: less than one integer step each, every step. As long as all
spikes agree, the difference of the membranes is at most what those roundings and float32's own leave behind.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from ...sim.compare import spikes_alike
from ...sim.dialect.dialect import preset
from ...sim.nir.file import read
from ...sim.reference.reference import reference
from ...sim.trace import Trace
from ..ir.realised import RealisedNeuron
from ..ir.record import Amount, Count, OneOrMore, Record, Share
from ..ir.stages import ChipRun
from ..output.reopen import Reopened
from .write import Exported, node_name

FLOAT32_ROUNDINGS = 6 * 2.0**-24
"""Relative error of one float32 step: products, sums and the sum over the inputs, each 2**-24 at most."""


class PopulationAgreement(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a population agrees. f1: of its spikes, null for a read-out. gap: largest |v_chip / units - v_float| over the
    steps at which the spikes of the sample agreed so far; bound: what it may be; both in the network's unit of
    membrane."""

    f1: Share | None
    gap: Amount
    bound: Amount


class Agreement(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the exported network, in float, agrees with the chip. samples_alike: samples whose spikes agree in every
    step. within_bound: no membrane is further off than its bound. overflows: wraps and saturations on the chip."""

    populations: dict[str, PopulationAgreement]
    steps: OneOrMore
    samples: OneOrMore
    samples_alike: Count
    first_difference: Annotated[tuple[Count, Count], msgspec.Meta(description="(step, sample)")] | None
    overflows: Count
    within_bound: bool


def float_run(exported: Exported, inputs: Mapping[str, np.ndarray]) -> Trace:
    """The exported file through our own reader and the float reference, with states."""
    with tempfile.NamedTemporaryFile(suffix=".nir") as file:
        file.write(exported.file)
        file.flush()
        raw, _ = read(Path(file.name))
    options = dict(exported.dialect_options)
    dialect = preset("nir.euler", dt_seconds=exported.dt_seconds, options=options, graph=raw)
    stimulus = {node_name(path): inputs[path] for path in sorted(inputs)}
    return reference(raw, dialect, stimulus=stimulus, return_all_states=True)


def agreement(opened: Reopened, exported: Exported, neurons: Mapping[str, RealisedNeuron]) -> Agreement:
    """Both runs on the reopened output's stimulus."""
    floats = float_run(exported, opened.chip_inputs)
    chip = opened.run(states=True)
    steps = next(iter(opened.chip_inputs.values())).shape[0]
    spikes = _spikes(opened, chip, floats, steps)
    agreed = _agreed(spikes, steps, chip.run.spikes.shape[1])
    found: dict[str, PopulationAgreement] = {}
    for p in opened.symbols.populations:
        place = slice(p.lag_steps, p.lag_steps + steps)
        units = neurons[p.name].units
        v = chip.run.states["v"][place, :, p.machine_index] / units
        wanted = floats.states[node_name(p.name)]["v"].reshape(v.shape)
        gap = np.abs(v - wanted)[agreed].max(initial=0.0)
        largest = float(np.abs(chip.run.states["v"][place, :, p.machine_index]).max(initial=0))
        pair = spikes.get(p.name)
        found[p.name] = PopulationAgreement(
            f1=None if pair is None else spikes_alike(*pair).f1,
            gap=float(gap),
            bound=float(rounding_bound(neurons[p.name], steps, largest).max(initial=0.0)),
        )
    first = np.argwhere(~agreed)
    return Agreement(
        within_bound=all(p.gap <= p.bound for p in found.values()),
        populations=found,
        steps=steps,
        samples=agreed.shape[1],
        samples_alike=int(agreed.all(axis=0).sum()),
        first_difference=(int(first[0][0]), int(first[0][1])) if first.size else None,
        overflows=sum(int(total.sum()) for total in chip.run.counters.values()),
    )


def _spikes(
    opened: Reopened, chip: ChipRun, floats: Trace, steps: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Spiking population -> (chip, float), each (T, B, n), at float steps."""
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for p in opened.symbols.populations:
        if opened.prepared.network.populations[p.name].neuron.theta is not None:
            mine = chip.run.spikes[p.lag_steps : p.lag_steps + steps, :, p.machine_index]
            found[p.name] = (mine, floats.layers[node_name(p.name)].reshape(mine.shape))
    return found


def _agreed(spikes: Mapping[str, tuple[np.ndarray, np.ndarray]], steps: int, batch: int) -> np.ndarray:
    """(T, B) bool: the spikes of all populations agree in this and all earlier steps of the sample."""
    same = np.ones((steps, batch), dtype=bool)
    for mine, other in spikes.values():
        same &= (mine == other).all(axis=2)
    return np.logical_and.accumulate(same, axis=0)


def rounding_bound(neuron: RealisedNeuron, steps: int, largest_integer: float) -> np.ndarray:
    """(n,) largest |v_chip / units - v| after `steps` steps with the same input and spikes.

    e_u <- alpha e_u + r_u,  e_v <- beta e_v + e_u + r_v, where r is 1 integer step where a decay rounds (a factor
    of 0 or 1 does not) and float32's share of `largest_integer`, the largest membrane of the run."""
    float_share = FLOAT32_ROUNDINGS * largest_integer
    in_current = ((neuron.alpha > 0) & (neuron.alpha < 1)) * 1.0 + float_share
    in_membrane = ((neuron.beta > 0) & (neuron.beta < 1)) * 1.0 + float_share
    e_u, e_v = np.zeros(neuron.alpha.size), np.zeros(neuron.alpha.size)
    for _ in range(steps):
        e_u = neuron.alpha * e_u + in_current
        e_v = neuron.beta * e_v + e_u + in_membrane
    return e_v / neuron.units
