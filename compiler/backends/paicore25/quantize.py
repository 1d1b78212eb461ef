"""Quantises a network: weights, thresholds, shifts, resting levels, and what the host adds, all in the chip's
integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ....sim.nir.path import stored_at
from ....targets.configuration import StateScale
from ....targets.machines.synapse_rows import as_rows
from ....targets.paicore25.model import PaicoreChip
from ...ir.calibration import Tuning
from ...ir.quantized import QuantizedInput, QuantizedPopulation, QuantizedProjection, Rounding
from ...ir.timed_network import TimedNetwork
from ...timed.neuron_kinds import membranes_between
from ..shared.quantized_network import quantized_network
from .chip_steps import chip_steps_of, twins_of
from .decays import NEAR, NEAR_WIDE
from .gates import Gate, gate_name, gate_of, gate_of_potentials, gate_stage, pulse_name
from .geometry import strides_of
from .input_copies import input_copies, shared_out
from .last_chip_step import chip_delay, fires_last, in_last
from .loops import Loops, long_enough
from .numbers import level_added, levels, part_numbers, start_of, with_numbers
from .quantized_network import QuantizedNetwork
from .scale import WeightForm, late_constants, parts_of, units_of
from .stages import Stage, stages_of
from .wraps import may_wrap

NOTHING: Mapping[str, float] = {}
Synapses = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Elements of a source, neurons, float64 weights, (k,) each, sorted by element."""


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network, and what reports read of it. stages: of every population. units: population -> (n,)
    integers in one unit of the float membrane. chip_steps: of the chip in one of the network. forms: population -> how
    its weights are stored. loops: what they take otherwise."""

    network: QuantizedNetwork
    stages: Mapping[str, tuple[Stage, ...]]
    units: Mapping[str, np.ndarray]
    chip_steps: int
    forms: Mapping[str, WeightForm]
    loops: Loops
    diagnostics: tuple[Diagnostic, ...]


def quantize(
    timed: TimedNetwork,
    chip: PaicoreChip,
    *,
    weight_bits: int,
    wide: bool,
    consent: bool,
    tuning: Tuning | None,
) -> Quantized:
    """Convert a network to the chip's integers. weight_bits: of a stored weight. wide: whether weights take two of
    them. consent: whether decays that the chip has no shift for may be the nearest ones.

    Raises DiagnosticError: SPK1004 for membranes between neurons, SPK1020 for decays that need consent."""
    raise_errors(membranes_between(timed.network, chip.title))
    near = NEAR_WIDE if wide else NEAR
    twins = twins_of(timed, chip, near)
    chip_steps = 1 if twins else chip_steps_of(timed, chip, near)
    if chip_steps > 1:
        timed = in_last(timed)
    stages = stages_of(timed, chip_steps, twins)
    if not consent:
        _ask(stages, chip)
    loops = long_enough(timed, stages, chip_steps, wide=wide)
    forms = {
        name: WeightForm(bits=weight_bits, wide=wide and name not in loops.narrow)
        for name in timed.populations
    }
    gains = NOTHING if tuning is None else tuning.gain
    shapes = {name: p.shape for name, p in timed.populations.items()} | dict(timed.network.inputs)
    maps = {
        name: strides_of(made[0], shapes, timed.network.stateless) is not None
        for name, made in stages.items()
    }
    copies = {
        name: input_copies(made[0], forms[name], timed.network.inputs, shapes, chip, is_map=maps[name])
        for name, made in stages.items()
    }
    units = {
        name: units_of(made, forms[name], gains.get(name, 1.0), is_map=maps[name], copies=copies[name])
        for name, made in stages.items()
    }
    build = _Build(timed=timed, chip_steps=chip_steps, weight_bits=weight_bits, extra=loops.extra, chip=chip)
    for name, made in stages.items():
        build.add(made, units[name], timed, forms[name], copies[name])
    network = quantized_network(
        chip.name,
        timed,
        sorted(build.populations, key=lambda p: p.name),
        sorted(build.projections, key=lambda p: (p.post, p.pre)),
        build.roundings,
        [build.ports[name] for name in sorted(build.ports)],
    )
    return Quantized(
        network=network,
        stages=stages,
        units=units,
        chip_steps=chip_steps,
        forms=forms,
        loops=loops,
        diagnostics=(*loops.diagnostics, *build.told),
    )


class _Build:
    """Collects the quantised network, stage after stage."""

    def __init__(
        self,
        *,
        timed: TimedNetwork,
        chip_steps: int,
        weight_bits: int,
        extra: Mapping[tuple[str, str], int],
        chip: PaicoreChip,
    ) -> None:
        self.chip = chip
        self.chip_steps, self.weight_bits, self.extra = chip_steps, weight_bits, extra
        self.copies = 1
        self.lag_steps = 0
        self.told: list[Diagnostic] = []
        self.shapes = {name: p.shape for name, p in timed.populations.items()} | dict(timed.network.inputs)
        self.populations: list[QuantizedPopulation] = []
        self.projections: list[QuantizedProjection] = []
        self.roundings: list[Rounding] = []
        self.ports: dict[str, QuantizedInput] = {}

    def add(
        self,
        made: tuple[Stage, ...],
        units: np.ndarray,
        timed: TimedNetwork,
        form: WeightForm,
        copies: int,
    ) -> None:
        """Add the stages of one population."""
        first, self.copies = made[0], copies
        self.lag_steps = timed.populations[made[-1].name].lag_steps
        strides = strides_of(first, self.shapes, timed.network.stateless)
        for stage in made:
            self.arriving = np.zeros(stage.size)
            parts = parts_of(stage, form)
            if stage.hears:
                self._heard(stage, made[-1].name, units, timed, form, strides)
            gate = None
            if len(made) == 1:
                gate = gate_of(stage, units, form, copies, is_map=strides is not None)
            if gate is not None:
                self._gate(gate, stage, units, form, is_map=strides is not None)
            if stage.hears:
                self.told += may_wrap(stage, self.arriving, units, self.chip)
            for source in stage.adds:
                self._potentials(source, stage)
            self._population(
                stage.name,
                stage.role,
                stage,
                with_numbers(stage, units, level_added(stage, made, units)),
                strides,
                sends=stage.reads_out,
                adds=bool(stage.adds or parts),
                units=units,
            )
            self.roundings.append(_rounded_threshold(stage, units))
        if self.chip_steps > 1 and fires_last(timed.populations[made[-1].name].neuron):
            self._gate_of_potentials(made[-1], units, form, strides)

    def _heard(
        self,
        stage: Stage,
        population: str,
        units: np.ndarray,
        timed: TimedNetwork,
        form: WeightForm,
        strides: tuple[int, int] | None,
    ) -> None:
        """Add what a stage hears, and the stages in front of it that send it on as potentials."""
        for link in stage.links:
            delay = chip_delay(timed, link.source, population, link.held_steps, self.chip_steps)
            delay += self.extra.get((link.source, population), 0)
            most = form.largest * (self.copies if link.from_input else 1)
            self._weights(link.source, stage, link.by_source, delay, units, form, most)
        for step, vector in self._late(stage, units).items():
            port, each = self._port(step, stage, strides is not None, vector)
            self._weights(port, stage, each, 0, units, form, form.largest * self.copies)
        for name, shift in parts_of(stage, form).items():
            numbers = part_numbers(stage.size, shift)
            self._population(name, "part", stage, numbers, strides, sends=True, adds=False, units=units)
            self._potentials(name, stage)

    def _late(self, stage: Stage, units: np.ndarray) -> dict[int, np.ndarray]:
        """What the host sends from each step on, with what INIT cannot bring in the first step alone."""
        constants = dict(late_constants(stage))
        rest = start_of(stage, units).rest / units
        if rest.any():
            for step, vector in ((0, rest), (1, -rest)):
                constants[step] = constants.get(step, np.zeros(stage.size)) + vector
        return {step: constants[step] for step in sorted(constants) if constants[step].any()}

    def _port(self, step: int, stage: Stage, is_map: bool, vector: np.ndarray) -> tuple[str, Synapses]:
        """An always-on input: one element, or one for each place of a map, as kernels walk over it."""
        post = np.flatnonzero(vector)
        if not is_map:
            name, shape, source = f"bias@{step}", (1,), np.zeros_like(post)
        else:
            name, shape = f"bias@{step}:{stage.name}", (1, *stage.shape[1:])
            source = post % int(np.prod(stage.shape[1:], dtype=np.int64))
        self.ports[name] = QuantizedInput(name=name, shape=shape, constant=True, onset_step=step)
        self.shapes[name] = shape
        order = np.argsort(source, kind="stable")
        return name, (source[order], post[order], vector[post[order]])

    def _gate(
        self,
        gate: Gate,
        stage: Stage,
        units: np.ndarray,
        form: WeightForm,
        *,
        is_map: bool,
    ) -> None:
        """Always-on inputs, each of several elements, or of several for each place of a map."""
        n = stage.size
        places = int(np.prod(stage.shape[1:], dtype=np.int64)) if is_map else 1
        for onset, delay, amount in ((0, 1, -gate.off), (1, 0, gate.back)):
            name = gate_name(onset, stage.name)
            shape = (gate.events, *(stage.shape[1:] if is_map else ()))
            self.ports[name] = QuantizedInput(name=name, shape=shape, constant=True, onset_step=onset)
            self.shapes[name] = shape
            post = np.tile(np.arange(n), gate.events)
            source = np.repeat(np.arange(gate.events), n) * places + (post % places if is_map else 0)
            weight = np.concatenate(shared_out(amount, gate.events)) / np.tile(units, gate.events)
            order = np.argsort(source, kind="stable")
            each = source[order], post[order], weight[order]
            self._weights(name, stage, each, delay, units, form, form.largest * self.copies)

    def _gate_of_potentials(
        self, stage: Stage, units: np.ndarray, form: WeightForm, strides: tuple[int, int] | None
    ) -> None:
        """Neurons that send potentials to the membranes of a stage: one event of the host in every step does it."""
        name = gate_stage(stage.name)
        gate = gate_of_potentials(stage, units, form.most)
        places = int(np.prod(stage.shape[1:], dtype=np.int64)) if strides is not None else 1
        port, shape = gate_name(0, name), (1, *(stage.shape[1:] if strides is not None else ()))
        self.ports[port] = QuantizedInput(name=port, shape=shape, constant=True, onset_step=0)
        self.shapes[port] = shape
        post = np.arange(stage.size)
        source = post % places
        order = np.argsort(source, kind="stable")
        for delay, code in ((0, -gate.off), (self.chip_steps - 1, gate.back)):
            rows = as_rows(source[order], post[order], code[order], delay)
            self.projections.append(QuantizedProjection(pre=port, post=name, synapses=rows))
        rest = np.clip(np.rint(start_of(stage, units).rest / (1 << gate.shift)), -form.most, form.most)
        if rest.any():
            once = pulse_name(name)
            self.ports[once] = QuantizedInput(name=once, shape=shape, constant=True, onset_step=0, once=True)
            self.shapes[once] = shape
            rows = as_rows(source[order], post[order], rest[order].astype(np.int64)).kept(rest[order] != 0)
            self.projections.append(QuantizedProjection(pre=once, post=name, synapses=rows))
        copies, self.copies = self.copies, 1
        numbers = part_numbers(stage.size, gate.shift)
        self._population(name, "part", stage, numbers, strides, sends=True, adds=False, units=units)
        self.copies = copies
        self._potentials(name, stage)

    def _weights(
        self,
        pre: str,
        stage: Stage,
        synapses: Synapses,
        delay: int,
        units: np.ndarray,
        form: WeightForm,
        most: int,
    ) -> None:
        """The nearest weights, at most `most`; those that become 0 are left out. delay: chip steps."""
        source, post, weight = synapses
        finer = np.broadcast_to(stage.shift, stage.size)[post]
        one = units[post] * 2.0**-finer
        exact = weight * one
        code = np.clip(np.rint(exact), -most, most).astype(np.int64)
        gap = np.abs(code - exact) / one
        self.arriving += np.bincount(post, np.abs(code << finer), stage.size)
        self.roundings.append(Rounding.of(f"{pre} -> {stage.name}", "weight", "membrane", gap))
        names = parts_of(stage, form) or (stage.name,)
        for name, part in zip(names, _split(code, form), strict=True):
            kept = part != 0
            if kept.any():
                rows = as_rows(source[kept], post[kept], part[kept], delay)
                self.projections.append(QuantizedProjection(pre=pre, post=name, synapses=rows))

    def _potentials(self, pre: str, stage: Stage) -> None:
        """Each potential of `pre` goes to the neuron of the same index."""
        each = np.arange(stage.size)
        rows = as_rows(each, each, np.ones_like(each))
        self.projections.append(QuantizedProjection(pre=pre, post=stage.name, synapses=rows))

    def _population(
        self,
        name: str,
        role: str,
        stage: Stage,
        numbers: Mapping[str, np.ndarray],
        strides: tuple[int, int] | None,
        *,
        sends: bool,
        adds: bool,
        units: np.ndarray,
    ) -> None:
        """sends: potentials in the place of spikes. adds: potentials that it is sent."""
        rows, columns = strides or (0, 0)
        whole = units * (1.0 if role == "part" else stage.worth)
        unit = float(np.median(whole)) if units.size else 1.0
        rest = 0.0 if role == "part" else float(np.median(levels(stage, units)))
        origin = stage.neuron.v_reset
        offset = 0.0 if origin is None or not origin.size else float(np.median(origin))
        self.populations.append(
            QuantizedPopulation(
                name=name,
                shape=stage.shape,
                params=numbers,
                core_params={
                    "sends_potential": int(sends),
                    "adds_potentials": int(adds),
                    "chip_steps": self.chip_steps,
                    "weight_bits": self.weight_bits,
                    "input_copies": self.copies,
                    "stride_rows": rows,
                    "stride_columns": columns,
                },
                scales={"shown": StateScale(units=unit, offset=offset - rest / unit)},
                lag_steps=self.lag_steps,
                emission_delay=stage.neuron.emission_delay,
                spiking=not sends,
                role=role,
            )
        )


def _split(code: np.ndarray, form: WeightForm) -> tuple[np.ndarray, ...]:
    """Weights as they are stored: as one, or as a high and a low part."""
    if not form.wide:
        return (code,)
    high = (code + (1 << (form.bits - 1))) >> form.bits
    return high, code - (high << form.bits)


def _rounded_threshold(stage: Stage, units: np.ndarray) -> Rounding:
    theta = stage.neuron.theta
    gap = np.zeros(0) if theta is None else np.abs(np.rint(theta * units) - theta * units) / units
    return Rounding.of(stage.name, "threshold", "membrane", gap)


def _ask(stages: Mapping[str, tuple[Stage, ...]], chip: PaicoreChip) -> None:
    """Refuse decays that the chip does not come near to, with what it would do."""
    told: list[str] = []
    far: list[str] = []
    for name, made in stages.items():
        for stage in made:
            if stage.gap.max(initial=0.0) > NEAR:
                worst = int(stage.gap.argmax())
                wanted, kept = stage.decays.wanted[worst], stage.decays.kept[worst]
                done = (
                    f"{kept:.4g}" if stage.pair is None else f"that of two shifts, {stage.gap[worst]:.2g} off"
                )
                told.append(f"{stage.name}[{worst}] keeps {wanted:.4g} a step, on the chip {done}")
                far.append(name)
    if not far:
        return
    names = ", ".join(dict.fromkeys(far))
    message = (
        f"membranes or currents of {names} decay otherwise on {chip.title}, which keeps 1 - 2**-k of them a chip "
        "step; this needs --allow-approximation"
    )
    hint = (
        "train with what shifts can make (0.5, 0.75, 0.875, ...), or allow it and read the fidelity verdict"
    )
    raise DiagnosticError(
        (error("SPK1020", message, where=stored_at(far[0]), hint=hint, lost="; ".join(told)),)
    )
