"""Lets neurons fire in the first chip step of a step alone, where a step is several.

A neuron that has more than two thresholds is above one after its reset too, and would fire again in the next chip
step, where the network does so in the next step. So the host takes a few thresholds off all membranes in the second
chip step, and brings back in the first one of the next step what decays have left of them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .scale import WeightForm
from .stages import Stage

THRESHOLDS = 4.0
"""Taken off between the first chip step and the next first one."""
OF_POTENTIALS = 16.0
"""Thresholds, at most, that are taken off by potentials, of which one event brings as many as are wanted."""
LEAST = 0.75
"""Of that, where an amount of which less is rounded is as well."""
MOST_EVENTS = 16
MOST_FOR_MAPS = 2048
"""Of a step, where each place of a map has events of its own."""
GATE = "gate@"
"""Before the names of inputs."""


class Gate(NamedTuple):
    """events: that the host sends, each of which brings at most one weight. off, back: (n,) int64 integers that they
    take off in the second chip step, and bring back in the first, all together."""

    events: int
    off: np.ndarray
    back: np.ndarray


class PotentialGate(NamedTuple):
    """off, back: (n,) int64 weights of one event of the host, of which each is worth 2**shift, that take off in the
    first chip step, and bring back in the last."""

    off: np.ndarray
    back: np.ndarray
    shift: int


def gate_stage(name: str) -> str:
    """Name the neurons that send what a gate takes off the membranes of a stage."""
    return f"gate@0:{name}"


def pulse_name(name: str) -> str:
    """Name the input whose one event brings the membranes behind a stage to what they start from."""
    return f"pulse@0:{name}"


def gate_of_potentials(stage: Stage, units: np.ndarray, most: int) -> PotentialGate:
    """The gate of membranes that currents reach in all chip steps, and that fire in the last. most: the largest weight.
    Of the weights that take enough off, each neuron has the one of which what is left is nearest to whole."""
    theta = np.ones(stage.size) if stage.neuron.theta is None else stage.neuron.theta
    wanted = OF_POTENTIALS * theta * units
    shift = max(0, math.ceil(math.log2(max(1.0, float(wanted.max(initial=1.0))) / most)))
    decays = stage.decays
    left = decays.kept ** ((decays.chip_steps - 1) / decays.chip_steps)
    least = np.clip(np.ceil(LEAST * wanted / (1 << shift)), 1, most)
    off = np.minimum(least[:, None] + np.arange(most), most)
    back = off * left[:, None]
    chosen = np.arange(stage.size), np.abs(back - np.rint(back)).argmin(axis=1)
    return PotentialGate(
        off=off[chosen].astype(np.int64), back=np.rint(back[chosen]).astype(np.int64), shift=shift
    )


def gate_name(onset: int, stage: str) -> str:
    """Name an input of a gate, which spikes from step `onset` on."""
    return f"{GATE}{onset}:{stage}"


def gate_of(stage: Stage, units: np.ndarray, form: WeightForm, copies: int, *, is_map: bool) -> Gate | None:
    """The gate of a stage that spikes reach; None where its neurons cannot fire twice, or have a floor that it would
    meet. copies: events of the host that are sent for one. is_map: kernels need an event for each place of a map."""
    neuron, decays = stage.neuron, stage.decays
    fires_once = neuron.theta is None or neuron.reset != "subtract" or decays.chip_steps == 1
    if fires_once or neuron.theta is None or neuron.v_min is not None or not stage.size:
        return None
    limit = form.largest * copies
    wanted = np.rint(THRESHOLDS * neuron.theta * units)
    most = MOST_EVENTS
    if is_map:
        most = max(1, min(most, MOST_FOR_MAPS // int(np.prod(stage.shape[1:]))))
    events = int(min(most, max(1, np.ceil(wanted.max() / limit))))
    off = np.minimum(wanted, events * limit).astype(np.int64)
    left = decays.kept ** ((decays.chip_steps - 1) / decays.chip_steps)
    return Gate(events=events, off=off, back=np.rint(off * left).astype(np.int64))
