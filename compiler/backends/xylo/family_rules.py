"""Finds which neurons become output neurons, and how many spikes those can have in a step."""

from __future__ import annotations

import msgspec

from ....sim.dialect.dialect import NodeDialect
from ....targets.dialect_rules import DialectRules, Phase, SpikesRule
from ....targets.xylo.model import XyloChip
from ...ir.family_rules import FamilyRules
from ...ir.network import FlatGraph, FlatNode
from ...timed.legalize import RESETTING

PHASES: tuple[Phase, ...] = ("next_before_decay", "next_after_decay")


def family_rules(flat: FlatGraph, chip: XyloChip) -> FamilyRules:
    """Limit the spikes a step of output neurons, which send fewer than hidden ones. A threshold that is taken off a
    membrane without leak is taken off it in whichever moment."""
    last, most = output_nodes(flat), chip.spikes.output
    spikes = SpikesRule(exact=(most,), replaced_by=most)

    def rules_of(node: FlatNode, _: NodeDialect, rules: DialectRules) -> DialectRules:
        if node.kind == "IF":
            rules = msgspec.structs.replace(
                rules, reset_phase=msgspec.structs.replace(rules.reset_phase, exact_if_subtract=PHASES)
            )
        return msgspec.structs.replace(rules, multi=spikes) if node.path in last else rules

    return FamilyRules(rules_of=rules_of)


def output_nodes(flat: FlatGraph) -> frozenset[str]:
    """Find the neurons whose spikes go to an Output and to no neuron: those that become output neurons. NIR paths."""
    import networkx as nx

    neurons = {n.path for n in flat.nodes() if n.kind in RESETTING}
    readers = {n.path for n in flat.nodes() if n.kind == "Output"}
    stateful = neurons | {n.path for n in flat.nodes() if n.kind in {"I", "LI", "CubaLI", "Threshold"}}
    paths: list[str] = []
    for path in sorted(neurons):
        after = nx.descendants(flat.graph, path)
        looped = flat.graph.has_edge(path, path) or any(
            nx.has_path(flat.graph, other, path) for other in flat.graph.successors(path)
        )
        if after & readers and not after & stateful and not looped:
            paths.append(path)
    return frozenset(paths)
