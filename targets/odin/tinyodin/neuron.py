"""Arithmetic of the tinyODIN neuron, bit for bit: a signed state of 12 bits, a leak toward zero."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...arrays import Compiler, Operations, V, as_it_is
from .. import event_neuron

PARAMETERS = ("threshold", "leak", "disable")
STATES = ("v",)
LOW, HIGH = -(1 << 11), (1 << 11) - 1


def arithmetic(xp: Operations[V], compiled: Compiler = as_it_is) -> event_neuron.Arithmetic[V]:
    """0 <= threshold < 4096, compared as an unsigned number; 0 <= leak < 128; int4 weights."""
    return event_neuron.arithmetic(xp, LOW, HIGH, compiled)


def leak_amount(params: Mapping[str, np.ndarray]) -> np.ndarray:
    """Amount of a leak event of each neuron."""
    return params["leak"]
