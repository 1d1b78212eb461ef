"""Finds the steps in which a Xylo core may sleep: nothing comes in, and no state would change. Recorded, without
effect.
"""

from __future__ import annotations

import numpy as np

from ..arrays import NUMPY
from . import neuron
from .configuration import XyloConfiguration, machine


def hibernation(
    configuration: XyloConfiguration, events: np.ndarray, spikes: np.ndarray, i: np.ndarray, v: np.ndarray
) -> np.ndarray:
    """(T,) bool from one recorded run: events (T, C); spikes (T, M), v (T, M) and i (T, M, 2) after each step, of
    hidden then output neurons, M = N + O.

    Without bias a step hibernates if it has no input event, no hidden spike in the step before, no current to
    decay and no change of a membrane. With bias the chip needs one such step before, and then quiet alone."""
    p = machine(configuration).params
    before = np.concatenate([np.zeros_like(spikes[:1]), spikes[:-1]])[:, : configuration.n_hidden]
    quiet = ~events.any(axis=1) & ~before.any(axis=1)
    i_before = np.concatenate([np.zeros_like(i[:1]), i[:-1]])
    v_before = np.concatenate([np.zeros_like(v[:1]), v[:-1]])
    change = neuron.arithmetic(NUMPY).change(v_before, i.sum(axis=2), p["dash_mem"], p["bias"])
    still = np.asarray(quiet & ~i_before.any(axis=(1, 2)) & ~change.any(axis=1))
    if not configuration.bias_enable:
        return still
    return np.concatenate([[False], still[:-1]]) & quiet
