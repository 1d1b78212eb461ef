"""Random networks for PAICORE 2.5, and the chip's run of what is written for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import msgspec
import numpy as np
from scipy import sparse
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.backends.paicore25.quantize import Quantized, quantize
from spikec.compiler.ir.network import FlatNode, Network, Neuron, Population, Projection
from spikec.compiler.ir.stages import Emitted, LoadedFiles, Placed
from spikec.compiler.ir.timed_network import TimedNetwork
from spikec.compiler.options import Options
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.targets import load
from spikec.targets.paicore25.configuration import PaicoreConfiguration
from spikec.targets.paicore25.model import PaicoreChip

CHIP = cast("PaicoreChip", load("paicore25"))


def chip(**core: Any) -> PaicoreChip:
    """The shipped chip with other numbers of a core."""
    return msgspec.structs.replace(CHIP, core=msgspec.structs.replace(CHIP.core, **core))


def neuron(n: int, beta: float | np.ndarray = 0.5, **more: Any) -> Neuron:
    """A LIF of threshold 1 that is reset to 0, unless told otherwise."""
    theta = more.pop("theta", 1.0)
    return Neuron(
        alpha=more.pop("alpha", None),
        beta=np.broadcast_to(beta, n).astype(np.float64),
        bias=np.broadcast_to(more.pop("bias", 0.0), n).astype(np.float64),
        theta=None if theta is None else np.broadcast_to(theta, n).astype(np.float64),
        at_threshold=more.pop("at_threshold", True),
        reset=more.pop("reset", "none" if theta is None else "to_value"),
        **more,
    )


def network(
    inputs: Mapping[str, tuple[int, ...]],
    neurons: Mapping[str, tuple[tuple[int, ...], Neuron]],
    links: Sequence[tuple[str, str, Mapping[int, np.ndarray], tuple[str, ...]]],
    outputs: Sequence[str],
    nodes: Mapping[str, FlatNode] | None = None,
) -> Network:
    """Links: source, population, (post, pre) weights by delay, nodes on the way. Outputs: populations that are read."""
    found = [
        Projection(pre=pre, post=post, taps={d: sparse.csr_array(m) for d, m in taps.items()}, path=path)
        for pre, post, taps, path in links
    ]
    for name in outputs:
        size = neurons[name][1].beta.size
        found.append(Projection(pre=name, post=f"out {name}", taps={0: sparse.csr_array(np.eye(size))}))
    return Network(
        inputs=dict(sorted(inputs.items())),
        outputs={f"out {name}": neurons[name][0] for name in sorted(outputs)},
        populations={
            name: Population(name=name, shape=shape, neuron=value, paths=(name,))
            for name, (shape, value) in sorted(neurons.items())
        },
        projections=tuple(sorted(found, key=lambda p: (p.pre, p.post))),
        dt_seconds=1e-3,
        stateless=nodes or {},
    )


def convolution(
    weight: np.ndarray, side: tuple[int, int], stride: int, padding: int
) -> tuple[np.ndarray, tuple[int, int, int]]:
    """(post, pre) matrix of a convolution of (out, in, k, k) weights over a map, and the shape that it makes; one
    product after the other."""
    out, channels, k, _ = weight.shape
    rows, columns = ((n + 2 * padding - k) // stride + 1 for n in side)
    matrix = np.zeros((out, rows, columns, channels, *side))
    for y in range(rows):
        for x in range(columns):
            for a in range(k):
                for b in range(k):
                    at, to = y * stride + a - padding, x * stride + b - padding
                    if 0 <= at < side[0] and 0 <= to < side[1]:
                        matrix[:, y, x, :, at, to] = weight[:, :, a, b]
    return matrix.reshape(out * rows * columns, -1), (out, rows, columns)


def conv_node(path: str, stride: int) -> FlatNode:
    """What a link goes through, as far as this chip's compiler reads it."""
    return FlatNode(path=path, kind="Conv2d", params={"stride": (stride, stride)})


@dataclass(frozen=True, kw_only=True)
class Made:
    """A network on the chip, from its integers to the files that are loaded."""

    timed: TimedNetwork
    quantized: Quantized
    placed: Placed
    emitted: Emitted
    loaded: LoadedFiles[PaicoreConfiguration]
    target: PaicoreChip

    @property
    def configuration(self) -> PaicoreConfiguration:
        """What the files hold."""
        return self.loaded.configuration


def made(net: Network, target: PaicoreChip = CHIP, *, bits: int = 8, wide: bool = False) -> Made:
    """Compile a network."""
    timed = on_chip_clock(net, target)
    quantized = quantize(timed, target, weight_bits=bits, wide=wide, consent=True, tuning=None)
    backend: Any = backend_of(target)
    placed: Placed = backend.place(quantized.network, target, Options(), {}, None)
    emitted: Emitted = backend.emit(quantized.network, placed.placement, target)
    loaded = backend.read_files(target, emitted.files)
    return Made(
        timed=timed,
        quantized=quantized,
        placed=placed,
        emitted=emitted,
        loaded=loaded,
        target=target,
    )


