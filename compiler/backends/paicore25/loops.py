"""Makes loops as long as the chip takes: by weights of one width where two would take a step more, else by delays.

A core starts a chip step after those that it hears, but for what comes with a delay; so a loop of k stages needs k chip
steps of delay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ....sim.diagnostic import Diagnostic, warning
from ....sim.nir.path import stored_at
from ...ir.timed_network import TimedNetwork
from .last_chip_step import chip_delay
from .stages import Stage, part_names
from .timing import Hop, start_ticks


class Loops(NamedTuple):
    """narrow: populations whose weights are stored once though they were to be stored twice as wide. extra: (source,
    population) -> chip steps by which spikes come later than the network says."""

    narrow: frozenset[str]
    extra: Mapping[tuple[str, str], int]
    diagnostics: tuple[Diagnostic, ...]


def long_enough(
    timed: TimedNetwork, stages: Mapping[str, Sequence[Stage]], chip_steps: int, *, wide: bool
) -> Loops:
    """Find what has to give so that every loop is long enough; warns of connections that come later (SPK1005)."""
    narrow: set[str] = set()
    extra: dict[tuple[str, str], int] = {}
    told: list[Diagnostic] = []
    while True:
        hops, owner = _hops(timed, stages, chip_steps, {*stages} - narrow if wide else set(), extra)
        _, loop = start_ticks({*owner}, hops)
        if not loop:
            return Loops(frozenset(narrow), extra, tuple(told))
        within = {owner[hop.post] for hop in loop}
        if wide and within - narrow:
            narrow |= within
            continue
        ends = {(owner[hop.pre], owner[hop.post]) for hop in loop if hop.delay or len(within) == 1}
        currents = {end for end in ends if timed.populations[end[1]].neuron.alpha is not None}
        # of several chip steps, only what goes through a current can come in any: others fire in the first
        any_step = bool(currents) and chip_steps > 1
        pre, post = max(currents if any_step else ends)
        more = 1 if any_step else chip_steps
        extra[pre, post] = extra.get((pre, post), 0) + more
        names = " -> ".join(dict.fromkeys(owner[hop.pre] for hop in loop))
        late = f"{more} of {chip_steps} chip steps of a step" if more < chip_steps else "one step"
        told.append(
            warning(
                "SPK1005",
                f"the loop {names} takes {len(loop)} chip steps and has fewer in the network; {pre} -> {post} comes "
                f"{late} later than the network says",
                where=stored_at(post),
                hint="put a Delay into the loop, or accept the difference that the fidelity verdict shows",
            )
        )


def _hops(
    timed: TimedNetwork,
    stages: Mapping[str, Sequence[Stage]],
    chip_steps: int,
    wide: set[str],
    extra: Mapping[tuple[str, str], int],
) -> tuple[list[Hop], dict[str, str]]:
    """Hops between stages, and the population of each stage."""
    hops: list[Hop] = []
    owner: dict[str, str] = {}
    for name, made in stages.items():
        first = part_names(made[0].name) if name in wide else (made[0].name,)
        owner |= {stage.name: name for stage in made} | dict.fromkeys(first, name)
        hops += [Hop(part, made[0].name, 0) for part in first if part != made[0].name]
        hops += [Hop(source, stage.name, 0) for stage in made for source in stage.adds]
        for link in timed.populations[name].links:
            if not link.from_input:
                delay = chip_delay(timed, link.source, name, link.held_steps, chip_steps)
                delay += extra.get((link.source, name), 0)
                hops += [Hop(link.source, part, delay) for part in first]
    return hops, owner
