"""Chooses the construct of a node, and puts constructs into the network on the chip's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.timed_network import TimedNetwork, TimedPopulation
from .construct import Construct, Realised, Wish
from .hold_after import HoldAfter
from .self_synapse import SelfSynapse
from .taps import Taps

CONSTRUCTS: tuple[Construct, ...] = (SelfSynapse(), Taps(), HoldAfter())
"""In the order in which they are tried: the cheapest first."""
BY_NAME: Mapping[str, Construct] = {construct.name: construct for construct in CONSTRUCTS}


def chosen(wish: Wish, rules: DialectRules, offers: ConstructOffers) -> tuple[Construct, Realised] | None:
    """Find the first construct that makes the neurons of a node, None where there is none, or none is needed."""
    for construct in CONSTRUCTS:
        realised = construct.realise(wish, rules, offers)
        if realised is not None:
            return construct, realised
    return None


def with_constructs(timed: TimedNetwork, constructs: Mapping[str, str], max_delay: int) -> TimedNetwork:
    """Put constructs in the place of neurons. constructs: NIR path of a neuron node -> name of its construct.
    max_delay: steps that the chip can hold a spike back."""
    built = [
        part
        for name, population in timed.populations.items()
        for part in (
            BY_NAME[constructs[name]].build(population, max_delay) if name in constructs else (population,)
        )
    ]
    senders: dict[str, list[str]] = {}
    for part in built:
        if part.level is not None:
            senders.setdefault(part.level.first, []).append(part.name)
    parts = {part.name: _heard(part, senders) for part in built}
    return replace(timed, populations={name: parts[name] for name in sorted(parts)})


def _heard(population: TimedPopulation, senders: Mapping[str, list[str]]) -> TimedPopulation:
    """With a link from each population that counts the spikes of a source. senders: source -> these."""
    links = [
        replace(link, source=source)
        for link in population.links
        for source in senders.get(link.source, [link.source])
    ]
    return replace(population, links=tuple(sorted(links, key=lambda link: (link.source, link.held_steps))))
