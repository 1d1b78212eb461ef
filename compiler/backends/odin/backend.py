"""Chips that test the threshold after every event: crossbars with a queue, and a host between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.crossbar_events import EventMachine
from ....targets.odin.model import Revision
from ...ir.quantized import QuantizedNetwork
from ...ir.stages import Cycles, Emitted, LoadedFiles, Placed, Size
from ..shared.defaults import (
    no_node,
    read_files as read_files,
    resolve as resolve,
)

if TYPE_CHECKING:
    from ....sim.diagnostic import Diagnostic
    from ....sim.dialect import Dialect
    from ....sim.engine import Run
    from ....sim.rawgraph import RawGraph
    from ....sim.stimulus import Stimulus
    from ...ir.fidelity_row import FidelityRow, Overrides
    from ...ir.network import FlatGraph, Network
    from ...ir.placement import Placement
    from ...ir.realised import Realised
    from ...ir.stages import ChipRun, Front, Prepared, StaticVerdict
    from ...options import Options
    from ...timed.retime import Retimed
    from .quantize import Quantized

OPTIONS: frozenset[str] = frozenset({"calibrate", "chips"})
MEMBRANE, SYNAPSE = "v", "i"


def chip_rules(
    flat: FlatGraph, dialect: Dialect, target: Revision, options: Options
) -> tuple[Overrides, list[FidelityRow], list[Diagnostic]]:
    from .rules import chip_rules

    return chip_rules(flat, dialect, target, consent=options.allow_approximation)


def tuned(front: Front, target: Revision, options: Options, stimulus: Stimulus) -> Options:
    from .calibrate import tuned

    return tuned(front, target, options, stimulus)


def quantize(network: Network, retimed: Retimed, target: Revision, options: Options) -> Quantized:
    """Times the network anew, for each way in which it may run."""
    from .quantize import quantize

    return quantize(network, target, options)


def neuron_rows(network: Network, retimed: Retimed, quantized: Quantized) -> list[FidelityRow]:
    from .rules import neuron_rows

    return neuron_rows(quantized.assembled)


def envelope(quantized: Quantized, population: str) -> tuple[dict[str, object], np.ndarray]:
    """Of what is negative in a step, if every source spikes once, from rest on: it keeps the membrane in its register,
    or does not."""
    from .envelope import envelope

    return envelope(quantized.network, quantized.chip, population)


def place(
    network: QuantizedNetwork,
    target: Revision,
    options: Options,
    rates: Mapping[str, np.ndarray],
    tell: Callable[[str], None] | None,
) -> Placed:
    from .place import place

    return place(network, target, options.chips)


def size(network: QuantizedNetwork, target: Revision, options: Options) -> Size:
    from ....sim.diagnostic import raise_errors
    from ..shared.place_on_mesh import binding_resource
    from .capacity import fit

    found = fit(network, target, options.chips)
    if found.chips is None:
        raise_errors(list(found.findings))
        return Size(cores=1, available=options.chips, binding="rows", share=1.0, reason="")
    if found.findings:
        reason = found.findings[0].message
        return Size(cores=found.chips, available=options.chips, binding="chips", share=1.0, reason=reason)
    placement = place(network, target, options, {}, None).placement
    binding, share = binding_resource(placement)
    return Size(cores=placement.cores, available=options.chips, binding=binding, share=share, reason="")


def larger(target: Revision, options: Options, cores: int) -> Options | None:
    chips = cores
    return replace(options, chips=chips) if options.chips < chips <= target.capacity.chips else None


def emit(network: QuantizedNetwork, placement: Placement, target: Revision) -> Emitted:
    from .configuration import configuration

    machine, symbols = configuration(network, placement, target)

    def vectors(spikes: np.ndarray, events: np.ndarray) -> Mapping[str, bytes]:
        from ....sim.event_bench import bench_files

        return bench_files(machine, target, events[:, 0])

    return Emitted(
        files=target.emitter.encode(machine, target),
        symbols=symbols,
        places=[[core, 0] for core in range(placement.cores)],
        packets=None,
        vectors=vectors,
    )


def machine(target: Revision, loaded: LoadedFiles) -> EventMachine:
    return loaded.configuration


def static_verdict(
    network: QuantizedNetwork, target: Revision, loaded: LoadedFiles, symbols: Symbols
) -> StaticVerdict:
    from .verify_words import static_verdict

    return static_verdict(network, loaded.configuration, symbols, target)


def expand(network: QuantizedNetwork, target: Revision) -> tuple[EventMachine, Symbols]:
    from .unplaced import expand

    return expand(network, target)


def simulate(machine: EventMachine, target: Revision, events: np.ndarray, *, states: bool) -> Run:
    from ....sim.event_engine import simulate_events

    return simulate_events(machine, target.neuron, events, states=states)


def measured(
    prepared: Prepared,
    rows: Sequence[FidelityRow],
    machine: EventMachine,
    symbols: Symbols,
    inputs: Mapping[str, np.ndarray],
    chip: ChipRun,
) -> list[FidelityRow]:
    from .event_order_sensitivity import measured

    return measured(prepared, rows, machine, symbols, inputs, chip)


def cycles(target: Revision, loaded: LoadedFiles, run: Run, events: np.ndarray) -> Cycles:
    """Chips work one after the other within a step."""
    from ....sim.event_engine import EventRun
    from ....targets.odin.bound import most_step_clocks
    from ....targets.odin.timing import step_clocks

    made, work = machine(target, loaded), cast(EventRun, run).work
    found = step_clocks(made, target, work.row_events, work.leak_events, work.single_events, run.spikes)
    worst = most_step_clocks(made, target, max(1, int(events.max(initial=0))))
    model = "clock by clock as the RTL, with a host that answers at once"
    bound = "; worst: no input element sends more in a step than here, and neurons fire as often as that can make them"
    return Cycles(
        worst=None if worst is None else float(worst),
        most=float(found.max(initial=0)),
        mean=float(found.mean()),
        model=model if worst is None else model + bound,
    )


def realised(machine: EventMachine, symbols: Symbols, target: Revision) -> Realised:
    no_node(
        target,
        "neurons that NIR has no node for: several spikes a step, a constant leak",
        "the report lists leaks, roundings and the chain",
    )


def effective(prepared: Prepared) -> RawGraph:
    """Every neuron's scale makes its threshold exact, and no NIR node leaks as the chip does."""
    return prepared.front.raw
