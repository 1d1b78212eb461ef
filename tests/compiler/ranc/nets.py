"""Small float networks for the grid, and chips with small cores, so that little is much."""

from __future__ import annotations

import msgspec
import numpy as np
from spikec.compiler.backends.ranc.quantize import Quantized, quantize
from spikec.compiler.ir.network import Network, Neuron
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.targets.ranc.model import RancChip

from ...shipped import revision
from ..xylo.nets import network, with_biases


def chip(name: str = "ranc", axons: int = 256, neurons: int = 256) -> RancChip:
    base = revision(name)
    core = msgspec.structs.replace(base.core, axons=axons, neurons=neurons)
    return msgspec.structs.replace(base, core=core)


def fire(n: int, *, reset: str = "subtract", theta: float = 1.0, bias: float = 0.0) -> Neuron:
    return Neuron(
        alpha=None,
        beta=np.ones(n),
        bias=np.full(n, bias),
        theta=np.full(n, theta),
        at_threshold=True,
        reset="subtract" if reset == "subtract" else "to_value",
        v_reset=np.zeros(n),
        v_start=np.zeros(n),
    )


def any_network(seed: int, largest: int = 9) -> Network:
    """1 to 3 populations in a row, with delays, loops, skips, constants that start at any step, read anywhere."""
    random = np.random.default_rng(seed)
    sizes = [int(n) for n in random.integers(1, largest, random.integers(1, 4))]
    names = [f"p{k}" for k in range(len(sizes))]
    n_in = int(random.integers(1, 6))
    read = int(random.integers(len(sizes)))
    neurons = {
        n: fire(
            s, reset=str(random.choice(["subtract", "zero"])), bias=float(random.choice([0.0, 0.05, -0.02]))
        )
        for n, s in zip(names, sizes, strict=True)
    }

    def weights(post: int, pre: int) -> np.ndarray:
        return random.normal(0.1, 0.5, (post, pre)) * (random.random((post, pre)) < 0.8)

    links: list = [("in", names[0], weights(sizes[0], n_in), int(random.integers(0, 3)))]
    links += [(names[k - 1], names[k], weights(sizes[k], sizes[k - 1])) for k in range(1, len(sizes))]
    for k, pre in enumerate(names):
        if random.random() < 0.3:
            j = int(random.integers(len(sizes)))
            links.append((pre, names[j], weights(sizes[j], sizes[k]), int(random.integers(1, 4))))
    net = network(n_in, neurons, links, names[read])
    starts = {
        n: {int(random.integers(0, 4)): random.normal(0, 0.1, s)} for n, s in zip(names, sizes, strict=True)
    }
    return with_biases(net, {n: v for n, v in starts.items() if random.random() < 0.4})


def quantized(net: Network, on: RancChip, weight_bits: int = 8) -> Quantized:
    return quantize(on_chip_clock(net, on), on, weight_bits=weight_bits)


def layers(*sizes: int, seed: int = 0, spread: float = 2.0) -> Network:
    """Dense layers, one after the other."""
    random = np.random.default_rng(seed)
    names = [f"p{k}" for k in range(len(sizes) - 1)]
    links = [
        (pre, post, random.normal(0, spread / np.sqrt(a), (b, a)))
        for pre, post, a, b in zip(["in", *names], names, sizes, sizes[1:], strict=False)
    ]
    return network(sizes[0], {n: fire(b) for n, b in zip(names, sizes[1:], strict=True)}, links, names[-1])
