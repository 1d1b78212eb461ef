"""Lists what Xylo approximates of neurons and lags, as rows of the fidelity table: decays, synapses, biases, relays."""

from __future__ import annotations

import numpy as np

from ...ir.fidelity_row import FidelityRow
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ...timed.reading_words import FEATURES
from ..shared.neuron_rows import longer_loops, starts_at_rest
from .assemble import Quantized
from .currents import STEPS, Currents
from .decays import Decays, kept_by
from .lower import CLOCK
from .relays import ROLE
from .second_current import answers_of


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """List what of each population is exact, approximated or impossible on the chip, with the numbers."""
    rows: list[FidelityRow] = []
    for population in timed.populations.values():
        rows += _decays(population, quantized)
        rows += _synapse(population, quantized)
        rows += starts_at_rest(population, "rest")
        rows += _onset(population, quantized)
    rows += _second_neurons(quantized)
    rows += _relays(quantized)
    rows += _read_through_copies(quantized)
    return [*rows, *longer_loops(timed)]


def _decays(population: TimedPopulation, quantized: Quantized) -> list[FidelityRow]:
    """How far the powers of two are from the time constants."""
    decay, neuron = quantized.decays[population.name], population.neuron
    if decay.currents is not None:
        return [_in_currents(population, decay.currents)]
    pairs = [("membrane", neuron.beta, decay.alpha if decay.in_current else decay.beta)]
    if neuron.alpha is not None:
        pairs.append(("synapse", neuron.alpha, decay.alpha))
    rows = [] if decay.second is None else [_second(population, decay)]
    pairs = pairs[:1] if decay.second is not None else pairs
    for what, exact, realised in pairs:
        gap = np.abs(exact - realised)
        at = int(gap.argmax())
        rows.append(
            FidelityRow(
                feature=f"decay of the {what}",
                where=population.name,
                wanted=f"{exact[at]:.4g} a step",
                done=f"{realised[at]:.4g} a step; weights keep its charge",
                status="exact" if gap[at] < 1e-4 else "approximated",
                effect=f"differs by at most {gap[at]:.2g}",
            )
        )
    return rows


def _second(population: TimedPopulation, decay: Decays) -> FidelityRow:
    """How far what two currents bring is from what the network's synapse brings."""
    answers = answers_of(decay, population.neuron, 2)
    share, wanted = answers.share, answers.wanted
    gaps = np.abs(np.einsum("tnj,nj->tn", answers.held, share) - wanted) / np.abs(wanted).max(axis=0)
    at = int(gaps.max(axis=0).argmax())
    first, second = (float(kept_by(code)[at]) for code in (decay.dash_syn, decay.dash_syn2))
    alpha = np.zeros(1) if population.neuron.alpha is None else population.neuron.alpha
    return FidelityRow(
        feature="decay of the synapse",
        where=population.name,
        wanted=f"{alpha[at]:.4g} a step",
        done=f"{first:.4g} a step beside {second:.4g} in a second current, of which weights take {share[at, 1]:.2g}",
        status="exact" if gaps.max() < 1e-4 else "approximated",
        effect=f"what a spike brings differs by at most {gaps.max():.2g} of its most",
    )


def _in_currents(population: TimedPopulation, currents: Currents) -> FidelityRow:
    """How far a membrane that is kept in one or two currents is from the powers of its decay."""
    beta = population.neuron.beta
    gaps = np.abs(currents.answer() - beta ** np.arange(STEPS)[:, None])
    at = int(gaps.max(axis=0).argmax())
    kept, share = currents.kept[:, at], currents.share[:, at]
    done = f"{kept[0]:.4g} a step"
    if kept[0] != kept[-1]:
        done = f"{share[0]:.2f} of it {kept[0]:.4g} a step, {share[1]:.2f} of it {kept[1]:.4g}"
    return FidelityRow(
        feature="decay of the membrane",
        where=population.name,
        wanted=f"{beta[at]:.4g} a step",
        done=done,
        status="exact" if gaps.max() < 1e-4 else "approximated",
        effect=f"what is left of a spike differs by at most {gaps.max():.2g}",
    )


