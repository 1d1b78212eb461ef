"""Runs a machine of summed synapses by one of three engines, which give the same bits. All integers.

The chip enters only through its arithmetic module and its latencies; the engine knows no chip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...targets.arrays import SummedArithmetic
from ...targets.chip import Latency
from ...targets.machines.synapse_list import Machine
from .choice import SYNAPSES, FeatureMap, SumEngine, demand_jax, is_small, sum_engine
from .delivery.sum import check_sums, groups
from .summed.neuron_source import BLOCK
from .summed.plan import plan_of


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a machine did. spikes: (T, B, N) unsigned counts, uint8 where they fit. states: name -> (T, B, N) int32
    after each step, if asked for. counters: overflow name -> (N,) int64 events over all steps and samples."""

    spikes: np.ndarray
    states: Mapping[str, np.ndarray]
    counters: Mapping[str, np.ndarray]


def simulate(
    machine: Machine,
    arithmetic: SummedArithmetic,
    latency: Latency,
    events: np.ndarray,
    *,
    states: bool = False,
    engine: SumEngine = "auto",
    devices: int = 1,
    maps: tuple[FeatureMap, ...] = (),
) -> Run:
    """Run `machine` from its initial state on (T, B, n_inputs) uint8 events of 0 and 1, B independent samples.

    arithmetic: the chip's: STATES, Counters, initial, parameters, step, as of `targets/loihi1/neuron.py`; it can be
    hashed. engine: the code that computes it; the result is the same bit for bit. devices: of JAX, for the engine jax.
    maps: where it looks for convolutions.
    Raises ValueError for other events, registers past 32 bits or devices of another engine; DiagnosticError as
    `delivery.sum.check_sums`."""
    events = binary_events(events, machine.n_inputs)
    steps, batch, _ = events.shape
    check_sums(machine, latency)
    n = machine.n_neurons
    registers = {name: _int32(name, machine.params[name]) for name in sorted(machine.params)}
    chosen = sum_engine(engine, small=is_small(steps, batch * (n + machine.syn_post.size // SYNAPSES)))
    demand_jax(chosen, devices)
    if chosen == "numpy":
        from .summed import in_numpy

        laid_out = groups(machine, latency)
        found = in_numpy.run(arithmetic, registers, laid_out, n, events, states=states)
    elif chosen == "events":
        from .summed import by_event

        plan = plan_of(machine, latency, BLOCK)
        found = by_event.run(arithmetic, registers, plan, n, events, states=states)
    else:
        from .kept_code import kept_code
        from .summed import in_jax
        from .summed.manner import manner

        plan = plan_of(machine, latency, BLOCK)
        laid_out = in_jax.laid_out_in(plan, n, machine.n_inputs, maps, manner())
        with kept_code():
            found = in_jax.run(arithmetic, registers, laid_out, n, events, states=states, devices=devices)
    spikes, recorded, counters = found
    return Run(spikes=spikes, states=recorded, counters=counters)


def binary_events(events: np.ndarray, inputs: int) -> np.ndarray:
    """Check that events are (T, B, inputs) of 0 and 1; as uint8. Raises ValueError."""
    if events.ndim != 3 or events.shape[2] != inputs or bool(((events != 0) & (events != 1)).any()):
        raise ValueError(f"events must be (T, B, {inputs}) of 0 and 1")
    return events.astype(np.uint8, copy=False)


def _int32(name: str, values: np.ndarray) -> np.ndarray:
    if values.size and (int(values.min()) < -(1 << 31) or int(values.max()) >= 1 << 31):
        raise ValueError(f"register {name} does not fit 32 bits")
    return values.astype(np.int32)
