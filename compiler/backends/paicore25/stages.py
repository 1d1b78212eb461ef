"""Lowers each population to the neurons of the chip that make it: one kind, or several that pass potentials on.

LIF, IF, LI           what spikes reach is the membrane
CubaLIF, CubaLI       current@0 takes the spikes and sends its potential to the membrane in the same step
weights twice as wide high@0 and low@0 keep nothing and send what arrived, which is added up behind them
LIF with a twin       twin@0 takes the spikes too and sends its potential to the membrane, which low@0 sends them to
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...ir.network import Neuron
from ...ir.timed_network import TimedLink, TimedNetwork, TimedPopulation
from ...timed.constants import with_own_constant
from .decays import Decays, level_needed, nearest_decays
from .last_chip_step import before_lag, constant_of_a_step, worth_of
from .twins import MOST_SHIFT, NEARER, Pair, pair_of


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Neurons whose state is one membrane, before any number is rounded.

    neuron: as of the float network, its decay that of this membrane; theta None: it sends its potential. links: spikes
    that reach it. constants: step -> (n,) what arrives from that step on. adds: names of the stages whose potentials it
    adds up. hears: whether `links` and what the host sends reach it, through a stage in front of it where it adds.
    gain: (n,) by which the stage's inputs, and what its resets take off, are larger than in the float network, to make
    up for its decay. worth: (n,) by which its membrane, with its thresholds, is larger, as `last_chip_step` says.
    takes: (n,) thresholds that a reset takes off, before what a decay keeps of them. shift: (n,) bits by which what it
    hears is shifted up. turned: (n,) whether its membrane has the other sign, and so fires below. pair: of a membrane
    with a twin, what both come to."""

    name: str
    role: str
    shape: tuple[int, ...]
    neuron: Neuron
    decays: Decays
    links: tuple[TimedLink, ...]
    constants: Mapping[int, np.ndarray]
    adds: tuple[str, ...] = ()
    hears: bool = True
    gain: np.ndarray | float = 1.0
    worth: np.ndarray | float = 1.0
    takes: np.ndarray | float = 1.0
    shift: np.ndarray | int = 0
    turned: np.ndarray | bool = False
    pair: Pair | None = None

    @property
    def size(self) -> int:
        """Number of neurons."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def kept_before(self) -> np.ndarray:
        """(n,) what is kept of what a membrane starts from when the first step's inputs arrive."""
        last = bool(self.adds) and self.decays.chip_steps > 1
        return self.decays.kept ** (1.0 / self.decays.chip_steps) if last else self.decays.kept

    @property
    def keeps(self) -> np.ndarray:
        """(n,) what a step keeps, that of a membrane and its twin together."""
        return self.decays.kept if self.pair is None else self.decays.wanted

    @property
    def gap(self) -> np.ndarray:
        """(n,) by how much what a step keeps is off, or what is left of a spike in any step; of a twin, that of its
        membrane says all."""
        if self.role == "twin":
            return np.zeros(self.size)
        return np.abs(self.decays.kept - self.decays.wanted) if self.pair is None else self.pair.off

    @property
    def reads_out(self) -> bool:
        """Whether it sends its potential, not spikes."""
        return self.neuron.theta is None or self.role == "twin"


def current_name(name: str) -> str:
    """Name the synaptic currents of a population."""
    return f"current@0:{name}"


def part_names(name: str) -> tuple[str, str]:
    """Name what takes the high and the low part of the weights onto a stage."""
    return f"high@0:{name}", f"low@0:{name}"


def twin_name(name: str) -> str:
    """Name the twins of a population."""
    return f"twin@0:{name}"


def stages_of(
    timed: TimedNetwork, chip_steps: int, twins: Collection[str] = ()
) -> dict[str, tuple[Stage, ...]]:
    """Lower every population: name -> its stages, first one that spikes reach, last the one of its own name. twins:
    populations whose neurons get them."""
    return {
        name: _with_twin(population) if name in twins else _made_up_for(_stages(population, chip_steps))
        for name, population in timed.populations.items()
    }


