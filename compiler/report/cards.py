"""Shows the verdicts as cards: one large figure, and what it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import UNSET

from ..text.render import number, quantity
from .words import many

if TYPE_CHECKING:
    from ..ir.report import Report
    from ..ir.verdicts import FidelityVerdict, PlacementVerdict, Verdicts


@dataclass(frozen=True, kw_only=True)
class Card:
    """kind: good, bad or plain (a figure that is neither)."""

    title: str
    kind: str
    big: str
    unit: str = ""
    lines: tuple[str, ...] = ()


def cards(verdicts: Verdicts) -> list[Card]:
    """Show placement, fidelity, and accuracy where there are labels."""
    found = [_placement(verdicts.placement)]
    fidelity = verdicts.fidelity
    if fidelity is None:
        line = "the words could not be decoded into a machine, so nothing ran"
        return [*found, Card(title="Fidelity", kind="bad", big="not measured", lines=(line,))]
    return [*found, _fidelity(fidelity), _accuracy(fidelity)]


def _word(same: bool) -> str:
    return "identical" if same else "DIFFERENT"


def _placement(placement: PlacementVerdict) -> Card:
    dynamic = placement.dynamic
    return Card(
        title="Placement",
        kind="good" if placement.identical else "bad",
        big=_word(placement.identical),
        lines=(
            f"static half: words {_word(placement.static.identical)}, decoded against the quantised network",
            f"dynamic half: spikes and states {_word(dynamic.identical)} over "
            f"{many(dynamic.steps, 'step')} x {many(dynamic.batch, 'sample')}, "
            f"{many(dynamic.spikes, 'spike')}",
        ),
    )


def _fidelity(fidelity: FidelityVerdict) -> Card:
    rules, f1, rms = fidelity.chip_rules, fidelity.output_f1, fidelity.output_rms
    overflows = [f"{name.replace('_', ' ')} {n:,}" for name, n in sorted(fidelity.overflows.items()) if n]
    last = "overflows: " + (", ".join(overflows) if overflows else "none")
    values = () if rms is None else (f"rms of outputs that show values {number(rms)}",)
    if f1 is None and rms is None:
        lines = ("the outputs are silent, in float and on the chip: nothing to compare", last)
        return Card(title="Fidelity", kind="bad", big="no spikes", lines=lines)
    if f1 is None:
        lines = (
            f"in float under the chip's rules {number(rules.output_agreement)}",
            *values,
            last,
        )
        return Card(title="Fidelity", kind="plain", big=number(fidelity.output_agreement),
                    unit="same decision", lines=lines)  # fmt: skip
    agreement = "sites equal" if rms is None else "same decision"
    lines = (
        f"in float under the chip's rules {number(rules.output_f1)}",
        *_near(fidelity),
        f"{agreement} {number(fidelity.output_agreement)}",
        *values,
        last,
    )
    return Card(title="Fidelity", kind="plain", big=number(f1), unit="output F1", lines=lines)


def _near(fidelity: FidelityVerdict) -> tuple[str, ...]:
    one, two = fidelity.output_f1_within_1_step, fidelity.output_f1_within_2_steps
    return () if one is None or two is None else (f"within a step {number(one)}, within two {number(two)}",)


def _accuracy(fidelity: FidelityVerdict) -> Card:
    accuracy, fraction = fidelity.accuracy, fidelity.accuracy_fraction
    if accuracy is None or fraction is UNSET:
        return Card(title="Accuracy", kind="none", big="–", lines=("the stimulus has no labels",))
    lines = (
        f"{fraction.in_float:.1%} in float, {fraction.chip:.1%} on the chip "
        f"({fraction.chip_95[0]:.1%} to {fraction.chip_95[1]:.1%} at 95%)",
        f"same decision as in float {fidelity.same_decisions or '–'}",
        f"in float under the chip's rules {fidelity.chip_rules.accuracy}",
    )
    right, samples = accuracy.chip.split("/")
    big = f"{accuracy.in_float.split('/')[0]} → {right}"
    return Card(title="Right, float → chip", kind="plain", big=big, unit=f"of {samples}", lines=lines)


def cost_cards(report: Report) -> list[Card]:
    """Show what an inference takes; nothing where nothing ran."""
    cost = report.cost
    if cost is None:
        return []
    decided = "–" if cost.steps_to_decision is None else f"{cost.steps_to_decision:.1f}"
    energy = "no public figures of energy"
    if cost.energy is not None:
        energy = f"about {quantity(cost.energy.picojoules * 1e-12, 'J')} for {cost.energy.of} ({cost.energy.source})"
    packets = "no packets" if cost.packets is None else f"{cost.packets:,.0f} packets"
    each = quantity(cost.seconds / cost.chip_steps, "s")
    lines = (
        f"{cost.chip_steps:,} steps of the chip of {each}; decided after {decided} steps of the network",
        f"{cost.synaptic_operations:,.0f} synaptic operations, {cost.spikes:,.0f} spikes, {packets}",
        *(() if cost.cycles is None else (f"{cost.cycles:,.0f} clock cycles",)),
        energy,
    )
    return [Card(title="An inference", kind="plain", big=quantity(cost.seconds, "s"), lines=lines)]
