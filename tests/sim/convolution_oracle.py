"""Layers of convolution neuron after neuron in plain Python integers, written from the published rules alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Map = list[list[list[int]]]
"""[channel][row][column]."""


class Send(NamedTuple):
    layer: str
    pooling: int
    channel_shift: int


class Layer(NamedTuple):
    """kernel[out][in][row][column]; shape: (C, H, W) of the input; stride and padding: (vertical, horizontal)."""

    shape: tuple[int, int, int]
    kernel: list[Map]
    bias: list[int]
    v: Map
    threshold: int
    low: int
    to_zero: bool
    stride: tuple[int, int]
    padding: tuple[int, int]
    sends: tuple[Send, ...]
    takes_input: bool


@dataclass
class Recorded:
    """[t], after each step; beyond: times that the sum of a step left 16 bits."""

    spikes: list[Map] = field(default_factory=list)
    v: list[Map] = field(default_factory=list)
    beyond: int = 0


def run(
    layers: Mapping[str, Layer], events: list[Map], *, single: bool = False, saturate: bool = False
) -> dict[str, Recorded]:
    """layers: sources before the layers they send to. events[t]."""
    found = {name: Recorded() for name in layers}
    state = {name: _copy(layer.v) for name, layer in layers.items()}
    for counts in events:
        waiting = {name: _zeros(layer.shape) for name, layer in layers.items()}
        for name, layer in layers.items():
            if layer.takes_input:
                _add(waiting[name], counts, 0)
            spikes = _step(layer, waiting[name], state[name], found[name], single, saturate)
            for send in layer.sends:
                _add(waiting[send.layer], _pooled(spikes, send.pooling), send.channel_shift)
            found[name].spikes.append(spikes)
            found[name].v.append(_copy(state[name]))
    return found


def _step(layer: Layer, counts: Map, state: Map, found: Recorded, single: bool, saturate: bool) -> Map:
    spikes = _copy(state)
    for f, rows in enumerate(state):
        for y, row in enumerate(rows):
            for x, before in enumerate(row):
                v = before + layer.bias[f] + _drive(layer, counts, f, y, x)
                if not -32768 <= v <= 32767:
                    found.beyond += 1
                    if saturate:
                        v = 32767 if v > 0 else -32768
                fired = 0
                rest = v
                while rest >= layer.threshold and not (single and fired == 1):
                    rest -= layer.threshold
                    fired += 1
                if fired and layer.to_zero:
                    rest = 0
                spikes[f][y][x] = fired
                row[x] = max(rest, layer.low)
    return spikes


def _drive(layer: Layer, counts: Map, f: int, y: int, x: int) -> int:
    total = 0
    _, height, width = layer.shape
    for c, plane in enumerate(layer.kernel[f]):
        for ky, weights in enumerate(plane):
            for kx, weight in enumerate(weights):
                row = y * layer.stride[0] + ky - layer.padding[0]
                column = x * layer.stride[1] + kx - layer.padding[1]
                if 0 <= row < height and 0 <= column < width:
                    total += weight * counts[c][row][column]
    return total


def _pooled(spikes: Map, window: int) -> Map:
    return [
        [
            [
                sum(plane[window * y + dy][window * x + dx] for dy in range(window) for dx in range(window))
                for x in range(len(plane[0]) // window)
            ]
            for y in range(len(plane) // window)
        ]
        for plane in spikes
    ]


def _add(into: Map, counts: Map, shift: int) -> None:
    for c, plane in enumerate(counts):
        for y, row in enumerate(plane):
            for x, count in enumerate(row):
                into[c + shift][y][x] += count


def _copy(values: Map) -> Map:
    return [[list(row) for row in plane] for plane in values]


def _zeros(shape: tuple[int, int, int]) -> Map:
    return [[[0] * shape[2] for _ in range(shape[1])] for _ in range(shape[0])]
