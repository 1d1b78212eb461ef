"""Runs a machine of summed synapses by one of three engines, which give the same bits. All integers.

The chip enters only through its arithmetic module and its latencies; the engine knows no chip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...targets.arrays import SummedArithmetic
from ...targets.chip import Latency
from ...targets.machines.synapse_list import Machine
from .choice import SYNAPSES, Execution, FeatureMap, Span, SumEngine, demand_jax, is_small, sum_engine, whole
from .delivery.sum import check_sums
from .payloads import as_bits, by_places, places_of
from .provenance import Provenance
from .summed.neuron_source import BLOCK
from .summed.plan import plan_of


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a machine did. spikes: (T, B, N) unsigned counts, uint8 where they fit. states: name -> (T, B, N) int32
    after each step, if asked for. counters: overflow name -> (N,) int64 events over all steps and samples. provenance:
    how it was computed."""

    spikes: np.ndarray
    states: Mapping[str, np.ndarray]
    counters: Mapping[str, np.ndarray]
    provenance: Provenance


Advance = Callable[[np.ndarray], Run]
"""A run on its way: takes the events of its next steps, (T, B, n_inputs), and gives what the machine did in them."""


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
    span = whole(events)
    run = start(machine, arithmetic, latency, span, states=states, engine=engine, devices=devices, maps=maps)
    return run(events)


def start(
    machine: Machine,
    arithmetic: SummedArithmetic,
    latency: Latency,
    span: Span,
    *,
    states: bool = False,
    engine: SumEngine = "auto",
    devices: int = 1,
    maps: tuple[FeatureMap, ...] = (),
) -> Advance:
    """Begin a run of `simulate` that is handed its events some steps at a time; however many, the bits are the same.

    Events are whole numbers from 0 to the most of `span`: what a spike brings, so many times."""
    places = places_of(span.most)
    machine = by_places(machine, places)
    check_sums(machine, latency)
    n, batch = machine.n_neurons, span.batch
    registers = {name: _int32(name, machine.params[name]) for name in sorted(machine.params)}
    updates = batch * (n + machine.synapses.count // SYNAPSES)
    chosen = sum_engine(engine, small=is_small(span.steps, updates))
    demand_jax(chosen, devices)
    if chosen == "numpy":
        from .summed import in_numpy

        some_steps = in_numpy.start(arithmetic, registers, machine, latency, batch, states=states)
    elif chosen == "events":
        from .summed import by_event

        plan = plan_of(machine, latency, BLOCK)
        some_steps = by_event.start(arithmetic, registers, plan, n, span, states=states)
    else:
        from .devices import Devices
        from .kept_code import keeping
        from .summed import in_jax
        from .summed.kept_machines import on_devices

        there = on_devices(machine, registers, latency, maps, Devices.of(devices, batch))
        some_steps = keeping(in_jax.start(arithmetic, there, (machine.n_inputs, n), span, states=states))

    def advance(events: np.ndarray) -> Run:
        bits = (
            events
            if places == 1
            else as_bits(_numbers(events, machine.n_inputs // places, span.most), places)
        )
        spikes, recorded, counters, delivered = some_steps(binary_events(bits, machine.n_inputs))
        steps = Provenance(
            engine=chosen, devices=devices, steps=len(events), batch=batch, delivered=delivered
        )
        return Run(spikes=spikes, states=recorded, counters=counters, provenance=steps)

    return advance


def start_as(
    machine: Machine,
    arithmetic: SummedArithmetic,
    latency: Latency,
    span: Span,
    *,
    states: bool,
    execution: Execution,
) -> Advance:
    """Begin a run as `start`, computed as `execution` says."""
    engine, devices, maps = execution.engine, execution.devices, execution.maps
    return start(machine, arithmetic, latency, span, states=states, engine=engine, devices=devices, maps=maps)


def _numbers(events: np.ndarray, inputs: int, most: int) -> np.ndarray:
    """Check that events are (T, B, inputs) of whole numbers from 0 to `most`. Raises ValueError."""
    whole_numbers = events.dtype.kind in "ui" and events.ndim == 3 and events.shape[2] == inputs
    if not whole_numbers or int(events.min(initial=0)) < 0 or int(events.max(initial=0)) > most:
        raise ValueError(f"events must be (T, B, {inputs}) whole numbers from 0 to {most}")
    return events


def binary_events(events: np.ndarray, inputs: int) -> np.ndarray:
    """Check that events are (T, B, inputs) of 0 and 1; as uint8. Raises ValueError."""
    if events.ndim != 3 or events.shape[2] != inputs or bool(((events != 0) & (events != 1)).any()):
        raise ValueError(f"events must be (T, B, {inputs}) of 0 and 1")
    return events.astype(np.uint8, copy=False)


def _int32(name: str, values: np.ndarray) -> np.ndarray:
    if values.size and (int(values.min()) < -(1 << 31) or int(values.max()) >= 1 << 31):
        raise ValueError(f"register {name} does not fit 32 bits")
    return values.astype(np.int32)
