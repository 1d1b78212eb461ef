"""Finds how many of the chip's ticks make a step of the network, where membranes forget more than a tick can.

A neuron keeps at least 7/8 of its membrane a tick; k ticks keep (7/8)**k. There are two ways:

Layer after layer: layer l takes what arrives in tick l of each step, after the spikes of layer l - 1 in the tick
before. With a reset to a value nothing fires in between, where membranes only decay, so that but for rounding a step is
what it is in the network.

Gated: all neurons take what arrives in the first tick, and fire in the last one alone; see `gates`. Then a step is for
loops, delays and resets what a tick is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import ONE
from ...ir.timed_network import TimedNetwork
from ..shared.quantized_network import inputs_of
from .lower import is_silent

MOST = 32
"""Ticks of a step; a membrane that forgets more keeps less than 2 % a step."""
NEAR = 0.005
"""By how much a decay may be off without asking, in parts of what a step keeps."""
GATE_ROWS = 16
"""Input rows, at most, that close the gate, and as many that open it."""
LEAST_GATE_ROWS, ROWS_A_BIAS = 4, 4


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """of_step: time ticks of a step. gate_rows: that close a gate, and as many that open it; 0 without a gate."""

    of_step: int
    gate_rows: int = 0

    @property
    def gated(self) -> bool:
        """Whether neurons take what arrives in the first tick of a step, and fire in the last."""
        return self.gate_rows > 0

    @property
    def step_is_tick(self) -> bool:
        """Whether what a spike brings arrives a step later, as it does a tick later on the chip."""
        return self.of_step == 1 or self.gated

    def left(self, alpha: np.ndarray) -> np.ndarray:
        """(n,) the share of what arrives that is left when neurons fire. alpha: (n,) codes."""
        return (alpha / ONE) ** (self.of_step - 1) if self.gated else np.ones(alpha.size)


def ticks_of(timed: TimedNetwork, chip: ReckonChip) -> Ticks:
    """Ticks of a step: 1 where membranes keep enough, or are read out; else layer after layer where that is exact, else
    gated where there are rows for it."""
    populations = timed.populations.values()
    if any(is_silent(p) for p in populations):
        return Ticks(of_step=1)
    least = min((float(p.neuron.beta.min(initial=1.0)) for p in populations), default=1.0)
    low = chip.ranges.alpha[0] / ONE
    if least >= low:
        return Ticks(of_step=1)
    needed = MOST if least <= low**MOST else math.ceil(math.log(least) / math.log(low) - 1e-9)
    if least > low**MOST and all(_in_a_row(timed, name) for name in timed.populations):
        return Ticks(of_step=max(needed, 1 + max(p.lag_steps for p in populations)))
    onsets = {step for p in populations for step in (p.lag_steps, *p.constants)}
    elements = sum(port.size for port in inputs_of(timed))
    rows = min(GATE_ROWS, (chip.capacity.inputs - elements - ROWS_A_BIAS * len(onsets)) // 2)
    if least >= low - NEAR or rows < LEAST_GATE_ROWS:
        return Ticks(of_step=1)
    return Ticks(of_step=needed, gate_rows=rows)


def _in_a_row(timed: TimedNetwork, name: str) -> bool:
    """Whether a population only decays between steps, and hears the layer before it alone, or the host."""
    population = timed.populations[name]
    plain = population.neuron.reset == "to_value" and not population.start.any()
    return plain and population.lag_steps >= 0 and not any(_apart(timed, name))


def _apart(timed: TimedNetwork, name: str) -> list[bool]:
    """Of each link onto a population, whether its spikes come from elsewhere than the host, for the first layer, or the
    layer before."""
    lag = timed.populations[name].lag_steps
    return [
        link.held_steps > 0
        or (lag != 0 if link.from_input else timed.populations[link.source].lag_steps != lag - 1)
        for link in timed.populations[name].links
    ]
