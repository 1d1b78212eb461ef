"""Chooses between plain numpy and compiled code for a run; the result is the same bit for bit.

A compilation takes about half a second, which pays off only where steps are many: in a step, numpy costs about 100
microseconds for its calls and 25 nanoseconds a neuron, compiled code hardly anything for calls and as much a neuron.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Engine = Literal["auto", "numpy", "jax"]
SumEngine = Literal["auto", "numpy", "events", "jax"]
"""events: compiled loops over what spikes, on processors. jax: products of matrices, for GPUs too."""

ENGINES: tuple[Engine, ...] = ("numpy", "jax")
SUM_ENGINES: tuple[SumEngine, ...] = ("numpy", "events", "jax")


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMap:
    """Sources of a machine that may be what a convolution takes or gives. shape: channels, then the sides. sources:
    (n,) integers row-major over it, neurons first and then input elements, as a machine counts them."""

    shape: tuple[int, ...]
    sources: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Execution:
    """The code that computes a run, which changes no bit of it. devices: of JAX, which share out the samples; several
    need the engine jax. maps: where convolutions are looked for among the synapses."""

    engine: SumEngine = "auto"
    devices: int = 1
    maps: tuple[FeatureMap, ...] = ()


ANY = Execution()
"""Whatever is fastest."""

COMPILES_FROM = 2 * 10**7
"""Neuron updates that numpy does in the time of one compilation: longer runs are compiled."""

STEP_WORK = 4000
"""Neuron updates that numpy does in the time that the calls of one step take."""

SYNAPSES = 16
"""Synapses that numpy adds up in the time of one neuron update."""


def in_numpy(engine: SumEngine, *, small: bool) -> bool:
    """Whether to run in numpy: as `engine` says, or where it says nothing, if the run is `small`.

    Raises ValueError for an engine of another name, and for events."""
    _known(engine, get_args(Engine))
    return small if engine == "auto" else engine == "numpy"


def sum_engine(engine: SumEngine, *, small: bool) -> Literal["numpy", "events", "jax"]:
    """The engine of a machine of summed synapses: `engine`, or where it is auto numpy for a `small` run, else events.

    Raises ValueError for an engine of another name."""
    _known(engine, get_args(SumEngine))
    return ("numpy" if small else "events") if engine == "auto" else engine


def demand_jax(chosen: str, devices: int) -> None:
    """Raise ValueError where another engine than jax should share its samples out over `devices`."""
    if devices != 1 and chosen != "jax":
        raise ValueError(f"{devices} devices need the engine jax, not {chosen}")


def _known(engine: str, names: tuple[str, ...]) -> None:
    if engine not in names:
        raise ValueError(f"engine must be one of {', '.join(names)}, not {engine!r}")


def is_small(steps: int, updates: int) -> bool:
    """Whether compiling a run takes longer than doing it in numpy. updates: of neurons, in one step of all samples."""
    return steps * (STEP_WORK + updates) < COMPILES_FROM
