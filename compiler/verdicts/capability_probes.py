"""Makes small networks that show what a chip does with each kind of node: one node of the kind, and what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ...sim.dialect.dialect import Dialect, NodeDialect
from ...sim.nir.raw_graph import RawGraph, RawNode

NEURONS = 4
TAU_STEPS = 7.3
"""No whole number and no power of two: what a chip rounds, it has to round here."""

Nodes = Mapping[str, RawNode]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A network with a node of `kind` in the sense `variant`. highest_count: of events of one input in a step."""

    kind: str
    variant: str
    graph: RawGraph
    reading: NodeDialect
    highest_count: int = 1

    @property
    def dialect(self) -> Dialect:
        """The probe's reading as a dialect with steps of 1 s."""
        return Dialect(name="probe", dt_seconds=1.0, default=self.reading)


_PLAIN = NodeDialect(fire=">=", if_gain="one", gain="one", li_gain="one", syn_gain="one")
READINGS: tuple[tuple[str, NodeDialect], ...] = (
    ("reset to a value", _PLAIN),
    ("reset by subtraction, one spike a step", replace(_PLAIN, reset="subtract")),
    ("reset by subtraction, several spikes a step", replace(_PLAIN, reset="subtract", multi=None)),
    (
        "reset by subtraction a step later",
        replace(_PLAIN, reset="subtract", reset_phase="next_after_decay"),
    ),
    ("refractory for 2 steps", replace(_PLAIN, refractory=2)),
)

