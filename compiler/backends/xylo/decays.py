"""Rounds time constants to shifts, the chip's dashes: a step keeps 1 - 2**-dash of a state.

What the rounding does to the charge of a spike goes to the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ....targets.xylo.model import XyloChip
from ...ir.network import Neuron
from .currents import Currents, currents_for

Kind = Literal["leaky", "instant", "short", "current", "spared"]
FIRST_STEPS = 6


@dataclass(frozen=True, kw_only=True)
class Decays:
    """Decay codes of a population, and what the chip realises with them. dash_syn, dash_mem: (n,) int64 codes.
    alpha, beta: (n,) what a step keeps of synapse and membrane with them (0 where the network's state has no
    memory). charge: (n,) factor on weights that gives a spike the effect on the membrane that the network gives it;
    bias: (n,) likewise for constants of the membrane.

    kind: `leaky` synapse and membrane; `instant`, a membrane without synapse, with the help of relays; `short`, the
    same without help, so that a spike acts over a few steps; `current`, a neuron that never resets, which integrates
    in the synapse while its membrane forgets everything in every step; `spared`, the same for neurons that synapses
    reset, over `currents`, whose first decay is dash_syn; alpha is what the next step keeps of what has arrived.

    second: (n,) codes of second synapses that share what arrives, see `second_current.py`; alpha is the first's."""

    dash_syn: np.ndarray
    dash_mem: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    charge: np.ndarray
    bias: np.ndarray
    kind: Kind
    currents: Currents | None = None
    second: np.ndarray | None = None

    @property
    def dash_syn2(self) -> np.ndarray:
        """(n,) code of the second synapse, where there is one."""
        if self.second is not None:
            return self.second
        return self.dash_syn if self.currents is None else self.currents.dash[-1]

    @property
    def in_current(self) -> bool:
        """Whether the membrane is kept in the synapse."""
        return self.kind in ("current", "spared")

    @property
    def cancelled(self) -> np.ndarray:
        """Mark the neurons whose spikes come with twice their weight, half of which is taken out a step later: (n,)
        bool."""
        return (self.alpha == 0) & (self.currents is None)

    @property
    def forgets(self) -> bool:
        """Whether a step keeps nothing of synapse and membrane of any neuron, so that no decay is rounded."""
        return not self.alpha.any() and not self.beta.any()

    @property
    def gain(self) -> np.ndarray:
        """Gain of the chip's neuron on its input, (n,).

        g such that the chip realises i[t] = alpha i[t-1] + g x[t], v[t] = beta v[t-1] + i[t] with the network's x,
        in units of its membrane (in the current: v[t] = alpha v[t-1] + g x[t])."""
        if self.currents is not None:
            return self.charge
        return np.where(self.cancelled, 1.0, self.alpha) * self.charge


def dash(kept: np.ndarray, chip: XyloChip, *, least: int) -> np.ndarray:
    """Round a decay to its code: round(-log2(1 - kept)), clipped to least .. the chip's largest. kept: (n,) in 0..1."""
    with np.errstate(divide="ignore"):
        exact = -np.log2(np.clip(1.0 - kept, 0.0, 1.0))
    top = chip.ranges.dash[1]
    return np.clip(np.rint(np.minimum(exact, top)), least, top).astype(np.int64)


def kept_by(code: np.ndarray) -> np.ndarray:
    """Part of a large state that one step keeps under a code."""
    return 1.0 - np.exp2(-code.astype(np.float64))


def choose_decays(neuron: Neuron, chip: XyloChip, *, short: bool = False, spared: bool = False) -> Decays:
    """Choose the nearest decays of one population. short: a membrane without synapse gets the shortest one. spared:
    synapses reset it, so that it has to be where spikes change nothing."""
    n = neuron.beta.size
    if spared:
        return _spared(neuron, chip)
    if neuron.theta is not None and neuron.reset == "none":
        return _in_current(neuron, chip)
    dash_mem = dash(neuron.beta, chip, least=0)
    if neuron.alpha is None:
        kind = "short" if short else "instant"
        return with_codes(neuron, np.ones(n, dtype=np.int64), dash_mem, kind=kind)
    return with_codes(neuron, dash(neuron.alpha, chip, least=1), dash_mem, kind="leaky")


def _spared(neuron: Neuron, chip: XyloChip) -> Decays:
    """v[t] = beta v[t-1] + x[t] in the currents; what one step too many keeps goes to the weights."""
    n = neuron.beta.size
    currents = currents_for(neuron.beta, chip)
    wanted = neuron.beta ** np.arange(FIRST_STEPS)[:, None]
    return Decays(
        dash_syn=currents.dash[0],
        dash_mem=np.zeros(n, dtype=np.int64),
        alpha=currents.beta,
        beta=np.zeros(n),
        charge=fit(wanted, currents.answer(FIRST_STEPS)),
        bias=np.ones(n),
        kind="spared",
        currents=currents,
    )


def _in_current(neuron: Neuron, chip: XyloChip) -> Decays:
    """v[t] = beta v[t-1] + x[t] in the synapse; a dash of 0 makes the membrane the current of the step."""
    n = neuron.beta.size
    dash_syn = dash(neuron.beta, chip, least=1)
    forgets = neuron.beta == 0
    alpha = np.where(forgets, 0.0, kept_by(dash_syn))
    zero = np.zeros(n)
    fitted = fit(answer(zero, neuron.beta), kept_by(dash_syn) * answer(zero, alpha))
    return Decays(
        dash_syn=dash_syn,
        dash_mem=np.zeros(n, dtype=np.int64),
        alpha=alpha,
        beta=zero,
        charge=np.where(forgets, 1.0, fitted),
        bias=np.ones(n),
        kind="current",
    )


def with_codes(neuron: Neuron, dash_syn: np.ndarray, dash_mem: np.ndarray, *, kind: Kind) -> Decays:
    """Compute what given codes realise. What these codes realise, with the weights that make up for the difference:
    of all factors, the one with the least squared difference between what the two membranes answer to a spike in its
    first steps. Later ones matter less to a neuron that fires, since its next threshold is crossed by then."""
    zero = np.zeros(neuron.beta.size)
    beta = kept_by(dash_mem)
    membrane = fit(answer(zero, neuron.beta), answer(zero, beta))
    alpha, charge = zero, membrane
    if kind != "instant":
        alpha = kept_by(dash_syn)
        response = answer(zero if neuron.alpha is None else neuron.alpha, neuron.beta)
        charge = fit(response, alpha * answer(alpha, beta))
    return Decays(
        dash_syn=dash_syn,
        dash_mem=dash_mem,
        alpha=alpha,
        beta=beta,
        charge=charge,
        bias=membrane,
        kind=kind,
    )


def answer(alpha: np.ndarray, beta: np.ndarray, steps: int = FIRST_STEPS) -> np.ndarray:
    """(steps, n) membrane after one spike of weight 1: a synapse that keeps alpha, a membrane that keeps beta."""
    current, membrane = np.ones(beta.size), np.zeros(beta.size)
    found: list[np.ndarray] = []
    for _ in range(steps):
        membrane = beta * membrane + current
        current = alpha * current
        found.append(membrane)
    return np.stack(found)


def fit(response: np.ndarray, realised: np.ndarray) -> np.ndarray:
    """(n,) factors on `given` that come nearest to `wanted`."""
    return (response * realised).sum(axis=0) / np.maximum((realised**2).sum(axis=0), 1e-30)
