"""Warns of what a run on the chip lost: wrapped sums and dropped spikes, and fidelity that the chip's rules do not
explain."""

from __future__ import annotations

from ...sim.diagnostic import Diagnostic, warning
from ..ir.verdicts import ChainLink, FidelityVerdict

FAR = 0.25
"""A loss of F1 that rounding seldom makes."""
FAR_RMS = 0.5
"""Of what the output shows: rounding seldom moves it so far."""


def losses(verdict: FidelityVerdict) -> list[Diagnostic]:
    """Warn of counted wraps, of spikes that were dropped or cut off (SPK4213), and of outputs far from what the float
    network shows under the chip's rules (SPK4214)."""
    found = [
        warning("SPK4213", f"{name.replace('_', ' ')}: {count:,} in this run",
                hint="from there on it is another network: fewer or smaller weights onto a neuron leave more room")
        for name, count in sorted(verdict.overflows.items())
        if count and (name.endswith("_wraps") or name.startswith(("dropped_", "spikes_of_a_loop_")))
    ]  # fmt: skip
    last = verdict.chain[-2]
    message = _far(verdict, last)
    if not message:
        return found
    falls = {name: layer.f1 for name, layer in last.layers.items() if layer.f1 is not None}
    worst = min(sorted(falls), key=lambda name: falls[name], default="")
    facts = {"worst": f"{worst}, F1 {falls[worst]:.4f} by `{last.link}`"} if worst else {}
    hint = (
        "look at the roundings in the report, at warnings above, and at --calibrate where the target has it"
    )
    return [*found, warning("SPK4214", message, hint=hint, **facts)]


def _far(verdict: FidelityVerdict, last: ChainLink) -> str:
    """In words, how far the chip's numbers take the outputs; empty where that is not far."""
    f1, rules = verdict.output_f1, verdict.chip_rules.output_f1
    if f1 is not None and rules is not None and rules - f1 > FAR:
        return (
            f"the output F1 is {f1:.4f}; under the chip's rules the float network reaches {rules:.4f}: "
            "the chip's numbers lose the rest"
        )
    rms = last.output_rms
    if rms is not None and rms > FAR_RMS:
        return f"the chip's numbers move what the outputs show by an rms of {rms:.3g}, relative to what they show"
    return ""