_FILLED = {"r": 1.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": 1.0, "threshold": 1.0, "w_in": 1.0}
_STATE = {
    "IF": ("r", "v_threshold", "v_reset"),
    "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    "CubaLIF": ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
    "I": ("r",),
    "LI": ("tau", "r", "v_leak"),
    "CubaLI": ("tau_syn", "tau_mem", "r", "v_leak", "w_in"),
    "Threshold": ("threshold",),
}


def neuron_probes() -> tuple[Probe, ...]:
    """Of nodes that hold a state, behind one layer of weights and before another."""
    resetting = [
        Probe(kind=kind, variant=text, graph=_layers(_state(kind)), reading=reading)
        for kind in ("IF", "LIF", "CubaLIF")
        for text, reading in READINGS
    ]
    free = [
        Probe(kind="Threshold", variant=f"behind {kind}, no reset", graph=_free(kind), reading=_PLAIN)
        for kind in ("I", "LI", "CubaLI")
    ]
    read_out = [
        Probe(kind=kind, variant="as read-out", graph=_read_out(kind), reading=_PLAIN)
        for kind in ("I", "LI", "CubaLI")
    ]
    return (*resetting, *free, *read_out)


def link_probes(kind: str, reading: NodeDialect) -> tuple[Probe, ...]:
    """Of all that is between neurons, with neurons of `kind`, read as `reading`."""
    n = NEURONS
    weight = _weights(n, n)
    image, kernel = (1, n, n), _weights(2, 1, 3, 3)
    pool = {"kernel_size": np.array([2, 2]), "stride": np.array([2, 2]), "padding": np.array([0, 0])}
    flat = RawNode(kind="Flatten", params={"start_dim": np.array(0), "end_dim": np.array(2)})
    neuron = _state(kind)
    made: tuple[tuple[str, str, tuple[int, ...], Nodes], ...] = (
        ("Linear", "", (n,), {"w": _node("Linear", weight=weight)}),
        ("Affine", "a bias", (n,), {"w": _node("Affine", weight=weight, bias=np.full(n, 0.07))}),
        (
            "Scale",
            "",
            (n,),
            {"s": _node("Scale", scale=np.full(n, 0.7)), "w": _node("Linear", weight=weight)},
        ),
        ("Conv1d", "", (1, n), {"c": _conv("Conv1d", kernel[..., 0])}),
        ("Conv2d", "", image, {"c": _conv("Conv2d", kernel)}),
        (
            "SumPool2d",
            "",
            image,
            {"p": RawNode(kind="SumPool2d", params=pool), "c": _conv("Conv2d", kernel[..., :2, :2])},
        ),
        (
            "AvgPool2d",
            "",
            image,
            {"p": RawNode(kind="AvgPool2d", params=pool), "c": _conv("Conv2d", kernel[..., :2, :2])},
        ),
        ("Flatten", "", (1, 2, 2), {"f": flat, "w": _node("Linear", weight=weight)}),
        (
            "Delay",
            "2 steps",
            (n,),
            {"d": _node("Delay", delay=np.full(n, 2.0)), "w": _node("Linear", weight=weight)},
        ),
    )
    probes = [
        Probe(kind=name, variant=variant, graph=_row(shape, {**nodes, "n": _shaped(neuron, _after(name, n))}),
              reading=reading)
        for name, variant, shape, nodes in made
    ]  # fmt: skip
    loop = _layers(neuron)
    back = RawGraph(
        nodes={**loop.nodes, "back": _node("Linear", weight=weight)},
        edges=(*loop.edges, ("n1", "back"), ("back", "n1")),
    )
    return (
        *probes,
        Probe(kind="loop", variant="neurons onto themselves", graph=back, reading=reading),
        Probe(
            kind="Input",
            variant="3 events in a step",
            graph=_layers(neuron),
            reading=reading,
            highest_count=3,
        ),
    )


def _after(name: str, n: int) -> tuple[int, ...]:
    """Shape of what arrives at the neurons behind the node."""
    shapes = {
        "Conv1d": (2, n - 2),
        "Conv2d": (2, n - 2, n - 2),
        "SumPool2d": (2, 1, 1),
        "AvgPool2d": (2, 1, 1),
    }
    return shapes.get(name, (n,))


def _state(kind: str, shape: tuple[int, ...] = (NEURONS,)) -> RawNode:
    values = {**_FILLED, "tau": TAU_STEPS, "tau_mem": TAU_STEPS, "tau_syn": TAU_STEPS / 2}
    return RawNode(kind=kind, params={name: np.full(shape, values[name]) for name in _STATE[kind]})


def _shaped(node: RawNode, shape: tuple[int, ...]) -> RawNode:
    return _state(node.kind, shape)


def _weights(*shape: int) -> np.ndarray:
    """Of both signs and many sizes, below half a threshold."""
    k = np.arange(int(np.prod(shape)))
    return ((k * 7 % 11 - 4) / 16).reshape(shape).astype(np.float32)


def _node(kind: str, **params: np.ndarray) -> RawNode:
    return RawNode(kind=kind, params={name: value.astype(np.float32) for name, value in params.items()})


def _conv(kind: str, weight: np.ndarray) -> RawNode:
    rank = weight.ndim - 2
    ones, zeros = np.ones(rank, dtype=np.int64), np.zeros(rank, dtype=np.int64)
    if rank == 1:
        ones, zeros = ones[0], zeros[0]
    return RawNode(
        kind=kind,
        params={"weight": weight, "bias": np.zeros(len(weight), dtype=np.float32), "stride": ones,
                "padding": zeros, "dilation": ones, "groups": np.array(1)},
    )  # fmt: skip


def _row(shape: tuple[int, ...], nodes: Nodes) -> RawGraph:
    """Nodes one after the other, between an Input of `shape` and an Output."""
    last = list(nodes.values())[-1]
    size = np.shape(next(iter(last.params.values())))
    ends = {"input": _port("Input", shape), "output": _port("Output", size)}
    names = ["input", *nodes, "output"]
    return RawGraph(nodes=dict(sorted({**ends, **nodes}.items())), edges=tuple(pairwise(names)))


def _port(kind: str, shape: tuple[int, ...]) -> RawNode:
    return RawNode(kind=kind, params={"shape": np.array(shape)})


def _layers(neuron: RawNode) -> RawGraph:
    first, second = (_node("Linear", weight=_weights(NEURONS, NEURONS) * gain) for gain in (1.0, 0.75))
    return _row((NEURONS,), {"w1": first, "n1": neuron, "w2": second, "n2": neuron})


def _free(kind: str) -> RawGraph:
    weight = _node("Linear", weight=_weights(NEURONS, NEURONS))
    return _row((NEURONS,), {"w1": weight, "m1": _state(kind), "n1": _state("Threshold")})


def _read_out(kind: str) -> RawGraph:
    weight = _node("Linear", weight=_weights(NEURONS, NEURONS))
    return _row((NEURONS,), {"w1": weight, "m1": _state(kind)})
