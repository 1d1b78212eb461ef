"""Lists what ODIN approximates of neurons and events, as rows of the fidelity table: leaks, initial states, biases,
order.
"""

from __future__ import annotations

import numpy as np

from ...ir.fidelity_row import FidelityRow
from ...ir.timed_network import TimedPopulation
from .assemble import Assembled
from .family_rules import ORDER
from .lowered import onto_themselves
from .routes import events_of


def neuron_rows(
    assembled: Assembled,
    raised: frozenset[str] = frozenset(),
    lowered: frozenset[str] = frozenset(),
    chips: int | None = None,
) -> list[FidelityRow]:
    """List what of each population is exact, approximated or impossible on the chip, with the numbers. raised:
    populations whose rest was to be above the floor. lowered: those that were to compare their threshold once a step,
    which takes `chips` chips at least, None where no number would do."""
    rows: list[FidelityRow] = []
    for neurons in assembled.floats:
        if bool((neurons.neuron.beta != 1).any()):
            rows.append(_leak(assembled, neurons.name, neurons.neuron.beta))
        if neurons.start.any():
            rows.append(_start(assembled, neurons))
        if neurons.constants:
            largest = max(float(np.abs(vector).max()) for vector in neurons.constants.values())
            rows.append(
                FidelityRow(feature="bias", where=neurons.name, wanted=f"up to {largest:.3g} a step",
                            done="events of every step, on rows of its own", status="exact")
            )  # fmt: skip
    return [*rows, *_rest(assembled, raised), *_once_a_step(assembled, lowered, chips), *_loop(assembled)]


def _rest(assembled: Assembled, raised: frozenset[str]) -> list[FidelityRow]:
    """How far above the floor rest is, in parts of the threshold, and what brings neurons back there."""
    closed = events_of(assembled.network).closed_loop
    back = (
        "a neuron's own row"
        if closed
        else "the host, by an event of that neuron alone before it sends others"
    )
    rows: list[FidelityRow] = []
    for name in sorted(raised):
        rest = assembled.network.rest.get(name)
        done, effect = "at the floor", "what would fall lower is cut off"
        if rest is None:
            leak = np.median(assembled.leaks[name]) * events_of(assembled.network).leaks
            why = (
                f"a leak of {leak:g} a step would take it there"
                if leak
                else "there is no room for more neurons"
            )
            done = f"{done}: {why}"
        else:
            part = float(np.median(rest.level / rest.threshold))
            done = f"{rest.level} integers ({part:.2g} of the threshold) above the floor"
            effect = f"{effect} that far below rest; what brings a neuron back to rest after a spike: {back}"
        rows.append(FidelityRow(feature="rest above the floor", where=name, wanted="membranes below rest", done=done,
                                status="approximated", effect=effect))  # fmt: skip
    return rows


def _once_a_step(assembled: Assembled, lowered: frozenset[str], chips: int | None) -> list[FidelityRow]:
    """How far neurons are lowered, what their spikes take off, and how fine their weights are."""
    rows: list[FidelityRow] = []
    for name in sorted(lowered):
        once = assembled.network.lowered.get(name)
        room = "do not fit a chip" if chips is None else f"take {chips} chips"
        reason = f"the rows for it {room}"
        if onto_themselves(next(f for f in assembled.floats if f.name == name)):
            reason = "its neurons have weights onto themselves, where a threshold would be taken off"
        done, effect = f"after every event: {reason}", ""
        if once is not None:
            theta, fine = once.threshold, name in assembled.fine
            done = (
                f"lowered by {once.fall} integers before the events of a step, raised by leaks behind them; a spike "
                f"takes the threshold of {int(np.median(theta))} off in the next step"
            )
            effect = f"exact as long as no part of a step lifts a membrane by more than {once.fall}; " + (
                "weights of two rows, one of them sent several times" if fine else "weights of one row"
            )
        rows.append(FidelityRow(feature="one comparison a step", where=name, wanted="the sum of a step", done=done,
                                status="approximated", effect=effect))  # fmt: skip
    return rows


def _start(assembled: Assembled, neurons: TimedPopulation) -> FidelityRow:
    rest = assembled.network.rest.get(neurons.name) or assembled.network.lowered.get(neurons.name)
    loaded = assembled.network.population(neurons.name).params["v"] if rest is None else rest.start
    exact = bool((np.abs(loaded - neurons.start * assembled.scales[neurons.name].units) <= 0.5).all())
    return FidelityRow(
        feature="initial membrane",
        where=neurons.name,
        wanted=f"{float(neurons.start.min()):.3g} to {float(neurons.start.max()):.3g} from where a spike leaves it",
        done="loaded" if exact else "loaded, as far as the chip holds such a state",
        status="exact" if exact else "approximated",
    )


def _leak(assembled: Assembled, name: str, beta: np.ndarray) -> FidelityRow:
    amount = assembled.leaks[name] * events_of(assembled.network).leaks
    part = float(np.median(amount / assembled.scales[name].threshold))
    wrong = float(assembled.leak_errors[name].mean())
    return FidelityRow(
        feature="leak of the membrane",
        where=name,
        wanted=f"keeps {float(np.median(beta)):.4g} a step",
        done="a constant toward rest",
        status="approximated",
        effect=f"{part:.3g} of the threshold a step; rms error {wrong:.2g} of it, between rest and threshold",
    )


def _loop(assembled: Assembled) -> list[FidelityRow]:
    events = events_of(assembled.network)
    names = ", ".join(p.name for p in assembled.network.populations if p.name in assembled.scales)
    order = {"negative first": "negative rows first", "positive first": "positive rows first"}
    sign = order.get(events.order, "rows as numbered")
    rows = "a row for each sign" if events.sign.any() else "rows hold both signs"
    loop_rows = [
        FidelityRow(feature=ORDER, where=names, wanted="none within a step",
                    done=f"{sign}; {rows}; threshold after every event", status="approximated")
    ]  # fmt: skip
    if not events.closed_loop:
        late = (
            f"{events.hop_steps} step(s) later" if events.hop_steps else "in the same step, from chip to chip"
        )
        loop_rows.append(
            FidelityRow(feature="loop", where=names, wanted="spikes reach the next layer in their step",
                        done=f"through the host, {late}", status="exact")
        )  # fmt: skip
    return loop_rows
