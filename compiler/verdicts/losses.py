"""Warns of what a run on the chip lost: wrapped sums and dropped spikes, and fidelity that the chip's rules do not
explain."""

from __future__ import annotations

from collections.abc import Sequence

from ...sim.diagnostic import Diagnostic, warning
from ..ir.verdicts import ChainLink, FidelityVerdict

LOST_AT_END = ("_wraps", "_saturations", "_limits", "_16_bits")
LOST_AT_START = ("dropped_", "spikes_of_a_loop_")
"""How counters are called that count what no float network does."""
FAR = 0.25
"""A loss of F1 that rounding seldom makes."""
FAR_RMS = 0.5
"""Of what the output shows: rounding seldom moves it so far."""


def losses(verdict: FidelityVerdict, *, agreed: bool = False) -> list[Diagnostic]:
    """Warn of counted wraps and saturations, of spikes that were dropped or cut off (SPK4213), and of outputs far from
    what the float network shows under the chip's rules (SPK4214), or far from the source by these rules alone
    (SPK4215). agreed: the chip's own rules were asked for, so that the last is no news."""
    found = [
        warning("SPK4213", f"{name.replace('_', ' ')}: {count:,} in this run",
                hint="from there on it is another network: fewer or smaller weights onto a neuron leave more room")
        for name, count in sorted(verdict.overflows.items())
        if count and (name.endswith(LOST_AT_END) or name.startswith(LOST_AT_START))
    ]  # fmt: skip
    rules = verdict.chip_rules.output_f1
    if not agreed and rules is not None and 1 - rules > FAR:
        message = f"under the chip's rules the float network has an output F1 of {rules:.4f}: neurons differ so much"
        hint = "rows that are approximated in the report say how; `spikec fit` lists chips by what they lose"
        found.append(warning("SPK4215", message, hint=hint))
    message = _far(verdict)
    if not message:
        return found
    link = _weakest(verdict.chain[1:-1])
    falls = {name: layer.f1 for name, layer in link.layers.items() if layer.f1 is not None}
    worst = min(sorted(falls), key=lambda name: falls[name], default="")
    facts = {"worst": f"{worst}, F1 {falls[worst]:.4f} by `{link.link}`"} if worst else {}
    hint = "look at the rows and roundings in the report, at warnings above, and at --calibrate where the target has it"
    return [*found, warning("SPK4214", message, hint=hint, **facts)]


def _weakest(links: Sequence[ChainLink]) -> ChainLink:
    """The link that loses most of the outputs; of equals the last."""

    def kept(link: ChainLink) -> float:
        return -(link.output_rms or 0.0) if link.output_f1 is None else link.output_f1

    return min(reversed(links), key=kept)


def _far(verdict: FidelityVerdict) -> str:
    """In words, how far the chip's numbers take the outputs; empty where that is not far."""
    f1, rules = verdict.output_f1, verdict.chip_rules.output_f1
    if f1 is not None and rules is not None and rules - f1 > FAR:
        return (
            f"the output F1 is {f1:.4f}; under the chip's rules the float network reaches {rules:.4f}: "
            "the chip's numbers lose the rest"
        )
    rms = max((link.output_rms or 0.0 for link in verdict.chain[1:-1]), default=0.0)
    if rms > FAR_RMS:
        return f"the chip's numbers move what the outputs show by an rms of {rms:.3g}, relative to what they show"
    return ""
