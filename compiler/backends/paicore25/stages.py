"""Lowers each population to the neurons of the chip that make it: one kind, or several that pass potentials on.

LIF, IF, LI           what spikes reach is the membrane
CubaLIF, CubaLI       current@0 takes the spikes and sends its potential to the membrane in the same step
weights twice as wide high@0 and low@0 keep nothing and send what arrived, which is added up behind them
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...ir.network import Neuron
from ...ir.timed_network import TimedLink, TimedNetwork, TimedPopulation
from ...timed.constants import with_own_constant
from .decays import Decays, nearest_decays
from .last_chip_step import worth_of


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Neurons whose state is one membrane, before any number is rounded.

    neuron: as of the float network, its decay that of this membrane; theta None: it sends its potential. links: spikes
    that reach it. constants: step -> (n,) what arrives from that step on. adds: names of the stages whose potentials it
    adds up; then nothing else reaches it but its own constant. gain: (n,) by which the stage's inputs, and what its
    resets take off, are larger than in the float network, to make up for its decay. worth: (n,) by which its membrane,
    with its thresholds, is larger, as `last_chip_step` says."""

    name: str
    role: str
    shape: tuple[int, ...]
    neuron: Neuron
    decays: Decays
    links: tuple[TimedLink, ...]
    constants: Mapping[int, np.ndarray]
    adds: tuple[str, ...] = ()
    gain: np.ndarray | float = 1.0
    worth: np.ndarray | float = 1.0

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
    def reads_out(self) -> bool:
        """Whether it sends its potential, not spikes."""
        return self.neuron.theta is None


def level_needed(neuron: Neuron) -> dict[str, bool]:
    """What its resets want of a decay: see `nearest_decays`."""
    subtracts = neuron.theta is not None and neuron.reset == "subtract"
    return {"resting": subtracts, "keeping": subtracts and neuron.reset_after_decay}


def current_name(name: str) -> str:
    """Name the synaptic currents of a population."""
    return f"current@0:{name}"


def part_names(name: str) -> tuple[str, str]:
    """Name what takes the high and the low part of the weights onto a stage."""
    return f"high@0:{name}", f"low@0:{name}"


def stages_of(timed: TimedNetwork, chip_steps: int) -> dict[str, tuple[Stage, ...]]:
    """Lower every population: name -> its stages, first the one that spikes reach, last the one of its own name."""
    return {
        name: _made_up_for(_stages(population, chip_steps)) for name, population in timed.populations.items()
    }


def _made_up_for(made: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Stages whose weights and constants make up for decays that are not quite the wanted ones."""
    from scipy import sparse

    gains = [gain_of(stage.decays) for stage in made]
    through = [np.prod(gains[k:], axis=0) for k in range(len(made))]
    return tuple(
        replace(
            stage,
            gain=own,
            links=tuple(
                replace(link, weights=sparse.csr_array(sparse.diags_array(total) @ link.weights))
                for link in stage.links
            ),
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
            neuron=_larger(neuron, worth),
            decays=decays,
            links=(),
            constants={0: neuron.bias},
            adds=(name,),
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
