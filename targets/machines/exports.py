"""Records what a configured chip lets out: its output lines, and the neurons behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Exports:
    """The output lines of a machine.

    line, neuron: (E,) int64: spikes of machine neuron `neuron[k]` appear on line `line[k]`, 0 .. n_lines - 1; spikes of
    several neurons on one line cannot be told apart. membrane: (E,) bool, True where the line shows the neuron's
    membrane after each step in the place of its spikes. always: the chip has no choice which lines there are, so that
    some may be of no use."""

    n_lines: int
    line: np.ndarray
    neuron: np.ndarray
    membrane: np.ndarray
    always: bool = False


def one_each(neuron: np.ndarray, membrane: np.ndarray, *, always: bool = False) -> Exports:
    """Make a line of each neuron: line k is neuron[k], (L,) int64; membrane: (L,) bool."""
    return Exports(
        n_lines=int(neuron.size),
        line=np.arange(neuron.size),
        neuron=neuron.astype(np.int64),
        membrane=membrane.astype(np.bool_),
        always=always,
    )


NOTHING = one_each(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_))
