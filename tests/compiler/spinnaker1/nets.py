"""Small networks for SpiNNaker 1, and boards with few cores, so that little is much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from spikec.compiler.backends.spinnaker1.quantize import Quantized, quantize
from spikec.compiler.ir.network import Network, Neuron
from spikec.compiler.ir.timed_network import TimedNetwork
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.targets.spinnaker1.model import SpinnakerChip

from ...shipped import revision
from ..xylo.nets import network, with_biases

__all__ = ["network", "with_biases"]


def board(*, core: Mapping[str, Any] | None = None, **chip: Any) -> SpinnakerChip:
    """The shipped board with other numbers: of a core, and what the cores of a chip share."""
    base: SpinnakerChip = revision("spinnaker1")
    return msgspec.structs.replace(
        base,
        core=msgspec.structs.replace(base.core, **(core or {})),
        chip=msgspec.structs.replace(base.chip, **chip),
    )


def lif(n: int, beta: float = 0.9, *, bias: float = 0.0, start: float = 0.0, refractory: int = 0) -> Neuron:
    return Neuron(
        alpha=None,
        beta=np.full(n, beta),
        bias=np.full(n, bias),
        theta=np.ones(n),
        at_threshold=True,
        v_reset=np.zeros(n),
        v_start=np.full(n, start),
        refractory=refractory,
    )


def chain(sizes: Sequence[int], share: float = 1.0, seed: int = 0) -> Network:
    """LIF layers p0, p1, .. behind an input `in`, the last one read."""
    random = np.random.default_rng(seed)
    names = ["in", *(f"p{k}" for k in range(len(sizes) - 1))]
    links = []
    for k in range(1, len(sizes)):
        weight = random.normal(0.2, 0.5, (sizes[k], sizes[k - 1])) / np.sqrt(sizes[k - 1])
        links.append((names[k - 1], names[k], weight * (random.random(weight.shape) < share)))
    neurons = {name: lif(size) for name, size in zip(names[1:], sizes[1:], strict=True)}
    return network(sizes[0], neurons, links, names[-1])


def quantized(net: Network, target: SpinnakerChip | None = None) -> tuple[TimedNetwork, Quantized]:
    target = target or board()
    timed = on_chip_clock(net, target)
    return timed, quantize(timed, target, {})
