"""Lists what Loihi approximates of neurons and lags, as rows of the fidelity table: states, biases, loops."""

from __future__ import annotations

import numpy as np

from ...ir.fidelity_row import FidelityRow
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ..shared.neuron_rows import longer_loops, starts_at_rest
from .quantize import Quantized


def neuron_rows(timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
    """List what of each population is exact, approximated or impossible on the chip, with the numbers."""
    rows: list[FidelityRow] = []
    for population in timed.populations.values():
        rows += _reset_free(population, quantized)
        rows += starts_at_rest(population, "v_reset")
        rows += _bias(population, quantized)
    return [*rows, *longer_loops(timed)]


def _reset_free(population: TimedPopulation, quantized: Quantized) -> list[FidelityRow]:
    decay = quantized.decays[population.name]
    if decay.two_states_in_one:
        return [
            FidelityRow(feature="no reset behind a synapse", where=population.name, wanted="two states kept",
                        done="the chip's voltage is set to 0 by a spike", status="impossible")
        ]  # fmt: skip
    if not decay.in_current:
        return []
    gap = float(np.abs(decay.alpha - population.neuron.beta).max(initial=0.0))
    return [
        FidelityRow(feature="no reset", where=population.name, wanted="integrates on after a spike",
                    done="integrates in the current; 1/4096 of the last voltage stays",
                    status="approximated", effect=f"decay differs by at most {gap:.2g} per step")
    ]  # fmt: skip


def _bias(population: TimedPopulation, quantized: Quantized) -> list[FidelityRow]:
    neuron, name, lag = population.neuron, population.name, population.lag_steps
    rows: list[FidelityRow] = []
    if neuron.alpha is not None and neuron.bias.any() and lag > 0:
        rows.append(
            FidelityRow(feature="bias onset", where=name, wanted=f"membrane bias from chip step {lag}",
                        done="acts from chip step 0", status="approximated")
        )  # fmt: skip
    late = [p for p in quantized.network.projections if p.post == name and p.pre.startswith("bias@")]
    if late:
        rows.append(
            FidelityRow(feature="bias onset", where=name, wanted=f"from chip step {late[0].pre[5:]}",
                        done="an always-on axon that starts then, on the weight grid", status="approximated")
        )  # fmt: skip
    return rows
