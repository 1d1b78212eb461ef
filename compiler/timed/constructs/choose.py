"""Chooses the construct of a node, and puts constructs into the network on the chip's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ....sim.dialect.dialect import NodeDialect
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.network import FlatNode
from ...ir.timed_network import TimedNetwork
from .construct import Construct, Realised
from .hold_after import HoldAfter
from .overshoot import OvershootNeuron
from .self_synapse import SelfSynapse

CONSTRUCTS: tuple[Construct, ...] = (SelfSynapse(), HoldAfter(), OvershootNeuron())
"""In the order in which they are tried: the cheapest first."""
BY_NAME: Mapping[str, Construct] = {construct.name: construct for construct in CONSTRUCTS}


def chosen(
    node: FlatNode, reading: NodeDialect, rules: DialectRules, offers: ConstructOffers
) -> tuple[Construct, Realised] | None:
    """Find the first construct that makes the neurons of a node, None where there is none, or none is needed."""
    for construct in CONSTRUCTS:
        realised = construct.realise(node, reading, rules, offers)
        if realised is not None:
            return construct, realised
    return None


def with_constructs(timed: TimedNetwork, constructs: Mapping[str, str]) -> TimedNetwork:
    """Put constructs in the place of neurons. constructs: NIR path of a neuron node -> name of its construct."""
    populations = {
        name: BY_NAME[constructs[name]].build(population) if name in constructs else population
        for name, population in timed.populations.items()
    }
    return replace(timed, populations=populations)