def _synapse(population: TimedPopulation, quantized: Quantized) -> list[FidelityRow]:
    decay, name = quantized.decays[population.name], population.name
    if decay.kind == "current":
        several = quantized.network.population(name).params["max_spikes"].max(initial=1) > 1
        return [
            FidelityRow(feature="no reset", where=name, wanted="integrates on after a spike",
                        done="integrates in the synapse; the membrane forgets every step"
                        + ("; a current past k thresholds gives k spikes" if several else ""),
                        status="approximated" if several else "exact")
        ]  # fmt: skip
    if decay.kind == "spared":
        return [
            FidelityRow(feature="no synapse", where=name, wanted="a spike acts in its step alone",
                        done="the synapse's current is the membrane, which forgets nothing at a spike",
                        status="exact")
        ]  # fmt: skip
    if decay.kind == "short":
        return [
            FidelityRow(feature="no synapse", where=name, wanted="a spike acts in its step alone",
                        done="half of it at once, a quarter in the next step, and so on: the relays do not fit",
                        status="approximated")
        ]  # fmt: skip
    if decay.kind == "instant":
        return [
            FidelityRow(feature="no synapse", where=name, wanted="a spike acts in its step alone",
                        done="twice the weight in the shortest synapse, half of it taken back by relays",
                        status="exact")
        ]  # fmt: skip
    return []


def _onset(population: TimedPopulation, quantized: Quantized) -> list[FidelityRow]:
    """Constants of the register act from chip step 0; those of the clock when they should."""
    lag = quantized.lowered.lag[population.name]
    if any(link.source == CLOCK for link in quantized.lowered.into(population.name)):
        return [
            FidelityRow(feature="bias onset", where=population.name, wanted=f"from chip step {lag}",
                        done="a neuron that spikes in every step, through relays", status="exact")
        ]  # fmt: skip
    if not quantized.lowered.constants[population.name].any() or not lag:
        return []
    return [
        FidelityRow(feature="bias onset", where=population.name, wanted=f"from chip step {lag}",
                    done="its value from chip step 0", status="approximated",
                    effect=f"the bias is added {lag} time{'s' * (lag > 1)} too often, before the first input comes")
    ]  # fmt: skip


def _read_through_copies(quantized: Quantized) -> list[FidelityRow]:
    """Hidden neurons leave the chip through output neurons, which send fewer spikes a step."""
    network, rows = quantized.network, list[FidelityRow]()
    for name, copy in network.copied.items():
        made = quantized.made.get(name)
        sent = int(network.population(name).params["max_spikes"].max(initial=1))
        read = int(network.population(copy).params["max_spikes"].max(initial=1))
        if sent > read and (made is None or not made.reset.once):
            rows.append(
                FidelityRow(feature=FEATURES["multi"], where=name, wanted=f"up to {sent} spikes a step are read",
                            done=f"up to {read}, through an output neuron that repeats it", status="approximated")
            )  # fmt: skip
    return rows


def _second_neurons(quantized: Quantized) -> list[FidelityRow]:
    rows: list[FidelityRow] = []
    for name, made in sorted(quantized.made.items()):
        if made.grain is None:
            continue
        grain = float((made.grain / np.maximum(made.theta, 1)).max(initial=0.0))
        reach = quantized.network.population(name).params["max_spikes"].min(initial=31) * grain
        rows.append(
            FidelityRow(
                feature="overshoot",
                where=name,
                wanted="a spike leaves nothing of the membrane",
                done=f"{made.theta.size} second neurons count it in parts of {grain:.3g} of the threshold, up to "
                f"{reach:.3g} of it",
                status="approximated",
                effect=f"at most {grain / 2:.2g} of the threshold is left",
            )
        )
    return rows


def _relays(quantized: Quantized) -> list[FidelityRow]:
    return [
        FidelityRow(feature="delay", where=p.name.partition(":")[2], wanted="its spikes a step later as well",
                    done=f"{p.size} relay neurons", status="exact")
        for p in quantized.network.populations
        if p.role == ROLE
    ]  # fmt: skip
