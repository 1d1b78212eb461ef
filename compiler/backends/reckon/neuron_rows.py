"""Lists what words that two neurons share, resets and read-outs change: rows of the fidelity table."""

from __future__ import annotations

import numpy as np

from ....targets.reckon.neuron import READOUT_BITS
from ...ir.fidelity_row import FidelityRow
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ..shared.neuron_rows import longer_loops
from .assemble import Quantized
from .gates import CLOSES, OPENS
from .headroom import not_held
from .lower import is_silent
from .quantize import kept_a_step
from .resets import brought_back
from .wiring import wiring

OF_A_FILE = 1e-5
"""By how much the time constants of a file, of 32 bits, may be off in what a step keeps."""
LOST_BITS = 0.03


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """List the differences of a quantised network."""
    rows: list[FidelityRow] = []
    for name, population in sorted(timed.populations.items()):
        rows += [*_decay(quantized, population), *_start(quantized, population)]
        if name in quantized.back:
            rows += [*_paired(quantized, population), *_given_back(quantized, population)]
    return [
        *_ticks(timed, quantized),
        *rows,
        *_inputs(timed, quantized),
        *_relayed(quantized),
        *longer_loops(timed),
    ]


def _ticks(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    ticks = max((p.core_params["ticks"] for p in quantized.network.populations), default=1)
    if ticks == 1:
        return []
    beta = min(float(p.neuron.beta.min(initial=1.0)) for p in timed.populations.values())
    gate = _gate(quantized, ticks) if quantized.numbers.ticks.gated else []
    return [
        *gate,
        FidelityRow(
            feature="time step",
            where=", ".join(quantized.back),
            wanted=f"a step keeps as little as {beta:.3g} of a membrane",
            done=f"{ticks} time ticks of the chip are a step of the network",
            status="exact",
        ),
    ]


def _gate(quantized: Quantized, ticks: int) -> list[FidelityRow]:
    network, names = quantized.network, sorted(quantized.back)
    rows = {name: 1 + max(p.row for p in network.projections if p.pre == name) for name in (CLOSES, OPENS)}
    size = sum(network.population(name).size for name in names)
    early = sum(not_held(network, name) for name in names)
    return [
        FidelityRow(
            feature="gate",
            where=", ".join(names),
            wanted=f"a neuron fires once in the {ticks} ticks of a step",
            done=f"events on {rows[CLOSES]} rows take membranes below their thresholds in the first tick of each step, "
            f"events on {rows[OPENS]} rows bring back in the last one what decays have left of that",
            status="exact" if early == 0 else "approximated",
            effect=f"{early} of {size} neurons could fire earlier in a step, if all their sources spiked in every step"
            if early
            else "",
        )
    ]


def _decay(quantized: Quantized, p: TimedPopulation) -> list[FidelityRow]:
    params, beta = quantized.network.population(p.name).params, p.neuron.beta
    kept = kept_a_step(quantized.network.population(p.name))
    gap = np.abs(kept - beta)
    ticks = quantized.network.population(p.name).core_params["ticks"]
    half_a_step = 2.0 ** -(READOUT_BITS + 1) if is_silent(p) else ticks * 2.0**-16
    if p.size == 0 or gap.max() <= half_a_step + OF_A_FILE:
        return []
    worst = int(gap.argmax())
    alone = params["max_spikes"][worst] > 0
    why = (
        "one for all read-outs" if not alone else "the nearest that the chip and its partner in the word have"
    )
    return [
        FidelityRow(
            feature="decay of the membrane",
            where=p.name,
            wanted=f"keeps {beta.min():.4g} to {beta.max():.4g} a step",
            done=f"keeps {kept.min():.4g} to {kept.max():.4g}: {why}",
            status="approximated",
            effect=f"off by {gap.max():.3g} at most ({p.name}[{worst}]), {gap.mean():.3g} on average",
        )
    ]


def _paired(quantized: Quantized, p: TimedPopulation) -> list[FidelityRow]:
    numbers = quantized.numbers
    mine = numbers.shared[p.name]
    lost = np.log2(numbers.wished[p.name] / numbers.threshold[p.name])
    if not mine.any() or lost[mine].max() < LOST_BITS:
        return []
    return [
        FidelityRow(
            feature="two neurons a word",
            where=p.name,
            wanted="a threshold and a scale of each neuron's own",
            done=f"{int(mine.sum())} of {p.size} neurons share a threshold with another, of their own decay as near as "
            "there is one",
            status="approximated",
            effect=f"they lose {lost[mine].mean():.2g} bits of resolution on average, {lost[mine].max():.2g} at most",
        )
    ]


def _given_back(quantized: Quantized, p: TimedPopulation) -> list[FidelityRow]:
    share, numbers = quantized.back[p.name], quantized.numbers
    left = numbers.ticks.left(numbers.alpha[p.name])
    back = brought_back(p, share, left)
    if not back.any():
        return []
    wanted = {"none": "reset = none", "to_value": ""}.get(p.neuron.reset, "the threshold taken off")
    when = "" if p.neuron.reset == "none" else " behind the decay" if not share.any() else " before the decay"
    done = f"brings {back.max():.3g} of it back in the same step"
    if numbers.ticks.gated:
        done = f"brings {_range(back)} of it in the next step, as it has decayed to {_range(left)}"
    return [
        FidelityRow(
            feature="reset",
            where=p.name,
            wanted=wanted + when,
            done=f"taken off behind the decay; a synapse of each neuron onto itself {done}",
            status="exact",
        )
    ]


def _range(values: np.ndarray) -> str:
    low, high = f"{values.min():.3g}", f"{values.max():.3g}"
    return low if low == high else f"{low} to {high}"


def _start(quantized: Quantized, p: TimedPopulation) -> list[FidelityRow]:
    if not p.start.any():
        return []
    lag = quantized.lowered.lag[p.name]
    return [
        FidelityRow(
            feature="initial membrane",
            where=p.name,
            wanted=f"{p.start.min():.3g} to {p.start.max():.3g} from where a spike leaves it",
            done="loaded before each sample" + (f", larger by what it loses in {lag} steps" if lag else ""),
            status="exact" if lag == 0 else "approximated",
        )
    ]


def _inputs(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    wires = wiring(quantized.network)
    found: list[FidelityRow] = []
    for name in sorted(timed.network.inputs):
        rows = 1 + max(k for port, k in wires.row if port == name)
        if rows > 1:
            found.append(
                FidelityRow(
                    feature="input rows",
                    where=name,
                    wanted="weights of more than 8 bits",
                    done=f"each event is sent on {rows} rows, whose weights add up",
                    status="exact",
                )
            )
    for name, step in quantized.lowered.onset.items():
        rows = 1 + max(k for port, k in wires.row if port == name)
        posts = sorted({link.post for link in quantized.lowered.links if link.source == name})
        found.append(
            FidelityRow(
                feature="bias",
                where=", ".join(posts),
                wanted="a constant in every step",
                done=f"an event in every step from {step} on, on {rows} row(s) of its own",
                status="exact",
            )
        )
    return found


def _relayed(quantized: Quantized) -> list[FidelityRow]:
    found: list[FidelityRow] = []
    for source in sorted({source for source, _ in quantized.lowered.relayed}):
        steps = max(k for name, k in quantized.lowered.relayed if name == source)
        neurons = sum(e.size for (name, _), e in quantized.lowered.relayed.items() if name == source)
        found.append(
            FidelityRow(
                feature="delay",
                where=source,
                wanted=f"spikes held back by up to {steps} step(s)",
                done=f"{neurons} neurons repeat them a step later each",
                status="exact",
            )
        )
    return found
