"""Lists what shifts, chip steps and resting levels make of a network: rows of the fidelity table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...ir.fidelity_row import FidelityRow
from ...ir.timed_network import TimedNetwork
from .decays import MOST_STEPS, nearest_decays
from .gates import GATE, LEAST, OF_POTENTIALS, THRESHOLDS
from .last_chip_step import fires_last
from .numbers import levels, start_of
from .quantize import Quantized
from .stages import Stage, level_needed

OF_A_FILE = 1e-6
"""By how much the decays of a file, of 32 bits, may be off."""
TRIED = (1, 3, 7, 13, 27)
"""Chip steps of which the report says how near they would come."""


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """List the differences of a quantised network, and what is made otherwise and is exact."""
    rows: list[FidelityRow] = []
    for name in sorted(timed.populations):
        made = quantized.stages[name]
        for stage in made:
            rows += [*_decay(stage), *_gain(stage)]
        rows += [
            *_current(made),
            *_in_last(made, quantized),
            *_reset(made[-1], quantized.units[name]),
            *_start(made, quantized),
        ]
    return [*_chip_steps(timed, quantized), *_wide(quantized), *rows, *_sent(quantized)]


def _chip_steps(timed: TimedNetwork, quantized: Quantized) -> Iterator[FidelityRow]:
    if quantized.chip_steps > 1:
        yield FidelityRow(
            feature="time step",
            where=", ".join(sorted(timed.populations)),
            wanted="decays between those that a shift makes",
            done=f"{quantized.chip_steps} chip steps are a step of the network; inputs come in the first of them",
            status="exact",
        )


def _wide(quantized: Quantized) -> Iterator[FidelityRow]:
    """How weights are stored, and what loops take."""
    wide = sorted(name for name, form in quantized.forms.items() if form.wide)
    if wide:
        bits = quantized.forms[wide[0]].bits
        yield FidelityRow(
            feature="weights",
            where=", ".join(wide),
            wanted="more bits than a weight is stored in",
            done=f"each is stored as two of {bits} bits, whose sums are added up behind them as potentials",
            status="exact",
        )
    if quantized.loops.narrow:
        yield FidelityRow(
            feature="weights",
            where=", ".join(sorted(quantized.loops.narrow)),
            wanted="more bits than a weight is stored in",
            done="stored once: two would take a chip step more, which their loop does not have",
            status="approximated",
        )
    for (pre, post), steps in sorted(quantized.loops.extra.items()):
        yield FidelityRow(
            feature="loop",
            where=f"{pre} -> {post}",
            wanted="the network's delay",
            done=f"{steps} of {quantized.chip_steps} chip step(s) of a step more",
            status="approximated",
        )


def _decay(stage: Stage) -> Iterator[FidelityRow]:
    decays, gap = stage.decays, stage.gap
    if not gap.size or gap.max() <= OF_A_FILE:
        return
    worst = int(gap.argmax())
    if stage.pair is not None:
        yield FidelityRow(
            feature="decay of the membrane",
            where=stage.name,
            wanted=f"keeps {decays.wanted.min():.4g} to {decays.wanted.max():.4g} a step, of each neuron by itself",
            done=f"{stage.size} more neurons, twins that hear the same, decay by other shifts and send the membranes "
            "their potential",
            status="approximated",
            effect=f"what is left of a spike is off by {gap.max():.3g} of it at most, in any step "
            f"({stage.name}[{worst}]); twins are reset by thresholds of their own",
        )
        return
    yield FidelityRow(
        feature="decay of the current" if stage.role == "current" else "decay of the membrane",
        where=stage.name,
        wanted=f"keeps {decays.wanted.min():.4g} to {decays.wanted.max():.4g} a step",
        done=f"keeps {decays.kept.min():.4g} to {decays.kept.max():.4g}: 1 - 2**-k in each of {decays.chip_steps} "
        "chip step(s)",
        status="approximated",
        effect=f"off by {gap.max():.3g} at most ({stage.name}[{worst}]); {_others(stage)}",
    )


def _others(stage: Stage) -> str:
    """What other numbers of chip steps would come to."""
    wanted, needed = stage.decays.wanted, level_needed(stage.neuron)
    told = [
        f"{nearest_decays(wanted, m, **needed).gap:.2g} with {m}"
        for m in TRIED
        if m != stage.decays.chip_steps and m <= MOST_STEPS
    ]
    return f"chip steps would bring it to {', '.join(told)}"


def _gain(stage: Stage) -> Iterator[FidelityRow]:
    gain = np.broadcast_to(stage.gain, stage.size)
    if stage.size and np.abs(gain - 1).max() > OF_A_FILE:
        yield FidelityRow(
            feature="weights",
            where=stage.name,
            wanted="as stored in the file",
            done=f"{gain.min():.4g} to {gain.max():.4g} times as large, which makes up for the decay",
            status="approximated",
        )


def _current(made: tuple[Stage, ...]) -> Iterator[FidelityRow]:
    for stage in made[:-1]:
        if stage.role == "twin":
            continue
        yield FidelityRow(
            feature="synaptic current",
            where=made[-1].name,
            wanted="a current and a membrane in each neuron",
            done=f"{stage.size} neurons on cores of their own are the currents, and send them on in every step",
            status="exact",
        )


def _in_last(made: tuple[Stage, ...], quantized: Quantized) -> Iterator[FidelityRow]:
    last = made[-1]
    if quantized.chip_steps == 1 or last.neuron.theta is None or len(made) == 1:
        return
    yield FidelityRow(
        feature="spikes a step",
        where=last.name,
        wanted="one spike in a step of several chip steps",
        done=f"{last.size} neurons hold membranes down until the last chip step, by "
        f"{LEAST * OF_POTENTIALS:g} to {OF_POTENTIALS:g} thresholds, at one event of the host a step; what hears the "
        "spikes does so a step later",
        status="exact",
    )


def _reset(stage: Stage, units: np.ndarray) -> Iterator[FidelityRow]:
    neuron = stage.neuron
    if neuron.theta is None or not stage.size:
        return
    level = levels(stage, units)
    if neuron.reset_after_decay and level.any():
        yield FidelityRow(
            feature="reset",
            where=stage.name,
            wanted="the threshold taken off behind the decay",
            done=f"membranes rest {level.min()} to {level.max()} above 0, and so much more is taken off before it",
            status="exact",
        )
    shift = -stage.decays.tau[(stage.decays.multi == 1) & (stage.decays.tau < -1)]
    if neuron.reset == "to_value" and shift.size:
        share = (2.0 ** (shift.max() - 2)) / np.median(neuron.theta * units)
        yield FidelityRow(
            feature="reset",
            where=stage.name,
            wanted="to where the membrane rests",
            done="to a quarter of what the shift divides by below it, as one register holds both and shifts round down",
            status="approximated",
            effect=f"{share:.2g} of a threshold",
        )


def _start(made: tuple[Stage, ...], quantized: Quantized) -> Iterator[FidelityRow]:
    last = made[-1]
    units = quantized.units[last.name]
    rest = start_of(last, units).rest
    if not rest.any():
        return
    gated = quantized.chip_steps > 1 and fires_last(last.neuron)
    reached = last.hears or gated
    yield FidelityRow(
        feature="initial membrane",
        where=last.name,
        wanted="more than init_v holds in 12 bits",
        done="an event of the host brings the rest in the first step"
        if gated
        else "the host adds the rest in the first step"
        if reached
        else "as much as init_v holds",
        status="exact" if reached else "approximated",
        effect="" if reached else f"off by up to {np.abs(rest / units).max():.3g}",
    )


def _sent(quantized: Quantized) -> Iterator[FidelityRow]:
    """What the host sends besides the input, and how often it sends that."""
    for p in quantized.network.populations:
        if p.core_params["input_copies"] > 1 and not p.core_params["adds_potentials"]:
            yield FidelityRow(
                feature="input events",
                where=p.name,
                wanted="weights of more bits than are stored",
                done=f"each event is sent to {p.core_params['input_copies']} places, whose weights add up",
                status="exact",
            )
    for port in quantized.network.inputs:
        if port.name.startswith(GATE) and port.onset_step:
            yield FidelityRow(
                feature="spikes a step",
                where=port.name.partition(":")[2],
                wanted="one spike in a step of several chip steps",
                done=f"the host holds membranes down after the first chip step, by up to {THRESHOLDS:g} thresholds, "
                f"with {2 * port.size} spikes in every step",
                status="exact",
            )
        elif port.constant and not port.once and not port.name.startswith(GATE):
            posts = sorted({p.post for p in quantized.network.projections if p.pre == port.name})
            yield FidelityRow(
                feature="bias",
                where=", ".join(posts),
                wanted="a constant in every step",
                done=f"the host sends {port.size} spike(s) in every step from {port.onset_step} on",
                status="exact",
            )
