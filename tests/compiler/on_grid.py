"""Random networks of one or two layers whose numbers lie on a chip's grid, with a run of them in plain integers.

The grids are the chips' published ranges (the toml of each), and what the README beside it says of one step. Numbers
are drawn as integers; the file holds them times a unit, split between weights and `r`, around an origin `v_reset` of
each neuron's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.targets import load
from spikec.targets.chip import Chip
from spikec.targets.odin.model import OdinChip
from spikec.targets.paicore25.model import PaicoreChip
from spikec.targets.ranc.model import RancChip
from spikec.targets.reckon.model import ReckonChip
from spikec.targets.speck.model import SpeckChip
from spikec.targets.xylo.model import XyloChip

from .graphs import affine, graph, port

STEPS, SAMPLES = 30, 3


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Neurons in integers, all (n,) but `weights` (n, sources). Membranes count from where a spike leaves them.

    multi: most spikes a step, None for no limit. forgets: a step keeps nothing of the membrane."""

    weights: np.ndarray
    bias: np.ndarray
    threshold: np.ndarray
    start: np.ndarray
    at_threshold: bool
    subtracts: bool
    multi: int | None = 1
    floor: int | None = None
    hold: int = 0
    forgets: bool = False

    @property
    def size(self) -> int:
        return self.threshold.size


@dataclass(frozen=True, kw_only=True)
class Ran:
    """spikes: of each layer (T, B, n). highest: of all membranes before their reset; lowest: of those
    after it and their floor."""

    spikes: list[np.ndarray]
    lowest: int
    highest: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network and its stimulus (T, B, inputs). unit: of the file's membranes. origin: `v_reset` of each layer."""

    layers: tuple[Layer, ...]
    events: np.ndarray
    unit: float
    gain: tuple[np.ndarray, ...]
    origin: tuple[np.ndarray, ...]
    raw: RawGraph = field(init=False)
    dialect: Dialect = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "raw", _graph(self))
        object.__setattr__(self, "dialect", _reading(self))


