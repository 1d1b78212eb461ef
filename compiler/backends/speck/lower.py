"""Lowers a float network to layers of convolution: of every population its kernel, its numbers and who sends to it.

Thresholds that differ become one: a neuron with k times the threshold and k times the weights spikes as before. A
leak, which the chip does not have, becomes what it takes of a membrane at a third of the threshold, in every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ....sim.diagnostic import Diagnostic, error, raise_errors, warning
from ....sim.nir.path import shown, stored_at
from ....targets.speck.model import SpeckChip
from ...ir.network import Network
from ...ir.timed_network import TimedLink, TimedNetwork, TimedPopulation
from ...timed.constants import constant_from_chip_start
from ...timed.membrane_units import in_units_of
from ...timed.neuron_kinds import not_integrate_and_fire
from ..shared.assumed_activity import LEAK_AT
from .kernels import LIKE, read_kernel
from .windows import Fitted, Map, NoWindowError, fit, leading_pool, maps_of, window


@dataclass(frozen=True, kw_only=True)
class Source:
    """A sender of a layer: channels of `name` arrive from `shift` on, summed over windows of `pooling` x `pooling`."""

    name: str
    pooling: int
    shift: int


@dataclass(frozen=True, kw_only=True)
class FloatLayer:
    """A layer of convolution in float. Of population `name`, in its units. input_shape: (C, H, W); neurons: (F,
    height, width). kernel: (F, C, K, K) float64; bias, start: (F,), (F, height, width); start is below theta. theta:
    the one threshold; ratio: (n,) threshold of each neuron by it. at_threshold: whether it is compared by `>=`. floor:
    what the membrane does not fall below, or None. leak: (F,), at most 0, in `bias` already."""

    name: str
    input_shape: Map
    neurons: Map
    kernel: np.ndarray
    bias: np.ndarray
    start: np.ndarray
    theta: float
    ratio: np.ndarray
    at_threshold: bool
    floor: float | None
    leak: np.ndarray
    reset_to_zero: bool
    stride: tuple[int, int]
    padding: tuple[int, int]
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class _Link:
    source: Source
    arriving: Map
    fitted: Fitted
    kernel: np.ndarray


def lower(timed: TimedNetwork, chip: SpeckChip) -> tuple[tuple[FloatLayer, ...], list[Diagnostic]]:
    """Lower each population to a layer, in the order of their names, with warnings SPK1034.

    Raises DiagnosticError: SPK1004, SPK1032, SPK1033 for what no layer of the chip computes."""
    network, populations = timed.network, timed.populations
    diagnostics = [problem for p in populations.values() for problem in not_integrate_and_fire(p, chip)]
    raise_errors(diagnostics)
    layers: list[FloatLayer] = []
    maps = maps_of(network)
    for population in populations.values():
        layer, problems = _layer(network, population, maps, chip)
        diagnostics += problems
        if layer is not None:
            layers.append(layer)
    diagnostics += _inputs(network)
    raise_errors(diagnostics)
    return tuple(layers), [*diagnostics, *_lost_rows(network, layers)]


def _layer(
    network: Network, population: TimedPopulation, maps: Mapping[str, Map], chip: SpeckChip
) -> tuple[FloatLayer | None, list[Diagnostic]]:
    """Thresholds that differ become one: all of a neuron is counted in its threshold's part of the largest."""
    name, theta = population.name, population.thresholds
    top, neurons = float(theta.max()), maps[population.name]
    ratio = theta / top
    counted = constant_from_chip_start(in_units_of(population, ratio))
    neuron = counted.neuron
    links: list[_Link] = []
    diagnostics: list[Diagnostic] = []
    for link in counted.links:
        try:
            links.append(_link(network, link, maps, neurons, chip))
        except NoWindowError as problem:
            message = f"{shown(link.source)} -> {shown(name)} {problem}"
            diagnostics.append(error("SPK1032", message, where=stored_at(name)))
    try:
        bias = _by_channel(neuron.bias, neurons, "bias")
        floor = None if neuron.v_min is None else _one(neuron.v_min, "floors of the membrane")
        joined = _join(links, network) if links and not diagnostics else None
    except NoWindowError as problem:
        diagnostics.append(error("SPK1032", f"{shown(name)} {problem}", where=stored_at(name)))
        return None, diagnostics
    if joined is None:
        if not diagnostics:
            diagnostics.append(error("SPK1032", f"nothing is sent to {shown(name)}", where=stored_at(name)))
        return None, diagnostics
    kernel, arriving, sources = joined
    leak = -LEAK_AT * top * (1 - neuron.beta).reshape(neurons[0], -1).mean(axis=1)
    start = np.clip(counted.start.reshape(neurons), floor, np.nextafter(top, -np.inf))
    return FloatLayer(
        name=name,
        input_shape=arriving,
        neurons=neurons,
        kernel=kernel,
        bias=bias + leak,
        leak=leak,
        start=start,
        theta=top,
        ratio=ratio,
        at_threshold=neuron.at_threshold,
        floor=floor,
        reset_to_zero=neuron.reset == "to_value",
        stride=links[0].fitted.stride,
        padding=links[0].fitted.padding,
        sources=sources,
    ), diagnostics


