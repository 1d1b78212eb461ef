"""Orders the populations along the direction of spikes, and finds those that become output neurons."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir.network import Network


@dataclass(frozen=True, kw_only=True)
class Order:
    """The order of populations on the chip.

    hidden, outputs: names of populations, each in its order. copied: hidden ones that an Output reads as well, so
    that output neurons have to repeat them."""

    hidden: tuple[str, ...]
    outputs: tuple[str, ...]
    copied: tuple[str, ...]


def order(network: Network, hidden: frozenset[str] = frozenset()) -> Order:
    """Order populations: sources before their targets where no loop forbids it, by name where that leaves it open.

    A population is one of output neurons if an Output reads it and nothing on the chip does, nor its own neurons, as
    those of `hidden` do."""
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(network.populations))
    inside = [
        p for p in network.projections if p.pre in network.populations and p.post in network.populations
    ]
    graph.add_edges_from((p.pre, p.post) for p in inside)
    condensed = nx.condensation(graph)
    groups = {node: sorted(condensed.nodes[node]["members"]) for node in condensed.nodes}
    turn = nx.lexicographical_topological_sort(condensed, key=lambda node: groups[node][0])
    names = [name for node in turn for name in groups[node]]
    feeds = {p.pre for p in inside}
    read = {p.pre for p in network.projections if p.post in network.outputs}
    outputs = tuple(name for name in names if name in read and name not in feeds | hidden)
    others = tuple(name for name in names if name not in outputs)
    return Order(hidden=others, outputs=outputs, copied=tuple(name for name in others if name in read))