def run(layers: tuple[Layer, ...], events: np.ndarray) -> Ran:
    """One neuron after the other, one spike after the other."""
    steps, batch, _ = events.shape
    arriving, spikes = events.astype(np.int64), list[np.ndarray]()
    low = high = 0
    for layer in layers:
        fired = np.zeros((steps, batch, layer.size), dtype=np.int64)
        for b in range(batch):
            for n in range(layer.size):
                v, held, theta = int(layer.start[n]), 0, int(layer.threshold[n])
                for t in range(steps):
                    drive = int(layer.weights[n] @ arriving[t, b]) + int(layer.bias[n])
                    if held:
                        held -= 1
                        continue
                    v = drive + (0 if layer.forgets else v)
                    high = max(high, v)
                    count = 0
                    if v > theta or (v == theta and layer.at_threshold):
                        count = max(v // theta, 1)
                        count = count if layer.multi is None else min(count, layer.multi)
                        v = v - count * theta if layer.subtracts else 0
                        held = layer.hold
                    v = v if layer.floor is None else max(v, layer.floor)
                    low = min(low, v)
                    fired[t, b, n] = count
        spikes.append(fired)
        arriving = fired
    return Ran(spikes=spikes, lowest=low, highest=high)


def _graph(case: Case) -> RawGraph:
    nodes = {"input": port("Input", case.events.shape[2]), "output": port("Output", case.layers[-1].size)}
    edges, before = list[tuple[str, str]](), "input"
    for k, layer in enumerate(case.layers):
        part = case.unit / case.gain[k]
        nodes[f"w{k}"] = affine(
            layer.weights * part[:, None],
            layer.bias * part if layer.bias.any() and not layer.forgets else None,
        )
        values = {
            "r": case.gain[k],
            "v_threshold": (0 if layer.subtracts else case.origin[k]) + layer.threshold * case.unit,
            "v_reset": case.origin[k],
        }
        if layer.forgets:
            values |= {"tau": np.ones(layer.size), "v_leak": layer.bias * case.unit}
        kind = "LIF" if layer.forgets else "IF"
        nodes[f"n{k}"] = RawNode(
            kind=kind, params={key: np.asarray(v, dtype=np.float64) for key, v in values.items()}
        )
        edges += [(before, f"w{k}"), (f"w{k}", f"n{k}")]
        before = f"n{k}"
    return graph(nodes, [*edges, (before, "output")])


def _reading(case: Case) -> Dialect:
    first = case.layers[0]
    default = NodeDialect(
        fire=">=" if first.at_threshold else ">",
        reset="subtract" if first.subtracts else "v_reset",
        multi=first.multi,
        refractory=first.hold,
        v_min=None
        if first.floor is None
        else float((0 if first.subtracts else case.origin[0][0]) + first.floor * case.unit),
        v0="v_reset" if first.subtracts or _starts_at_origin(case) else "zero",
        if_gain="r*dt",
        gain="r*dt/tau",
    )
    made = Dialect(name="drawn", dt_seconds=1.0, default=default)
    return made.with_overrides(
        by_path={
            f"n{k}": {"multi": layer.multi}
            for k, layer in enumerate(case.layers)
            if layer.multi != first.multi
        }
    )


def _starts_at_origin(case: Case) -> bool:
    return all(not layer.start.any() for layer in case.layers)


def any_case(target: str, seed: int) -> Case:
    """A network that `target` says it computes as it is."""
    chip, random = load(target), np.random.default_rng(seed)
    return _FAMILIES[chip.family](chip, random)


def register(target: str) -> tuple[int, int]:
    """The ends of the register that holds a membrane, inclusive; none on Loihi, where scales keep sums inside."""
    chip = load(target)
    if isinstance(chip, RancChip):
        end = 1 << (chip.bits.potential - 1)
        return -end, end - 1
    if isinstance(chip, XyloChip | SpeckChip | OdinChip | ReckonChip):
        return chip.ranges.state
    return -(1 << 62), 1 << 62


def _sizes(random: np.random.Generator) -> list[int]:
    return [int(n) for n in random.integers(1, 7, 1 + random.integers(1, 3))]


def _sparse(random: np.random.Generator, low: int, high: int, shape: tuple[int, int]) -> np.ndarray:
    top = int(random.integers(1, high + 1))
    weights = random.integers(max(low, -top), top + 1, shape) * (random.random(shape) < 0.8)
    weights[0, 0] = weights[0, 0] or top
    return weights


def _finished(random: np.random.Generator, layers: list[Layer], events: np.ndarray) -> Case:
    """Origins: of each neuron, where states are drawn they are what `v0` = 0 means."""
    unit = float(2.0 ** random.integers(-4, 5) * random.choice([1, 3, 5]))
    gain = tuple(2.0 ** random.integers(-2, 3, layer.size) for layer in layers)
    moved, one = random.integers(0, 2), int(random.integers(-20, 21))
    origin = []
    for layer in layers:
        if layer.subtracts:
            origin.append(layer.start * unit)
        elif any(other.start.any() for other in layers):
            origin.append(-layer.start * unit)
        elif layer.multi is None:
            origin.append(np.zeros(layer.size))
        elif layer.floor is not None:
            origin.append(np.full(layer.size, one * moved * unit))
        else:
            origin.append(random.integers(-20, 21, layer.size) * moved * unit)
    return Case(layers=tuple(layers), events=events, unit=unit, gain=gain, origin=tuple(origin))


def _loihi(chip: Chip, random: np.random.Generator, holds: Sequence[int] = (0, 0, 1, 3)) -> Case:
    at, hold = bool(random.integers(2)), int(random.choice(holds))
    sizes = _sizes(random)
    layers = [
        Layer(
            weights=_sparse(random, -127, 127, (n, m)),
            bias=random.integers(-20, 21, n) * random.integers(0, 2),
            threshold=random.integers(1, random.choice([40, 300]), n),
            start=np.zeros(n, dtype=np.int64),
            at_threshold=at,
            subtracts=False,
            hold=hold,
        )
        for m, n in pairwise(sizes)
    ]
    return _finished(random, layers, _events(random, sizes[0]))


def _loihi2(chip: Chip, random: np.random.Generator) -> Case:
    """Neurons without refractory steps."""
    return _loihi(chip, random, holds=(0,))


def _spinnaker(chip: Chip, random: np.random.Generator) -> Case:
    """Sums are even and thresholds odd, so that none is met exactly: a membrane loses 6e-5 of itself a step."""
    at, hold = bool(random.integers(2)), int(random.choice([0, 0, 1, 3]))
    sizes = _sizes(random)
    layers = [
        Layer(
            weights=2 * _sparse(random, -60, 60, (n, m)),
            bias=2 * random.integers(-10, 11, n) * random.integers(0, 2),
            threshold=2 * random.integers(1, random.choice([20, 100]), n) + 1,
            start=np.zeros(n, dtype=np.int64),
            at_threshold=at,
            subtracts=False,
            hold=hold,
        )
        for m, n in pairwise(sizes)
    ]
    return _finished(random, layers, _events(random, sizes[0]))


def _events(random: np.random.Generator, n: int, most: int = 1) -> np.ndarray:
    there = random.random((STEPS, SAMPLES, n)) < random.choice([0.2, 0.5])
    return (there * random.integers(1, most + 1, there.shape)).astype(np.uint8)


def _xylo(chip: Chip, random: np.random.Generator) -> Case:
    assert isinstance(chip, XyloChip)
    sizes = _sizes(random)
    at = len(sizes) > 2 or bool(random.integers(2))
    layers = [
        Layer(
            weights=_sparse(random, -60, 60, (n, m)),
            bias=random.integers(-20, 21, n) * random.integers(0, 2),
            threshold=random.integers(1, random.choice([20, 100]), n),
            start=np.zeros(n, dtype=np.int64),
            at_threshold=at,
            subtracts=True,
            forgets=True,
            multi=chip.spikes.output if k == len(sizes) - 2 else chip.spikes.hidden,
        )
        for k, (m, n) in enumerate(pairwise(sizes))
    ]
    return _finished(random, layers, _events(random, sizes[0], int(random.choice([1, 3]))))


def _reckon(chip: Chip, random: np.random.Generator) -> Case:
    assert isinstance(chip, ReckonChip)
    at, subtracts, starts = bool(random.integers(2)), bool(random.integers(2)), bool(random.integers(2))
    sizes = _sizes(random)
    low, high = chip.ranges.weight
    layers = []
    for m, n in pairwise(sizes):
        threshold = random.integers(1, random.choice([40, 300]), n)
        layers.append(
            Layer(
                weights=_sparse(random, low + 1, high, (n, m)),
                bias=random.integers(-20, 21, n) * random.integers(0, 2),
                threshold=threshold,
                start=random.integers(-30, threshold) * starts,
                at_threshold=at,
                subtracts=subtracts,
            )
        )
    return _finished(random, layers, _events(random, sizes[0]))


def _paicore(chip: Chip, random: np.random.Generator) -> Case:
    assert isinstance(chip, PaicoreChip)
    at, subtracts, starts = bool(random.integers(2)), bool(random.integers(2)), bool(random.integers(2))
    floor = -int(random.integers(1, 40)) if random.integers(2) else None
    sizes, layers = _sizes(random), []
    for m, n in pairwise(sizes):
        threshold = random.integers(1, random.choice([40, 300]), n)
        layers.append(
            Layer(
                weights=_sparse(random, -127, 127, (n, m)),
                bias=random.integers(-20, 21, n) * random.integers(0, 2),
                threshold=threshold,
                start=random.integers(-30, threshold) * (starts and floor is None),
                at_threshold=at,
                subtracts=subtracts,
                floor=floor,
            )
        )
    return _finished(random, layers, _events(random, sizes[0]))


def _speck(chip: Chip, random: np.random.Generator) -> Case:
    assert isinstance(chip, SpeckChip)
    at, subtracts = bool(random.integers(2)), bool(random.integers(2))
    multi = None if at and random.integers(2) else 1  # by `>`, two thresholds exactly are one spike
    low, high = chip.ranges.weight
    sizes = _sizes(random)
    layers = []
    starts = bool(random.integers(2))
    floor = -int(random.integers(1, 40)) if random.integers(2) else None
    for m, n in pairwise(sizes):
        top = int(random.integers(1, random.choice([10, 60, 500]))) * 4
        parts = random.choice([1, 1, 2, 4], n) if floor is None else np.ones(n, dtype=np.int64)
        parts[0] = 1
        weights = _sparse(random, low, high, (n, m))
        weights = np.where(parts[:, None] > 1, weights // 8, weights)
        threshold = top // parts
        layers.append(
            Layer(
                weights=weights,
                bias=random.integers(-20, 21, n) * random.integers(0, 2),
                threshold=threshold,
                start=np.minimum(random.integers(-30, 30, n), threshold - 1)
                * (starts and floor is None and (subtracts or multi == 1)),
                at_threshold=at,
                subtracts=subtracts,
                multi=multi,
                floor=floor,
            )
        )
    return _finished(random, layers, _events(random, sizes[0], int(random.choice([1, 3]))))


def _ranc(chip: Chip, random: np.random.Generator) -> Case:
    assert isinstance(chip, RancChip)
    at, subtracts, starts = bool(random.integers(2)), bool(random.integers(2)), bool(random.integers(2))
    most, high = min(300, (1 << chip.bits.threshold - 1) - 1), (1 << chip.bits.potential - 1) - 1
    sizes = _sizes(random)
    layers = []
    for m, n in pairwise(sizes):
        weights = _sparse(random, -8, 7, (n, m)) * random.integers(1, 4, (n, 1))
        bias = random.integers(-10, 11, n) * random.integers(0, 2)
        # What a step may bring, at most, must not take a potential out of its register.
        up = np.maximum(weights, 0).sum(axis=1) + np.maximum(bias, 0)
        down = np.maximum(-weights, 0).sum(axis=1) + np.maximum(-bias, 0)
        room = np.minimum((high - up) // (2 if subtracts else 1), high - down)
        threshold = np.minimum(random.integers(1, random.choice([10, 60, most]), n), room)
        bias = np.maximum(bias, 1 - threshold)
        layers.append(
            Layer(
                weights=weights,
                bias=bias,
                threshold=threshold,
                start=np.minimum(random.integers(-30, 30, n), threshold - 1) * starts,
                at_threshold=at,
                subtracts=subtracts,
            )
        )
    return _finished(random, layers, _events(random, sizes[0]))


def _odin(chip: Chip, random: np.random.Generator) -> Case:
    """A step brings each neuron one event at most: the chip compares after every event, not after a step's sum."""
    assert isinstance(chip, OdinChip)
    signed = chip.ranges.state[0] < 0
    at, starts = bool(random.integers(2)), bool(random.integers(2))
    sizes, layers = _sizes(random), []
    low, high = (
        (chip.ranges.weight[0], chip.ranges.weight[1])
        if signed
        else (-chip.ranges.weight[1], chip.ranges.weight[1])
    )
    floor = None if signed else 0
    for k, (m, n) in enumerate(pairwise(sizes)):
        weights = _sparse(random, low, high, (n, m))
        if k:
            weights = weights * (np.arange(m)[None, :] == random.integers(0, m, n)[:, None])
            weights[:, :] = np.where(weights.any(), weights, np.eye(n, m, dtype=np.int64))
        threshold = random.integers(1, random.choice([6, 12, 60]), n)
        layers.append(
            Layer(
                weights=weights,
                bias=np.zeros(n, dtype=np.int64),
                threshold=threshold,
                start=np.clip(random.integers(-30 if signed else 0, 30, n), None, threshold - 1)
                * starts
                * signed,
                at_threshold=at,
                subtracts=False,
                floor=floor,
            )
        )
    n = sizes[0]
    which = random.integers(0, n + 1, (STEPS, SAMPLES))
    events = (which[:, :, None] == np.arange(n)).astype(np.uint8)
    return _finished(random, layers, events)


_FAMILIES: Mapping[str, Callable[[Chip, np.random.Generator], Case]] = {
    "loihi": _loihi,
    "loihi2": _loihi2,
    "spinnaker": _spinnaker,
    "xylo": _xylo,
    "speck": _speck,
    "paicore": _paicore,
    "ranc": _ranc,
    "reckon": _reckon,
    "odin": _odin,
}