def _link(network: Network, link: TimedLink, maps: Mapping[str, Map], neurons: Map, chip: SpeckChip) -> _Link:
    nodes = tuple(network.stateless[path] for path in link.path)
    sent = maps[link.source]
    pooling = 1 if link.from_input else leading_pool(nodes, chip.layer)
    arriving = (sent[0], sent[1] // pooling, sent[2] // pooling)
    fitted = fit(window(nodes, pooling, arriving), arriving, neurons, chip.layer)
    kernel = read_kernel(link.weights, sent, pooling, fitted, neurons)
    return _Link(
        source=Source(name=link.source, pooling=pooling, shift=0),
        arriving=arriving,
        fitted=fitted,
        kernel=kernel,
    )


def _join(links: list[_Link], network: Network) -> tuple[np.ndarray, Map, tuple[Source, ...]]:
    """Kernels side by side; senders with one kernel share its channels."""
    first = links[0]
    if len(links) > 1 and any(link.source.name in network.inputs for link in links):
        raise NoWindowError(
            "is fed by an Input and by others: events of the Input have all channels to themselves"
        )
    kernels: list[np.ndarray] = []
    shifts: list[int] = []
    sources: list[Source] = []
    for link in links:
        a, b = link.fitted, first.fitted
        same = (a.size, a.stride, a.padding, link.arriving[1:]) == (
            b.size,
            b.stride,
            b.padding,
            first.arriving[1:],
        )
        if not same:
            raise NoWindowError(
                f"is fed through {b.size} x {b.size} kernels by {shown(first.source.name)} and through "
                f"{a.size} x {a.size} by {shown(link.source.name)}, or maps, strides or paddings differ: a core has one"
            )
        at = next((k for k, other in enumerate(kernels) if np.array_equal(other, link.kernel)), len(kernels))
        if at == len(kernels):
            shifts.append(sum(int(kernel.shape[1]) for kernel in kernels))
            kernels.append(link.kernel)
        sources.append(Source(name=link.source.name, pooling=link.source.pooling, shift=shifts[at]))
    kernel = np.concatenate(kernels, axis=1)
    return kernel, (int(kernel.shape[1]), *first.arriving[1:]), tuple(sources)


def _by_channel(values: np.ndarray, neurons: Map, what: str) -> np.ndarray:
    rows = values.reshape(neurons[0], -1)
    return np.array([_one(row, f"values of {what} in channel {k}") for k, row in enumerate(rows)])


def _one(values: np.ndarray, what: str) -> float:
    low, high = float(values.min()), float(values.max())
    if high - low > LIKE * max(abs(low), abs(high)):
        raise NoWindowError(f"has several {what}, {low:.4g} to {high:.4g} by threshold; the chip has one")
    return high


def _inputs(network: Network) -> list[Diagnostic]:
    used = sorted(
        {p.pre for p in network.projections if p.pre in network.inputs and p.post in network.populations}
    )
    if len(used) <= 1:
        return []
    message = f"{len(used)} inputs ({', '.join(map(shown, used))}): the chip takes the events of one"
    return [error("SPK1033", message, hint="join them into the channels of one Input")]


def _lost_rows(network: Network, layers: list[FloatLayer]) -> list[Diagnostic]:
    diagnostics: list[Diagnostic] = []
    by_name = {layer.name: layer for layer in layers}
    for layer in layers:
        for source in layer.sources:
            if source.name in by_name and any(n % source.pooling for n in by_name[source.name].neurons[1:]):
                _, height, width = by_name[source.name].neurons
                k = source.pooling
                message = (
                    f"{shown(source.name)} is {height} x {width} neurons, and {shown(layer.name)} takes windows of "
                    f"{k} x {k}: {height % k} of its rows and {width % k} of its columns are not read"
                )
                hint = (
                    "what the chip does with them is not public; use a map that is a multiple of its pooling"
                )
                diagnostics.append(warning("SPK1034", message, where=stored_at(layer.name), hint=hint))
    return diagnostics
