"""Keeps machines where JAX runs them, from one run to the next, as long as somebody has the machine itself.

What is kept: for a machine, its stages as they were loaded last. So it grows with the machines that there are, and goes
with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from ....targets.chip import Latency
from ....targets.machines.synapse_list import Machine
from ..choice import FeatureMap
from ..devices import Devices
from .in_jax import OnDevices, laid_out_in
from .manner import Manner, manner
from .neuron_source import BLOCK
from .plan import plan_of


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A machine where it is, and what it was loaded for."""

    latency: Latency
    maps: Sequence[FeatureMap]
    manner: Manner
    devices: Devices
    there: OnDevices


_KEPT: WeakKeyDictionary[Machine, _Kept] = WeakKeyDictionary()


def on_devices(
    machine: Machine,
    registers: Mapping[str, np.ndarray],
    latency: Latency,
    maps: Sequence[FeatureMap],
    devices: Devices,
) -> OnDevices:
    """Bring a machine to devices of JAX, or find it there. Its arrays must not change any more. registers: of
    it, (n,) int32 by name. maps: where convolutions are looked for."""
    how, kept = manner(), _KEPT.get(machine)
    if (
        kept
        and (kept.latency, kept.manner, kept.devices) == (latency, how, devices)
        and _alike(kept.maps, maps)
    ):
        return kept.there
    plan = plan_of(machine, latency, BLOCK)
    laid_out = laid_out_in(plan, machine.n_neurons, machine.n_inputs, maps, how, devices)
    there = OnDevices.of(laid_out, registers, devices)
    _KEPT[machine] = _Kept(latency=latency, maps=maps, manner=how, devices=devices, there=there)
    return there


def _alike(a: Sequence[FeatureMap], b: Sequence[FeatureMap]) -> bool:
    return len(a) == len(b) and all(
        one.shape == other.shape and np.array_equal(one.sources, other.sources)
        for one, other in zip(a, b, strict=True)
    )
