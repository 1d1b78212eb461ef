"""Lists what such a chip approximates of neurons and lags, as rows of the fidelity table: states, biases, loops."""

from __future__ import annotations

import numpy as np

from ....ir.fidelity_row import FidelityRow
from ....ir.timed_network import TimedNetwork, TimedPopulation
from ..neuron_rows import longer_loops, starts_at_rest
from .decays import Decays
from .quantize import Quantized

FAR_DECAY = 1e-3
"""Further than this from the wanted share a step is no rounding: codes are 1/4096 apart, and end at 1/4096 and 1."""


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """List what of each population is exact, approximated or impossible on the chip, with the numbers."""
    rows: list[FidelityRow] = []
    for population in timed.populations.values():
        if population.first != population.name:
            continue
        rows += _decays(population, quantized)
        rows += _reset_free(population, quantized)
        rows += starts_at_rest(population, "v_reset")
        rows += _start(population)
        rows += _bias(population, quantized)
    return [*rows, *longer_loops(timed)]


def _decays(population: TimedPopulation, quantized: Quantized) -> list[FidelityRow]:
    """Decays that no code of the chip is near, as that of a time constant below the time step."""
    decay, neuron = quantized.decays[population.name], population.neuron
    pairs = [("membrane", neuron.beta, decay.alpha if decay.in_current else decay.beta)]
    if neuron.alpha is not None:
        pairs.append(("synapse", neuron.alpha, decay.alpha))
    rows: list[FidelityRow] = []
    for what, exact, realised in pairs:
        gap = np.abs(exact - realised)
        if not gap.size or gap.max() < FAR_DECAY:
            continue
        at = int(gap.argmax())
        rows.append(
            FidelityRow(feature=f"decay of the {what}", where=population.name, wanted=f"{exact[at]:.4g} a step",
                        done=f"{realised[at]:.4g} a step", status="approximated",
                        effect=f"differs by at most {gap[at]:.2g}")
        )  # fmt: skip
    return rows


def _reset_free(population: TimedPopulation, quantized: Quantized) -> list[FidelityRow]:
    decay = quantized.decays[population.name]
    if decay.two_states_in_one:
        return [
            FidelityRow(feature="no reset behind a synapse", where=population.name, wanted="two states kept",
                        done="the chip's voltage is set to 0 by a spike", status="impossible")
        ]  # fmt: skip
    if not decay.in_current:
        return []
    if population.ties:
        return _in_current(population, decay)
    gap = float(np.abs(decay.alpha - population.neuron.beta).max(initial=0.0))
    return [
        FidelityRow(feature="no reset", where=population.name, wanted="integrates on after a spike",
                    done="integrates in the current; 1/4096 of the last voltage stays",
                    status="approximated", effect=f"decay differs by at most {gap:.2g} per step")
    ]  # fmt: skip


def _in_current(population: TimedPopulation, decay: Decays) -> list[FidelityRow]:
    """What is not exact of a membrane that a construct keeps in the current."""
    rows = [
        FidelityRow(feature="membrane in the current", where=population.name, wanted="the membrane is compared",
                    done="and 1/4096 of what was compared a step before", status="approximated",
                    effect="as much as 1/4096 of the membrane")
    ]  # fmt: skip
    if (population.neuron.beta == 1).any():
        kept = float(decay.alpha.max())
        rows.append(
            FidelityRow(feature="membrane without a leak", where=population.name, wanted="1 a step",
                        done=f"{kept:.6g} a step: a current keeps no more", status="approximated",
                        effect=f"loses {1 - kept:.2g} of itself a step")
        )  # fmt: skip
    return rows


def _start(population: TimedPopulation) -> list[FidelityRow]:
    """Membranes that events of the host start."""
    if not population.pulses:
        return []
    first, *others = sorted(population.pulses)
    brought = population.pulses[first]
    off = "; one more, a step later, takes off what the synapse keeps of it" if others else ""
    return [
        FidelityRow(feature="initial membrane", where=population.name,
                    wanted="another one than where a spike leaves it",
                    done=f"an event of the host in chip step {first} brings {brought.min():.3g} to {brought.max():.3g}"
                    + off, status="exact")
    ]  # fmt: skip


def _bias(population: TimedPopulation, quantized: Quantized) -> list[FidelityRow]:
    neuron, name, lag = population.neuron, population.name, population.lag_steps
    rows: list[FidelityRow] = []
    late = [p for p in quantized.network.projections if p.post == name and p.pre.startswith("bias@")]
    constant = neuron.bias.any() or any(vector.any() for vector in population.constants.values())
    if lag > 0 and (neuron.bias.any() if neuron.alpha is not None else constant and not late):
        rows.append(
            FidelityRow(feature="bias onset", where=name, wanted=f"membrane bias from chip step {lag}",
                        done="acts from chip step 0", status="approximated",
                        effect=f"the bias is added {lag} time{'s' * (lag > 1)} too often, before the first input comes")
        )  # fmt: skip
    if late:
        rows.append(
            FidelityRow(feature="bias onset", where=name, wanted=f"from chip step {late[0].pre[5:]}",
                        done="an always-on axon that starts then, on the weight grid", status="approximated",
                        effect="rounded as the weights are")
        )  # fmt: skip
    return rows
