"""Records of `spikec fit`: what one network makes of each chip; printed by `fit --json`."""

from __future__ import annotations

from .cost import InferenceCost
from .record import Amount, Fraction, OneOrMore, Record, Share
from .sweep import Outcome


class FitRow(Outcome, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network on one chip: status, and where it is done all that was measured. Null, or empty, where it is not.

    change: "as it is", or the options with which it fits. available_cores: of the system. binding, share: the resource
    that is fullest, and which part of the cores in use it fills. output_f1_within_1_step, same_decisions,
    output_f1_within_2_steps, accuracy_float, chip_95: as the fidelity verdict has them. rate_distance: the largest of
    its layers. judgement: what all this comes to, in words. cost: of an inference. cycles: of the longest step, null
    where no formula is public. clock_hertz: that the time step asks for. approximated: features that the chip does not
    do exactly. tried: what did not help, in words. seconds: of all tries."""

    target: str
    change: str = "as it is"
    available_cores: OneOrMore | None = None
    chips: OneOrMore | None = None
    binding: str = ""
    share: Share = 0.0
    output_f1_within_1_step: Share | None = None
    output_f1_within_2_steps: Share | None = None
    rate_distance: Amount | None = None
    same_decisions: Fraction | None = None
    accuracy_float: Fraction | None = None
    chip_95: tuple[Share, Share] | None = None
    judgement: str = ""
    cost: InferenceCost | None = None
    cycles: Amount | None = None
    clock_hertz: Amount | None = None
    approximated: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    seconds: Amount = 0.0

    @property
    def fits(self) -> bool:
        """Whether there is a configuration of it."""
        return self.status == "done"


class Fit(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network on every chip that was asked for, the best first. stimulus: what the figures are of, a "file",
    spikes that were drawn, "poisson", or a "stand-in" where none was given. notes: how the file was
    read where the stimulus told, each with its code."""

    network: str
    stimulus: str
    rows: tuple[FitRow, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The table that `spikec fit` prints."""
        from ..text.render_fit import fit_text

        return fit_text(self)
