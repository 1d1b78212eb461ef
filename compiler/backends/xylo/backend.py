"""Chips of neurons in one fixed order, whose sums saturate event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.ordered import OrderedMachine
from ...ir.placement import Certificate, Placement, Runs, Slice, Walk
from ...ir.quantized import QuantizedNetwork
from ...ir.stages import Cycles, Emitted, LoadedFiles, Placed, Size
from ..shared.defaults import (
    larger as larger,
    measured as measured,
    no_node,
    read_files as read_files,
    resolve as resolve,
    tuned as tuned,
)

if TYPE_CHECKING:
    from ....sim.diagnostic import Diagnostic
    from ....sim.dialect import Dialect
    from ....sim.engine import Run
    from ....sim.rawgraph import RawGraph
    from ....targets.xylo.configuration import XyloConfiguration
    from ....targets.xylo.model import Revision
    from ...ir.fidelity_row import FidelityRow, Overrides
    from ...ir.network import FlatGraph, Network
    from ...ir.realised import Realised
    from ...ir.stages import Prepared, StaticVerdict
    from ...options import Options
    from ...timed.retime import Retimed
    from .quantize import Quantized

OPTIONS: frozenset[str] = frozenset()
MEMBRANE, SYNAPSE = "v_mem", "i_syn"


def chip_rules(
    flat: FlatGraph, dialect: Dialect, target: Revision, options: Options
) -> tuple[Overrides, list[FidelityRow], list[Diagnostic]]:
    from .rules import chip_rules

    return chip_rules(flat, dialect, target, consent=options.allow_approximation)


def quantize(network: Network, retimed: Retimed, target: Revision, options: Options) -> Quantized:
    from .quantize import quantize

    return quantize(network, retimed, target, consent=options.allow_approximation)


def neuron_rows(network: Network, retimed: Retimed, quantized: Quantized) -> list[FidelityRow]:
    from .rules import neuron_rows

    return neuron_rows(network, retimed, quantized)


def envelope(quantized: Quantized, population: str) -> tuple[dict[str, object], np.ndarray]:
    """Of the synapses, if every source spikes once in every step."""
    from .quantize import arriving

    largest, limit = arriving(quantized.network, population)
    past = int((largest > limit).sum())
    words: dict[str, object] = {
        "exponent": 0,
        "grid_units": 1,
        "arriving_units": float(largest.max(initial=0.0)),
        "arriving_limit": limit,
        "compartments_past_limit": past,
        "proven": past == 0,
    }
    return words, largest


def place(
    network: QuantizedNetwork,
    target: Revision,
    options: Options,
    rates: Mapping[str, np.ndarray],
    tell: Callable[[str], None] | None,
) -> Placed:
    """The order of the network is the order of the chip, as far as inputs and outputs reach it there."""
    from ....sim.diagnostic import raise_errors
    from .assign import assign
    from .capacity import findings
    from .configuration import configuration

    raise_errors(findings(network, target))
    assignment = assign(network, target)
    loaded, symbols = configuration(network, assignment, target)
    slices, walks = _slices(symbols)
    used = _used(loaded)
    available = _available(target)
    bits = 8 * int(
        loaded.weights_in.size + np.count_nonzero(loaded.weights_rec.any(axis=2)) + loaded.weights_out.size
    )
    return Placed(
        placement=Placement(
            slices=slices,
            cores=1,
            used=(used,),
            available=available,
            certificate=Certificate(
                objective="neurons moved from the network's order",
                value=assignment.moved,
                bound=0 if assignment.moved == 0 else 1,
                status="optimal"
                if assignment.moved == 0
                else "feasible (a first order that keeps every bit)",
                family="all orders in which no saturating sum and no alias changes",
            ),
            traversals=walks,
        ),
        diagnostics=(),
        resources={
            "chips": 1,
            "cores_per_chip": 1,
            "neurons_per_core": target.capacity.hidden + target.capacity.outputs,
            "memory_bits": {"stored": bits, "without_sharing": bits},
            "least_cores_of_any_partition": 1,
        },
    )


def size(network: QuantizedNetwork, target: Revision, options: Options) -> Size:
    from ..shared.place_on_mesh import binding_resource

    placement = place(network, target, options, {}, None).placement
    binding, share = binding_resource(placement)
    return Size(cores=1, available=1, binding=binding, share=share, reason="")


def emit(network: QuantizedNetwork, placement: Placement, target: Revision) -> Emitted:
    from .assign import placed
    from .configuration import configuration

    loaded, symbols = configuration(network, placed(network, placement), target)
    return Emitted(
        files=target.emitter.encode(loaded, target), symbols=symbols, places=[[0, 0]], packets=None
    )


def machine(target: Revision, loaded: LoadedFiles) -> OrderedMachine:
    return target.emitter.machine(loaded.configuration)


def static_verdict(
    network: QuantizedNetwork, target: Revision, loaded: LoadedFiles, symbols: Symbols
) -> StaticVerdict:
    from .verify_words import static_verdict

    return static_verdict(network, loaded.configuration, symbols)


def expand(network: QuantizedNetwork, target: Revision) -> tuple[OrderedMachine, Symbols]:
    from .unplaced import expand

    return expand(network, target)


def simulate(machine: OrderedMachine, target: Revision, events: np.ndarray, *, states: bool) -> Run:
    from ....sim.ordered_engine import simulate_ordered

    return simulate_ordered(machine, target.neuron, events, states=states)


def cycles(target: Revision, loaded: LoadedFiles, run: Run, events: np.ndarray) -> Cycles | None:
    """Events act in their step, spikes in the next."""
    from ....targets.xylo.timing import cycles, most_cycles

    model = target.cycle_model
    if model is None:
        return None
    before = np.concatenate([np.zeros_like(run.spikes[:1]), run.spikes[:-1]])
    found = model.margin * cycles(loaded.configuration, model, events, before)
    return Cycles(
        worst=model.margin * most_cycles(loaded.configuration, model),
        most=float(found.max(initial=0.0)),
        mean=float(found.mean()),
        model="the vendor's estimate, with its margin",
    )


def realised(machine: OrderedMachine, symbols: Symbols, target: Revision) -> Realised:
    no_node(
        target,
        "neurons that NIR has no node for: several spikes a step, reset by subtraction",
        "the report lists effective time constants",
    )


def effective(prepared: Prepared) -> RawGraph:
    from ..shared.effective import EffectiveNeuron, effective_graph

    front, quantized = prepared.front, prepared.quantized
    neurons: dict[str, EffectiveNeuron] = {}
    for p in quantized.network.populations:
        if p.name not in prepared.network.populations:
            continue
        wanted, decay = prepared.network.populations[p.name].neuron, quantized.decays[p.name]
        scale = p.scales[MEMBRANE]
        theta = p.params["threshold"] / scale.units + scale.offset
        neurons[p.name] = EffectiveNeuron(
            alpha=decay.alpha,
            beta=decay.alpha if decay.kind == "current" else decay.beta,
            theta=None if wanted.theta is None else theta,
            gain=decay.gain,
        )
    return effective_graph(front.raw, front.flat, front.chip_dialect, prepared.network, neurons)


def _slices(symbols: Symbols) -> tuple[tuple[Slice, ...], dict[str, Walk]]:
    slices: list[Slice] = []
    walks: dict[str, Walk] = {}
    for p in symbols.populations:
        order = np.argsort(p.machine_index, kind="stable")
        if not np.array_equal(order, np.arange(order.size)):
            walks[p.name] = Runs.of(order)
        slots = p.machine_index[order]
        starts = np.flatnonzero(np.concatenate([[True], np.diff(slots) != 1]))
        for first, last in zip(starts.tolist(), [*starts[1:].tolist(), slots.size], strict=True):
            slices.append(
                Slice(population=p.name, first=first, size=last - first, core=0, slot=int(slots[first]))
            )
    return tuple(sorted(slices, key=lambda s: s.slot)), walks


def _used(c: XyloConfiguration) -> dict[str, int]:
    fan_out = c.weights_rec.any(axis=2).sum(axis=1)
    return {
        "inputs": int(c.weights_in.shape[0]),
        "hidden_neurons": c.n_hidden,
        "output_neurons": c.n_outputs,
        "connections": int(fan_out.sum()),
        "fan_out": int(fan_out.max(initial=0)),
        "input_expansion": int(c.weights_in.shape[1]),
        "output_expansion": int(c.weights_out.shape[0]),
    }


def _available(target: Revision) -> dict[str, int]:
    capacity = target.capacity
    return {
        "inputs": capacity.inputs,
        "hidden_neurons": capacity.hidden,
        "output_neurons": capacity.outputs,
        "connections": capacity.recurrent_connections,
        "fan_out": capacity.fan_out,
        "input_expansion": capacity.input_expansion,
        "output_expansion": capacity.output_expansion,
    }
