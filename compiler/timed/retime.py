"""Retimes a network for the chip's latencies: a lag for every population, a synaptic delay for every tap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ...sim.diagnostic import Diagnostic, error, raise_errors, warning
from ...sim.nir.path import stored_at
from ...targets.chip import Chip
from ..ir.network import Network, Projection

if TYPE_CHECKING:
    import networkx as nx

Key = tuple[str, str]
_ROOT = ""


@dataclass(frozen=True, kw_only=True)
class Retimed:
    """The timing of a network on a chip. lag: population -> chip step minus float step. extra: (pre, post) -> float
    steps added to its taps."""

    lag: Mapping[str, int]
    extra: Mapping[Key, int]
    diagnostics: tuple[Diagnostic, ...]

    def held_steps(self, projection: Projection, delay: int, hop: int) -> int:
        """Return the chip steps that spikes of a tap are held back. delay: of the tap, in float steps. hop: chip steps
        that they take by themselves."""
        extra = self.extra.get((projection.pre, projection.post), 0)
        return self.lag[projection.post] - self.lag.get(projection.pre, 0) + delay + extra - hop


def hop_steps(network: Network, projection: Projection, target: Chip) -> int:
    """Return the chip steps from a spike to the sum that it enters, if nothing holds it back."""
    latency = target.latency
    return latency.input_to_neuron if projection.pre in network.inputs else latency.neuron_to_neuron


def retime(network: Network, target: Chip, slower: Mapping[str, int] | None = None) -> Retimed:
    """Find lags and delays. slower: population -> steps that its spikes take at least, where those are more than the
    target's.

    Raises DiagnosticError: SPK1003 where a slack exceeds the chip's largest delay. Where nothing can be held back, a
    population may act before its float step: its lag is then below 0."""
    import networkx as nx

    extra: dict[Key, int] = {}
    diagnostics: list[Diagnostic] = []
    if target.max_delay == 0:
        return _in_step(network, target)
    while True:
        graph = _constraints(network, target, extra, slower or {})
        try:
            distance = nx.single_source_bellman_ford_path_length(graph, _ROOT)
            break
        except nx.NetworkXUnbounded:
            cycle = nx.find_negative_cycle(graph, _ROOT)
            diagnostics.append(_lengthen(network, cycle, extra))
    lag = {name: -int(distance[name]) for name in sorted(network.populations)}
    retimed = Retimed(lag=lag, extra=extra, diagnostics=tuple(diagnostics))
    raise_errors([*diagnostics, *_too_long(network, target, retimed)])
    return retimed


def _in_step(network: Network, target: Chip) -> Retimed:
    """Every lag follows from that of a source: no field but 0 is left. What no Input reaches starts at 0."""
    lag: dict[str, int] = {}
    diagnostics: list[Diagnostic] = []
    hop = target.latency.input_to_neuron
    ready = [(p, 0, hop) for p in network.projections if p.pre in network.inputs]
    for start in (None, *sorted(network.populations)):
        if start is not None and start not in lag:
            lag[start] = 0
            ready = _behind(network, target, start, 0)
        while ready:
            p, before, hop = ready.pop(0)
            if p.post not in network.populations or not p.taps:
                continue
            known = [lag[p.post]] if p.post in lag else []
            lags = sorted({*known, *(before + hop - delay for delay in p.taps)})
            if len(lags) > 1:
                diagnostics.append(_held_back(p, lags[-1] - lags[0], target))
            elif not known:
                lag[p.post] = lags[0]
                ready += _behind(network, target, p.post, lags[0])
    raise_errors(diagnostics)
    return Retimed(lag={name: lag[name] for name in sorted(lag)}, extra={}, diagnostics=())


def _behind(network: Network, target: Chip, pre: str, lag: int) -> list[tuple[Projection, int, int]]:
    return [(p, lag, target.latency.neuron_to_neuron) for p in network.out_of(pre)]


def _held_back(p: Projection, steps: int, target: Chip) -> Diagnostic:
    message = (
        f"{p.pre} -> {p.post} would have to come {steps} step(s) later than what else reaches {p.post}; {target.name} "
        "holds nothing back"
    )
    return error(
        "SPK1003", message, where=stored_at(p.post), hint="use a chip with delays, or leave the loop out"
    )


def _constraints(
    network: Network, target: Chip, extra: Mapping[Key, int], slower: Mapping[str, int]
) -> nx.DiGraph:
    import networkx as nx

    graph = nx.DiGraph()
    for name in sorted(network.populations):
        graph.add_edge(_ROOT, name, weight=0)
    for p in network.projections:
        if p.post not in network.populations or not p.taps:
            continue
        first = min(p.taps) + extra.get((p.pre, p.post), 0)
        if p.pre in network.inputs:
            start, need = _ROOT, target.latency.input_to_neuron - first
        else:
            hop = slower.get(p.pre, target.latency.neuron_to_neuron)
            start, need = p.pre, hop - first
        weight = -need
        if start != p.post and graph.has_edge(start, p.post):
            weight = min(weight, graph.edges[start, p.post]["weight"])
        graph.add_edge(start, p.post, weight=weight)
    return graph


def _lengthen(network: Network, cycle: list[str], extra: dict[Key, int]) -> Diagnostic:
    """Add one step to the edge that closes the loop (the one with the most delay in it already)."""
    edges = list(pairwise(cycle))
    by_key = {(p.pre, p.post): p for p in network.projections}
    chosen = max(edges, key=lambda e: (min(by_key[e].taps), e))
    extra[chosen] = extra.get(chosen, 0) + 1
    return warning(
        "SPK1005",
        f"the loop {' -> '.join(cycle)} takes {len(edges)} chip steps and has fewer in the network; "
        f"{chosen[0]} -> {chosen[1]} comes one step later than the network says",
        where=stored_at(chosen[1]),
        hint="put a Delay into the loop, or accept the difference that the fidelity verdict shows",
    )


def _too_long(network: Network, target: Chip, retimed: Retimed) -> list[Diagnostic]:
    diagnostics: list[Diagnostic] = []
    for p in network.projections:
        if p.post not in network.populations or not p.taps:
            continue
        longest = retimed.held_steps(p, max(p.taps), hop_steps(network, p, target))
        if longest > target.max_delay:
            message = (
                f"{p.pre} -> {p.post} needs a delay of {longest} steps; "
                f"{target.name} holds at most {target.max_delay}"
            )
            diagnostics.append(error("SPK1003", message, where=stored_at(p.post), hint="use a larger dt"))
    return diagnostics
