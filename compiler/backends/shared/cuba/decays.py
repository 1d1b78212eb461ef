"""Converts time constants to the chip's decay codes, and decides which of its two states holds what."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .....targets.cuba import NeuronRanges
from ....ir.network import Neuron


class Decays(NamedTuple):
    """Codes (n,) int64, and the factors that the chip realises with them; `in_current`: see above.

    `two_states_in_one`: the neuron has a synapse and no reset, which one current cannot hold."""

    current_code: np.ndarray
    voltage_code: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    in_current: bool
    two_states_in_one: bool


def fixed_tau(neuron: Neuron, chip: NeuronRanges) -> Decays:
    """Round to codes: of the current `one` (1 - alpha) - 1, of the membrane `one` (1 - beta), clipped to the registers;
    `one` is the chip's `decay_one`."""
    n = neuron.beta.size
    silent = neuron.theta is None
    in_current = not silent and neuron.reset == "none" and neuron.alpha is None
    both = not silent and neuron.reset == "none" and neuron.alpha is not None
    if in_current:
        current = _code(neuron.beta, chip.decay_one, 1, chip.current_decay)
        voltage = np.full(n, chip.voltage_decay[1], dtype=np.int64)
    else:
        alpha = np.zeros(n) if neuron.alpha is None else neuron.alpha
        current = _code(alpha, chip.decay_one, 1, chip.current_decay)
        voltage = _code(neuron.beta, chip.decay_one, 0, chip.voltage_decay)
    return Decays(
        current_code=current,
        voltage_code=voltage,
        alpha=(chip.decay_one - 1 - current) / chip.decay_one,
        beta=(chip.decay_one - voltage) / chip.decay_one,
        in_current=in_current,
        two_states_in_one=both,
    )


def kept_by(neuron: Neuron, decay: Decays, *, tied: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return what synapse and membrane of the network keep on the chip, (n,) float64 each.

    tied: a construct makes the neuron. Then a membrane in the current has its synapse in taps, exact; and of two states
    the slower one is the current, whichever it is in the network."""
    if decay.in_current:
        return decay.alpha if neuron.alpha is None else neuron.alpha, decay.alpha
    if not tied or neuron.alpha is None:
        return decay.alpha, decay.beta
    synapse_first = neuron.alpha >= neuron.beta
    return np.where(synapse_first, decay.alpha, decay.beta), np.where(synapse_first, decay.beta, decay.alpha)


def _code(kept: np.ndarray, one: int, offset: int, limits: tuple[int, int]) -> np.ndarray:
    return np.clip(np.rint(one * (1 - kept)).astype(np.int64) - offset, limits[0], limits[1])
