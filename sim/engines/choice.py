"""Chooses between plain numpy and compiled code for a run; the result is the same bit for bit.

A compilation takes about half a second, which pays off only where steps are many: in a step, numpy costs about 100
microseconds for its calls and 25 nanoseconds a neuron, compiled code hardly anything for calls and as much a neuron.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

SumEngine = Literal["auto", "numpy", "events", "jax"]
"""events: compiled loops over what spikes, on processors. jax: products of matrices, for GPUs too."""

SUM_ENGINES: tuple[SumEngine, ...] = ("numpy", "events", "jax")


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMap:
    """Sources of a machine that may be what a convolution takes or gives. shape: channels, then the sides. sources:
    (n,) integers row-major over it, neurons first and then input elements, as a machine counts them."""

    shape: tuple[int, ...]
    sources: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Execution:
    """The code that computes a run, which changes no bit of it. devices: of JAX, which share it out; several
    need the engine jax. maps: where convolutions are looked for among the synapses."""

    engine: SumEngine = "auto"
    devices: int = 1
    maps: tuple[FeatureMap, ...] = ()


ANY = Execution()
"""Whatever is fastest."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """How much a run has. steps: in all; batch: samples; at_once: the most steps that are handed over at a time; most:
    no input element is sent a larger number in a step."""

    steps: int
    batch: int
    at_once: int
    most: int = 1


def whole(events: np.ndarray) -> Span:
    """The span of a run that is handed all its events, (T, B, ...), at once."""
    most = max(1, int(events.max(initial=0)))
    return Span(steps=len(events), batch=events.shape[1], at_once=len(events), most=most)


COMPILES_FROM = 2 * 10**7
"""Neuron updates that numpy does in the time of one compilation: longer runs are compiled."""

STEP_WORK = 4000
"""Neuron updates that numpy does in the time that the calls of one step take."""

SYNAPSES = 16
"""Synapses that numpy adds up in the time of one neuron update."""


def sum_engine(engine: SumEngine, *, small: bool) -> Literal["numpy", "events", "jax"]:
    """The engine of a machine of summed synapses: `engine`, or where it is auto numpy for a `small` run, else events.

    Raises ValueError for an engine of another name."""
    if engine not in get_args(SumEngine):
        raise ValueError(f"engine must be one of {', '.join(get_args(SumEngine))}, not {engine!r}")
    return ("numpy" if small else "events") if engine == "auto" else engine


def demand_jax(chosen: str, devices: int) -> None:
    """Raise ValueError where another engine than jax should share a run out over `devices`."""
    if devices != 1 and chosen != "jax":
        raise ValueError(f"{devices} devices need the engine jax, not {chosen}")


def is_small(steps: int, updates: int) -> bool:
    """Whether compiling a run takes longer than doing it in numpy. updates: of neurons, in one step of all samples."""
    return steps * (STEP_WORK + updates) < COMPILES_FROM
