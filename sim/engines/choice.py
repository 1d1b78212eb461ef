"""Chooses between plain numpy and compiled code for a run; the result is the same bit for bit.

A compilation takes about half a second, which pays off only where steps are many: in a step, numpy costs about 100
microseconds for its calls and 25 nanoseconds a neuron, compiled code hardly anything for calls and as much a neuron.
"""

from __future__ import annotations

from typing import Literal, get_args

Engine = Literal["auto", "numpy", "jax"]

COMPILES_FROM = 2 * 10**7
"""Neuron updates that numpy does in the time of one compilation: longer runs are compiled."""

STEP_WORK = 4000
"""Neuron updates that numpy does in the time that the calls of one step take."""


def in_numpy(engine: Engine, *, small: bool) -> bool:
    """Whether to run in numpy: as `engine` says, or where it says nothing, if the run is `small`.

    Raises ValueError for an engine of another name."""
    if engine not in get_args(Engine):
        raise ValueError(f"engine must be one of {', '.join(get_args(Engine))}, not {engine!r}")
    return small if engine == "auto" else engine == "numpy"


def is_small(steps: int, updates: int, listed: int = 0) -> bool:
    """Whether compiling a run takes longer than doing it in numpy. updates: of neurons, in one step of all samples;
    listed: synapses that are added up one by one in it. Compiled code takes 20 times as long for these, so that many
    of them make compiling never worth it."""
    return listed > STEP_WORK or steps * (STEP_WORK + updates) < COMPILES_FROM
