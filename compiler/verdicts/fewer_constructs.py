"""Gives up constructs of a network that a chip has no room for: the largest first, as few as it takes."""

from __future__ import annotations

from dataclasses import replace

from ...sim.diagnostic import DiagnosticError
from ...sim.nir.path import stored_at
from ...sim.stimulus import Stimulus
from ...targets.chip import Chip
from ..ir.stages import Front
from ..ir.timed_network import TimedPopulation
from ..options import Options
from ..prepare import more_given_up, prepare, read_front, resolve_target
from .fit import FIT_CODES, trial


def fewer_constructs(
    problem: DiagnosticError, front: Front, options: Options, stimulus: Stimulus | None
) -> Options | None:
    """Find options that give up constructs until the network fits; None where it does not fit without any, or has
    none but what was asked for by name.

    problem: what is said of the network with the constructs that `front` has. What takes the place of a construct is
    the next one that makes the node's neurons, or the chip's own neurons."""
    said = next((d for d in problem.diagnostics if d.code in FIT_CODES), None)
    if said is None:
        return None
    target = resolve_target(options)
    too_large = [path for path in _may_go(front, options) if said.where == stored_at(path)]
    while path := next(iter(too_large), None) or _largest(front, options, target, stimulus):
        too_large = []
        options.say(f"try without {front.constructs[path]}")
        options = replace(options, given_up=more_given_up(front, {path: said.message}))
        front = read_front(front.raw, options, target)
        if trial(front, options, stimulus, "").fits:
            return options
    return None


def _largest(front: Front, options: Options, target: Chip, stimulus: Stimulus | None) -> str | None:
    """The node whose construct takes the most synapses, of those that were not asked for; None where there is none."""
    taken = dict.fromkeys(_may_go(front, options), 0)
    if len(taken) > 1:
        prepared = prepare(front, replace(options, progress=None, one_synapse=True), target, stimulus)
        for part in prepared.timed.populations.values():
            source = part.name if part.level is None else part.level.first
            if source in taken:
                taken[source] += _synapses(part)
    return max(taken, key=lambda path: taken[path], default=None)


def _may_go(front: Front, options: Options) -> list[str]:
    """Nodes whose construct was not asked for by name."""
    kept = dict(options.constructs)
    return [path for path in sorted(front.constructs) if path not in kept]


def _synapses(part: TimedPopulation) -> int:
    return sum(link.weights.nnz for link in part.links) + part.size * len(part.ties)
