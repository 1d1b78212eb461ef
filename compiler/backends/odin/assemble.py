"""Assembles the network in integers for one execution mode: neurons in order, synapses, rows in order, events of the
host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....sim.diagnostic import raise_errors
from ....targets.configuration import StateScale
from ....targets.machines.synapse_rows import as_rows
from ....targets.odin.arithmetics import modules_of
from ....targets.odin.model import OdinChip
from ...ir.calibration import Tuning
from ...ir.quantized import (
    EventOrder,
    LoweredMembrane,
    QuantizedInput,
    QuantizedPopulation,
    RestLevel,
    Rounding,
    SignedProjection,
)
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ...timed.constants import from_chip_start
from ...timed.neuron_kinds import not_integrate_and_fire
from ..shared.quantized_network import inputs_of
from . import leak, lowered
from .copies import COPY, copy_name, signed_copies
from .execution_modes import ExecutionMode
from .quantized_network import QuantizedNetwork
from .rows import rows_of, usual_order
from .scale import Scales, above, choose, weight_limits
from .synapses import Synapses, of_constants, of_links


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """A network in integers under one execution mode. leak_errors: population -> (n,) root mean square error of a
    step in parts of the threshold. scales: by population. copies: population -> its elements that have a copy. fine:
    populations whose sources have two rows."""

    network: QuantizedNetwork
    mode: ExecutionMode
    floats: tuple[TimedPopulation, ...]
    scales: Mapping[str, Scales]
    leaks: Mapping[str, np.ndarray]
    leak_errors: Mapping[str, np.ndarray]
    copies: Mapping[str, np.ndarray]
    fine: frozenset[str] = frozenset()

    @property
    def leak_parts(self) -> dict[str, list[float]]:
        """What a step takes off each membrane, in parts of its threshold: population -> of each neuron; of those
        that leak."""
        events = self.network.order
        count = 0 if events is None else events.leaks
        return {
            name: [round(float(part), 4) for part in count * self.leaks[name] / self.scales[name].threshold]
            for name in sorted(self.leaks)
            if self.leaks[name].any()
        }


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """The float neurons of a network, and the chip's steps in each unit of theirs. rest: population -> how many
    steps its rest is above the floor, of those that are not at it. plan, way: which compare once a step, and how."""

    floats: tuple[TimedPopulation, ...]
    scales: Mapping[str, Scales]
    rest: Mapping[str, int]
    plan: lowered.Plan = lowered.NATIVE
    way: lowered.Course | None = None


def scaled(
    timed: TimedNetwork,
    chip: OdinChip,
    tuning: Tuning,
    raised: frozenset[str] = frozenset(),
    plan: lowered.Plan = lowered.NATIVE,
) -> Scaled:
    """Choose thresholds and units of all populations. raised: those whose rest is above the floor, by the largest
    weight. plan: those that compare once a step.

    Raises DiagnosticError: SPK1004 for neurons that the chip does not have."""
    populations = list(timed.populations.values())
    raise_errors([problem for p in populations for problem in not_integrate_and_fire(p, chip)])
    floats = tuple(from_chip_start(p) for p in populations)
    level, rest, scales = weight_limits(chip.ranges)[1], dict[str, int](), dict[str, Scales]()
    way = lowered.course([f for f in floats if f.name in plan.lowered], plan, chip.ranges)
    for f in floats:
        if f.name in plan.lowered and way is not None:
            gain, factor = tuning.gain.get(f.name, 1.0), tuning.threshold.get(f.name, 1.0)
            fine = f.name in plan.fine
            scales[f.name] = lowered.choose_scales(f, chip.ranges, way, (gain, factor), fine=fine)
            continue
        for lifted in (level, 0) if f.name in raised else (0,):
            ranges = above(chip.ranges, lifted)
            scales[f.name] = choose(
                f, ranges, tuning.gain.get(f.name, 1.0), tuning.threshold.get(f.name, 1.0)
            )
            rest[f.name] = lifted
            # A leak is towards the floor: where that of a step goes all the way there is no rest above it.
            if lifted and float(np.median(_leak_of_a_step(f, scales[f.name], tuning))) < lifted:
                break
    return Scaled(
        floats=floats,
        scales=scales,
        rest={name: lifted for name, lifted in rest.items() if lifted},
        plan=plan,
        way=way,
    )


def assemble(mode: ExecutionMode, chip: OdinChip, tuning: Tuning, rounded: Scaled) -> Assembled:
    """Quantise a network for one execution mode. rounded: made with the lags of that mode."""
    timed, floats, scales, limits = mode.timed, rounded.floats, rounded.scales, weight_limits(chip.ranges)
    leaks, leak_errors, events = _leaks(rounded, chip, tuning)
    once = [f for f in floats if f.name in rounded.plan.lowered]
    synapses, roundings = _synapses(rounded, mode, chip)
    constants, ports, more = (
        lowered.constants(floats, scales, chip.ranges)
        if once
        else of_constants(floats, scales, limits, split=mode.split)
    )
    synapses += constants
    way = rounded.way
    if way is not None:
        leaks |= {f.name: np.full(f.size, way.leak) for f in once}
        for f in once:
            synapses += lowered.own_rows(f, scales[f.name].threshold, chip.ranges, way)
        synapses += lowered.phases(once, chip.ranges, way)
        ports = {**ports, lowered.PHASES: (2, 0)}
    if mode.closed:
        synapses += [_onto_itself(f, rounded.rest[f.name]) for f in floats if f.name in rounded.rest]
    copies, synapses = (
        signed_copies(synapses, list(timed.populations))
        if mode.closed and chip.execution.sign == "row"
        else ({}, synapses)
    )
    populations = _populations(timed, rounded, leaks, copies, chip)
    quantized_of = {p.name: p for p in populations}
    held = {p.name: p.params["threshold"] for p in populations}
    held |= {f.name: scales[f.name].threshold for f in once}
    inputs = _inputs(timed, ports)
    number = {p.name: k for k, p in enumerate((*populations, *inputs))}
    names = {port.name for port in inputs}
    sent = [s for s in synapses if not mode.closed or s.pre in names]
    order = tuning.order or usual_order(chip)
    rows = rows_of(sent, number, held, order)
    quantized = QuantizedNetwork(
        target=chip.name,
        populations=populations,
        inputs=inputs,
        projections=_projections(synapses, rounded.rest),
        outputs=timed.outputs,
        max_lag_steps=timed.max_lag_steps,
        roundings=tuple([*roundings, *more]),
        order=EventOrder(
            closed_loop=mode.closed,
            protocol="wait" if mode.closed or rounded.rest else "burst",
            queue=chip.capacity.queue,
            leaks=events,
            hop_steps=mode.hop,
            order=order,
            reason=mode.reason,
            sign=rows.sign,
            route_row=rows.route_row,
            route_source=rows.route_source,
            route_element=rows.route_element,
            route_delay=rows.route_delay,
            route_times=rows.route_times,
            behind=rows.behind,
        ),
        rest=_rest_levels(populations, rounded.rest, copies),
        lowered={}
        if way is None
        else {f.name: _lowered(quantized_of[f.name], scales[f.name], way) for f in once},
    )
    return Assembled(
        network=quantized,
        mode=mode,
        floats=floats,
        scales=scales,
        leaks={f.name: np.zeros_like(leaks[f.name]) if f in once else leaks[f.name] for f in floats},
        leak_errors=leak_errors,
        copies=copies,
        fine=rounded.plan.fine,
    )


def _leak_of_a_step(neurons: TimedPopulation, scale: Scales, tuning: Tuning) -> np.ndarray:
    """(n,) int64: as calibrated, else fitted."""
    t, calibrated = scale.threshold, tuning.leak.get(neurons.name)
    if calibrated is not None:
        return np.rint(np.array(calibrated) * t).astype(np.int64)
    return leak.fit(neurons.neuron.beta, t, leak.between_rest_and_threshold(), int(t.max(initial=0)))


def _leaks(
    rounded: Scaled, chip: OdinChip, tuning: Tuning
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], int]:
    """Leaks of one event, errors, and events a step: as few as keep every leak in its bits."""
    top, floats, scales = chip.ranges.leak[1], rounded.floats, rounded.scales
    leak_steps = {
        f.name: np.zeros(f.size, dtype=np.int64)
        if f.name in rounded.plan.lowered
        else _leak_of_a_step(f, scales[f.name], tuning)
        for f in floats
    }
    events = max((-(-int(amount.max(initial=0)) // top) for amount in leak_steps.values()), default=0)
    events = events if rounded.way is None else max(events, rounded.way.leaks)
    leaks = {name: np.rint(amount / max(events, 1)).astype(np.int64) for name, amount in leak_steps.items()}
    errors = {
        f.name: leak.error(
            f.neuron.beta, scales[f.name].threshold, leak.between_rest_and_threshold(), events * leaks[f.name]
        )
        for f in floats
    }
    return leaks, errors, events


def _lowered(population: QuantizedPopulation, scale: Scales, way: lowered.Course) -> LoweredMembrane:
    return LoweredMembrane(
        threshold=scale.threshold,
        start=population.params["v"] + scale.threshold - way.rise,
        fall=way.fall,
        rise=way.rise,
    )


def _synapses(rounded: Scaled, mode: ExecutionMode, chip: OdinChip) -> tuple[list[Synapses], list[Rounding]]:
    """With the loop closed and a sign in the weights, what neurons send is on their own row, whatever its sign."""
    floats, scales, plan = rounded.floats, rounded.scales, rounded.plan
    limits, synapses, roundings = weight_limits(chip.ranges), list[Synapses](), list[Rounding]()
    inside = {f.name for f in floats} if mode.closed and chip.execution.sign == "weight" else set[str]()
    for f in floats:
        if f.name in plan.lowered:
            coded, rounding = lowered.links(f, scales[f.name], chip.ranges, fine=f.name in plan.fine)
            synapses += coded
            roundings += rounding
            continue
        own = replace(f, links=tuple(link for link in f.links if link.source in inside))
        other = replace(f, links=tuple(link for link in f.links if link.source not in inside))
        for neurons, split in ((other, mode.split), (own, False)):
            coded, rounding = of_links(neurons, scales[f.name], limits, split=split)
            synapses += coded
            roundings += rounding
    return synapses, roundings


def _onto_itself(neurons: TimedPopulation, level: int) -> Synapses:
    """Bring neurons back to the level of rest by their own spikes."""
    each = np.arange(neurons.size)
    return Synapses(
        pre=neurons.name,
        post=neurons.name,
        delay=0,
        sign=1,
        cols=each,
        rows=each,
        weights=np.full_like(each, level),
    )


def _rest_levels(
    populations: Sequence[QuantizedPopulation], rest: Mapping[str, int], copies: Mapping[str, np.ndarray]
) -> dict[str, RestLevel]:
    original = {copy_name(name): (name, which) for name, which in copies.items()}
    found: dict[str, RestLevel] = {}
    for p in populations:
        source, element = original.get(p.name, (p.name, np.arange(p.size)))
        if source in rest:
            found[p.name] = RestLevel(
                level=rest[source],
                threshold=p.params["threshold"] - rest[source],
                start=p.params["v"] - rest[source],
                source=source,
                element=element,
            )
    return found


def _populations(
    timed: TimedNetwork,
    rounded: Scaled,
    leaks: Mapping[str, np.ndarray],
    copies: Mapping[str, np.ndarray],
    chip: OdinChip,
) -> tuple[QuantizedPopulation, ...]:
    """Along the flow of spikes; a copy, which inhibits, before its original."""
    by_name: dict[str, QuantizedPopulation] = {}
    for f in rounded.floats:
        scale, rest = rounded.scales[f.name], rounded.rest.get(f.name, 0)
        if f.name in rounded.plan.lowered and rounded.way is not None:
            rest = rounded.way.rise - scale.threshold
        threshold = scale.threshold + rest
        start = np.clip(np.rint(f.start * scale.units) + rest, chip.ranges.state[0], threshold - 1)
        registers = {
            "threshold": threshold,
            "leak": leaks[f.name],
            "leak_enable": (leaks[f.name] > 0).astype(np.int64),
            "v": start.astype(np.int64),
        }
        zero = np.zeros(f.size, dtype=np.int64)
        module = modules_of(chip).neuron
        by_name[f.name] = QuantizedPopulation(
            name=f.name,
            shape=f.shape,
            params={name: registers.get(name, zero) for name in (*module.PARAMETERS, *module.STATES)},
            core_params={},
            scales={"v": _state_scale(f, scale, rest)},
            lag_steps=f.lag_steps,
            emission_delay=f.neuron.emission_delay,
        )
    populations: list[QuantizedPopulation] = []
    for name in _in_order(timed, rounded.floats):
        if name in copies:
            original, which = by_name[name], copies[name]
            populations.append(
                replace(
                    original,
                    name=copy_name(name),
                    shape=(which.size,),
                    params={key: value[which] for key, value in original.params.items()},
                    role=COPY,
                )
            )
        populations.append(by_name[name])
    return tuple(populations)


def _state_scale(neurons: TimedPopulation, scale: Scales, rest: int | np.ndarray) -> StateScale:
    units, at = float(np.median(scale.units)), float(np.median(rest))
    return StateScale(units=units, offset=neurons.origin - at / units if at else neurons.origin)


def _in_order(timed: TimedNetwork, floats: Sequence[TimedPopulation]) -> list[str]:
    """Sources before those that they reach in the same step, which never is a loop; else along the flow."""
    import networkx as nx

    from ...timed.flow_order import order

    flow = order(timed.network)
    place = {name: k for k, name in enumerate((*flow.hidden, *flow.outputs))}
    graph = nx.DiGraph()
    graph.add_nodes_from(place)
    graph.add_edges_from(
        (link.source, f.name)
        for f in floats
        for link in f.links
        if link.delay_steps == 0 and link.source in place and link.by_source[0].size
    )
    return list(nx.lexicographical_topological_sort(graph, key=lambda name: place[name]))


def _inputs(timed: TimedNetwork, ports: Mapping[str, tuple[int, int]]) -> tuple[QuantizedInput, ...]:
    constant = [
        QuantizedInput(name=name, shape=(ports[name][0],), constant=True, onset_step=ports[name][1])
        for name in sorted(ports, key=lambda name: ports[name][1])
    ]
    return (*inputs_of(timed), *constant)


def _projections(synapses: Sequence[Synapses], rest: Mapping[str, int]) -> tuple[SignedProjection, ...]:
    ordered = sorted(synapses, key=lambda s: (s.post, s.pre, s.delay, s.sign, s.times))
    return tuple(
        SignedProjection(
            pre=s.pre,
            post=s.post,
            synapses=as_rows(s.cols, s.rows, s.weights, s.delay),
            sign=s.sign,
            times=s.times,
            tied=s.tied or (s.pre in rest and s.post in (s.pre, copy_name(s.pre))),
        )
        for s in ordered
    )