def _with_twin(p: TimedPopulation) -> tuple[Stage, ...]:
    neuron = p.neuron
    pair = pair_of(neuron.beta, **level_needed(neuron))
    part, rest = pair.share, 1.0 - pair.share
    constants = {max(0, step): vector for step, vector in with_own_constant(p).items()}
    nearer = gain_of(pair.twin) ** NEARER
    both = neuron.reset == "subtract" and neuron.reset_after_decay
    kept = [one.kept / np.maximum(one.wanted, 1e-30) if both else 1.0 for one in (pair.twin, pair.membrane)]
    finer = np.floor(np.log2(rest / np.maximum(np.abs(part), 2.0**-MOST_SHIFT)))
    shift = np.clip(finer if neuron.theta is not None else finer.min(initial=MOST_SHIFT), 0, MOST_SHIFT)
    name = twin_name(p.name)
    return (
        Stage(
            name=name,
            role="twin",
            shape=p.shape,
            neuron=_twin(neuron, part, nearer),
            decays=pair.twin,
            links=_times(p.links, part),
            constants={step: vector * part for step, vector in constants.items()},
            takes=nearer * kept[0],
            turned=part < 0,
        ),
        Stage(
            name=p.name,
            role="original",
            shape=p.shape,
            neuron=neuron,
            decays=pair.membrane,
            links=_times(p.links, rest),
            constants={step: vector * rest for step, vector in constants.items()},
            adds=(name,),
            takes=kept[1],
            shift=np.broadcast_to(shift, p.size).astype(np.int64),
            pair=pair,
        ),
    )


def _twin(neuron: Neuron, part: np.ndarray, nearer: np.ndarray) -> Neuron:
    """Without a share it holds nothing, and never fires."""
    size = np.abs(part)
    theta, start, floor = neuron.theta, neuron.v_start, neuron.v_min
    return replace(
        neuron,
        theta=None if theta is None else np.where(size > 0, size, 1.0) * theta / nearer,
        v_start=None if start is None else start * part,
        v_min=None if floor is None else floor * size,
    )


def _times(links: tuple[TimedLink, ...], factor: np.ndarray) -> tuple[TimedLink, ...]:
    from scipy import sparse

    rows = sparse.diags_array(factor)
    return tuple(replace(link, weights=sparse.csr_array(rows @ link.weights)) for link in links)


def _made_up_for(made: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Stages whose weights and constants make up for decays that are not quite the wanted ones."""
    gains = [gain_of(stage.decays) for stage in made]
    through = [np.prod(gains[k:], axis=0) for k in range(len(made))]
    return tuple(
        replace(
            stage,
            gain=own,
            links=_times(stage.links, total),
            constants={step: vector * total for step, vector in stage.constants.items()},
        )
        for stage, own, total in zip(made, gains, through, strict=True)
    )


def _stages(p: TimedPopulation, chip_steps: int) -> tuple[Stage, ...]:
    neuron = p.neuron
    decays = nearest_decays(neuron.beta, chip_steps, **level_needed(neuron))
    if neuron.alpha is None:
        return (
            Stage(
                name=p.name,
                role="original",
                shape=p.shape,
                neuron=neuron,
                decays=decays,
                links=p.links,
                constants={max(0, step): vector for step, vector in with_own_constant(p).items()},
            ),
        )
    none = np.zeros(p.size)
    current = Neuron(alpha=None, beta=neuron.alpha, bias=none, theta=None, reset="none")
    of_current = nearest_decays(neuron.alpha, chip_steps)
    worth = worth_of(of_current, decays)
    start = before_lag(neuron, p.lag_steps, decays.kept) if chip_steps > 1 else neuron.v_start
    name = current_name(p.name)
    return (
        Stage(
            name=name,
            role="current",
            shape=p.shape,
            neuron=current,
            decays=of_current,
            links=p.links,
            constants={max(0, step): vector for step, vector in p.constants.items()},
        ),
        Stage(
            name=p.name,
            role="original",
            shape=p.shape,
            neuron=_larger(replace(neuron, v_start=start), worth),
            decays=decays,
            links=(),
            constants={0: neuron.bias * worth / constant_of_a_step(decays)},
            adds=(name,),
            hears=False,
            worth=worth,
        ),
    )


def _larger(neuron: Neuron, worth: np.ndarray) -> Neuron:
    theta, start = neuron.theta, neuron.v_start
    return replace(
        neuron,
        theta=None if theta is None else theta * worth,
        v_start=None if start is None else start * worth,
    )


def gain_of(decays: Decays) -> np.ndarray:
    """(n,) by which what arrives counts more, so that inputs without any order move the membrane as far, in the root of
    the mean square, as with the decay that is wanted; 1 where membranes keep all or nothing."""
    lost, lost_here = 1.0 - decays.wanted**2, 1.0 - decays.kept**2
    usual = (lost > 1e-6) & (lost_here > 1e-6) & (decays.wanted > 0)
    return np.sqrt(np.where(usual, lost_here / np.where(usual, lost, 1.0), 1.0))
