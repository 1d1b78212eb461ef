"""Chooses the construct of a node, and puts constructs into the network on the chip's clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from ....sim.diagnostic import Diagnostic, DiagnosticError, error
from ....sim.near_names import hint_of
from ....sim.nir.path import shown, stored_at
from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ..cut import no_populations
from .construct import Construct, Realised, Wish
from .hold_after import HoldAfter
from .one_comparison import OneComparison
from .overshoot import OvershootNeuron
from .overshoot_copies import OvershootCopies
from .rest_level import RestLevel
from .self_synapse import SelfSynapse
from .taps import Taps

CONSTRUCTS: tuple[Construct, ...] = (
    SelfSynapse(),
    Taps(),
    OvershootCopies(),
    HoldAfter(),
    OvershootNeuron(),
    RestLevel(),
    OneComparison(),
)
"""In the order in which they are tried: the cheapest first."""
NATIVE = "native"
GivenUp = Mapping[str, Mapping[str, str]]
"""NIR path of a neuron node -> name of a construct that the chip has no room for -> what there is too little of."""
BY_NAME: Mapping[str, Construct] = {construct.name: construct for construct in CONSTRUCTS}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the user and a stimulus say of constructs. native: use none. named: NIR path of a neuron node -> the name of
    the construct to use, or `native`. most_spikes: NIR path -> the most spikes of a neuron in a step that are to be
    counted; 1 for others. floors: NIR paths whose floors are to be made. given_up: what there is no room for."""

    native: bool = False
    named: Mapping[str, str] = field(default_factory=dict)
    most_spikes: Mapping[str, int] = field(default_factory=dict)
    floors: frozenset[str] = frozenset()
    given_up: GivenUp = field(default_factory=dict)


ALL = Asked()
"""Whatever serves."""


def chosen(
    wish: Wish, rules: DialectRules, offers: ConstructOffers, asked: Asked
) -> tuple[Construct, Realised] | None:
    """Find the first construct that makes the neurons of a node and that there is room for, None where there is none,
    or none is needed.

    Raises DiagnosticError, SPK1023, where one is asked for that cannot make them."""
    named = asked.named.get(wish.node.path)
    if named == NATIVE or (named is None and asked.native):
        return None
    given_up = asked.given_up.get(wish.node.path, {})
    tried = [c for c in CONSTRUCTS if c.name not in given_up] if named is None else [BY_NAME[named]]
    for construct in tried:
        realised = construct.realise(wish, rules, offers)
        if realised is not None:
            return construct, realised
    if named is not None:
        message = f"`{named}` cannot make the neurons of {shown(wish.node.path)} on this chip"
        hint = "leave the choice to spikec, or take `native`"
        raise DiagnosticError((error("SPK1023", message, where=stored_at(wish.node.path), hint=hint),))
    return None


def wrong_constructs(named: Mapping[str, str], populations: Collection[str]) -> list[Diagnostic]:
    """Report each name that is no population's (SPK1009) or no construct's (SPK1023)."""
    names = sorted((NATIVE, *BY_NAME))
    return [
        *no_populations(sorted(named), populations),
        *(
            error("SPK1023", f"there is no construct `{name[:80]}`", hint=hint_of(name, names, "constructs"))
            for _, name in sorted(named.items())
            if name not in names
        ),
    ]


def with_constructs(timed: TimedNetwork, constructs: Mapping[str, str], chip: Chip) -> TimedNetwork:
    """Put constructs in the place of neurons. constructs: NIR path of a neuron node -> name of its construct."""
    built = [
        part
        for name, population in timed.populations.items()
        for part in (
            BY_NAME[constructs[name]].build(population, chip) if name in constructs else (population,)
        )
    ]
    senders: dict[str, list[str]] = {}
    for part in built:
        if part.level is not None and (part.level.counts or part.name == part.level.first):
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