def random_network(seed: int) -> Network:
    """Up to three populations of LIF, IF or CubaLIF, in a chain with a way around, perhaps a loop; or maps."""
    random = np.random.default_rng(seed)
    return _maps(random) if seed % 3 == 0 else _chain(random)


def _drawn(random: np.random.Generator, n: int, *, alike: bool = False) -> Neuron:
    size = 1 if alike else n
    beta = random.choice([0.5, 0.75, 0.875, 0.9, 1.0, 0.0], size if random.random() < 0.3 else 1)
    reset = str(random.choice(["to_value", "subtract", "none"], p=[0.45, 0.45, 0.1]))
    cuba = not alike and random.random() < 0.25
    return neuron(
        n,
        beta,
        alpha=np.full(n, random.choice([0.5, 0.8])) if cuba else None,
        bias=random.normal(0, 0.1, size) * random.integers(2),
        at_threshold=bool(random.integers(2)),
        reset=reset,
        reset_after_decay=reset == "subtract" and bool(random.integers(2)),
        v_start=np.broadcast_to(random.normal(0, 0.5, size), n).copy() if random.random() < 0.3 else None,
        v_min=np.full(n, -0.7) if random.random() < 0.3 else None,
    )


def _chain(random: np.random.Generator) -> Network:
    sizes = [int(n) for n in random.integers(3, 30, random.integers(2, 5))]
    names = ["in", *(f"p{k}" for k in range(1, len(sizes)))]
    neurons = {name: ((size,), _drawn(random, size)) for name, size in zip(names[1:], sizes[1:], strict=True)}
    if random.random() < 0.3:
        last = neurons[names[-1]][1]
        neurons[names[-1]] = ((sizes[-1],), replace(last, theta=None, reset="none", reset_after_decay=False))

    def weights(post: int, pre: int) -> np.ndarray:
        return random.normal(0.1, 0.6, (sizes[post], sizes[pre])) * (
            random.random((sizes[post], sizes[pre])) < 0.6
        )

    links = [
        (names[k - 1], names[k], {int(random.choice([0, 0, 0, 2])): weights(k, k - 1)}, ())
        for k in range(1, len(sizes))
    ]
    if len(sizes) > 2:
        links.append((names[0], names[2], {0: weights(2, 0), 3: weights(2, 0)}, ()))
    spiking = [k for k in range(1, len(sizes)) if neurons[names[k]][1].theta is not None]
    if spiking and random.random() < 0.5:
        links.append((names[spiking[0]], names[spiking[0]], {2: 0.3 * weights(spiking[0], spiking[0])}, ()))
    read = [names[-1], *(names[k] for k in spiking[:1])]
    return network({"in": (sizes[0],)}, neurons, links, sorted({*read}))


def _maps(random: np.random.Generator) -> Network:
    channels, side = int(random.integers(1, 4)), (int(random.integers(4, 9)), int(random.integers(4, 9)))
    stride, padding, k = int(random.choice([1, 1, 2])), int(random.integers(0, 2)), int(random.integers(1, 4))
    first, shape = convolution(
        random.normal(0.2, 0.5, (int(random.integers(1, 5)), channels, k, k)), side, stride, padding
    )
    second, behind = convolution(random.normal(0.2, 0.5, (3, shape[0], 1, 1)), shape[1:], 1, 0)
    last = int(random.integers(2, 6))

    def drawn(shape: tuple[int, int, int]) -> Neuron:
        one, n = _drawn(random, shape[0], alike=True), shape[1] * shape[2]

        def each(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else np.repeat(values, n)

        return replace(
            one,
            beta=np.repeat(one.beta, n),
            bias=np.repeat(one.bias, n),
            theta=each(one.theta),
            v_start=each(one.v_start),
            v_min=each(one.v_min),
        )

    dense = random.normal(0, 0.4, (last, int(np.prod(behind))))
    return network(
        {"in": (channels, *side)},
        {"a": (shape, drawn(shape)), "b": (behind, drawn(behind)), "c": ((last,), _drawn(random, last))},
        [
            ("in", "a", {0: first}, ("conv a",)),
            ("a", "b", {0: second}, ("conv b",)),
            ("b", "c", {0: dense}, ("flatten",)),
        ],
        ["a", "c"],
        {
            "conv a": conv_node("conv a", stride),
            "conv b": conv_node("conv b", 1),
            "flatten": FlatNode(path="flatten", kind="Flatten", params={}),
        },
    )
