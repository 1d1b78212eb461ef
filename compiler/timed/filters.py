"""Says how a membrane that only filters what it passes on can become the synapse of the neurons behind it."""

from __future__ import annotations

import numpy as np

from ...sim.nir.path import shown
from ..ir.network import Network

LIKE = 1e-6


def as_a_synapse(network: Network, name: str) -> str:
    """What to use in place of a silent population before other neurons: a CubaLIF, whose synapse filters as an LI
    does; empty where none can.

    One filter behind a linear map is the same filter before it, if all elements keep the same part of themselves."""
    first = network.populations[name].neuron
    behind = sorted({p.post for p in network.out_of(name) if p.post in network.populations})
    spiking = [post for post in behind if network.populations[post].neuron.theta is not None]
    if first.alpha is not None or not first.beta.size or not spiking:
        return ""
    me, them = f"`{shown(name)}`", ", ".join(f"`{shown(post)}`" for post in spiking)
    if any(network.populations[post].neuron.alpha is not None for post in spiking):
        return f"{them} {_have(spiking)} a synapse already, so that {me} cannot be folded into it"
    low, high = float(np.min(first.beta)), float(np.max(first.beta))
    fold = f"fold {me} into the synapse of {them}: a CubaLIF there with tau_syn as the tau of {me} filters what arrives"
    if high - low > LIKE * max(abs(low), abs(high)):
        fold += f"; for that {me} has to have one tau, and keeps {low:.4g} to {high:.4g} of itself a step"
    beside = sorted({p.pre for post in spiking for p in network.into(post) if p.pre != name})
    if beside:
        also = ", ".join(f"`{shown(pre)}`" for pre in beside)
        fold += f". {also} would pass that synapse too: train it so"
    return fold


def _have(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"
