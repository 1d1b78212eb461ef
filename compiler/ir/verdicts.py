"""Records of both verdicts: whether the words are the network, and how the chip agrees with the float network."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from .record import Amount, Count, Fraction, Record, Share

Place = Annotated[tuple[Count, Count, Count], msgspec.Meta(description="(step, sample, neuron)")]


class StaticHalf(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the decoded words are the quantised network."""

    identical: bool


class DynamicHalf(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether spikes and states of the decoded words are those of the unplaced machine. steps: of the chip. spikes: of
    all neurons, over all steps and samples."""

    identical: bool
    steps: Count
    batch: Count
    spikes: Count


class PlacementVerdict(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The emitted words are the quantised network, and run like it. identical: both halves hold. findings: what is
    wrong, in words, those of the static half first."""

    identical: bool
    static: StaticHalf
    dynamic: DynamicHalf
    findings: tuple[str, ...]


class LayerAgreement(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a population agrees in two runs. f1: of spikes, null for membranes and where neither run has any. agreement:
    share of equal sites, or of samples with the same decision. rms: of membranes, by that of the first run; null for
    spikes. rate_distance: earth mover's distance between the rates of its neurons, in spikes a step; null for
    membranes."""

    f1: Share | None
    agreement: Share
    rms: Amount | None
    first_divergence: Place | None
    rate_distance: Amount | None = None


class ChainLink(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One link of the fidelity chain, its outputs and its layers (population -> agreement) at both ends."""

    link: str
    output_f1: Share | None
    output_agreement: Share
    output_rms: Amount | None
    layers: dict[str, LayerAgreement]


class ChipRules(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The float network under the chip's rules (reset, one spike a step, ...), held against the source: what those
    change before anything is rounded. accuracy: null without labels."""

    output_f1: Share | None
    output_agreement: Share
    accuracy: Fraction | None = None


class Accuracy(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Right decisions of all samples, as "right/all"."""

    in_float: Fraction = msgspec.field(name="float")
    chip: Fraction


class AccuracyFraction(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Right decisions as a share of all samples. chip_95: between what the chip's share lies with 95 % where samples of
    the same kind were countless (Wilson's interval)."""

    in_float: Share = msgspec.field(name="float")
    chip: Share
    chip_95: tuple[Share, Share]


class FidelityVerdict(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The chip's integers beside the float network, and beside `chip_rules`. output_f1: of the outputs that spike; null
    where none does, or none fired in either run. output_rms: of the outputs that show values; null where none does.
    layers: those of the whole chain. overflows: name of a counter -> events. accuracy: null without labels.

    output_f1_within_1_step, output_f1_within_2_steps: where spikes may come so many steps earlier or later.
    output_one_step_late, output_one_step_early: part of the spikes that the chip misses in their step which it has in
    the next one, and in the one before; null where it misses none.
    same_decisions: samples whose decision is that of the float network, of all; null where there is nothing to choose
    between. rate_distance, of layers: see there."""

    output_f1: Share | None
    output_f1_within_1_step: Share | None = None
    output_f1_within_2_steps: Share | None = None
    output_one_step_late: Share | None = None
    output_one_step_early: Share | None = None
    same_decisions: Fraction | None = None
    output_agreement: Share
    output_rms: Amount | None
    first_divergence: Place | None
    chip_rules: ChipRules
    chain: tuple[ChainLink, ...]
    layers: dict[str, LayerAgreement]
    overflows: dict[str, Count]
    accuracy: Accuracy | None = None
    accuracy_fraction: AccuracyFraction | UnsetType = UNSET


class CheckedFiles(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether every file of OUT was derived again from the others. compared: names. differences: a sentence each."""

    identical: bool
    compared: tuple[str, ...]
    differences: tuple[str, ...]


class Verdicts(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """fidelity: null where the words could not be decoded into a machine, so that nothing ran."""

    placement: PlacementVerdict
    fidelity: FidelityVerdict | None

    def __repr__(self) -> str:
        from ..text.render import verdict_lines

        return "\n".join(verdict_lines(self))

    def _repr_html_(self) -> str:
        from ..report.notebook import verdicts_html

        return verdicts_html(self)
