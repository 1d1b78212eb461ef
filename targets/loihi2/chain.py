"""Sees a graph of processes as the chain of layers that lava-dl's netx can load, or says why it is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .content import Connection, Content, Kernel, Lif
from .netx_weights import kept
from .weights import MANTISSA_BITS, held, sign_mode_of

BIAS_EXPONENT = 6
"""Of the biases of netx's neurons."""
MOST_DENSE = 1 << 26
"""Weights of a dense layer."""
Shape = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Neurons, and what they hear of the layer before: a kernel, or (n, sources) int64 weights with a delay for all, of
    each neuron or else of each source. recurrent: (n, n) int64, of themselves."""

    lif: Lif
    kernel: Kernel | None
    weights: np.ndarray
    delay: np.ndarray
    recurrent: np.ndarray | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """Layers, of which the first hears inputs of a shape: channels, rows, columns."""

    layers: tuple[Layer, ...]
    shape: Shape


def grid(shape: tuple[int, ...]) -> Shape | None:
    """A shape as channels, rows, columns; None where it has more axes."""
    if not 1 <= len(shape) <= 3:
        return None
    channels, *sides = shape
    rows, columns = [1] * (2 - len(sides)) + sides
    return channels, rows, columns


def chain(content: Content) -> Chain | str:
    """The layers of a graph, or why netx cannot hold it, in words."""
    if len(content.ports) != 1 or not content.neurons:
        return f"it loads networks with one input; this one has {len(content.ports)}"
    shape = grid(content.ports[0].shape)
    if shape is None:
        return "it loads inputs of three axes at most"
    if (problem := _reads(content)) is not None:
        return problem
    before, sent, layers = content.ports[0].name, shape, list[Layer]()
    for lif in content.neurons:
        heard = [c for c in content.connections if c.post == lif.name]
        outer = [c for c in heard if c.pre == before]
        inner = [c for c in heard if c.pre == lif.name]
        if len(outer) != 1 or len(inner) > 1 or len(heard) != len(outer) + len(inner):
            return f"it loads chains of layers with one connection each; {lif.name} hears something else"
        made = _layer(lif, outer[0], inner[0] if inner else None, sent)
        if isinstance(made, str):
            return f"{lif.name}: {made}"
        layers.append(made)
        before, sent = lif.name, (lif.size, 1, 1) if made.kernel is None else made.kernel.after
    return Chain(layers=tuple(layers), shape=shape)


def _reads(content: Content) -> str | None:
    last = content.neurons[-1]
    lines = [(read.process, read.membrane, read.element.tolist()) for read in content.reads]
    if lines != [(last.name, False, list(range(last.size)))]:
        return "its output is the spikes of the last layer, all and in order"
    return None


def _layer(lif: Lif, outer: Connection, inner: Connection | None, before: Shape) -> Layer | str:
    if (lif.bias_exp != BIAS_EXPONENT).any():
        return f"its biases have the exponent {BIAS_EXPONENT}"
    if any(c.weight_exp != 0 for c in (outer, *([inner] if inner else ()))):
        return "its weights have no exponent"
    kernel = outer.kernel if inner is None else None
    if kernel is not None:
        return _of_kernel(lif, outer, kernel, before)
    return _dense(lif, outer, inner, before)


def _of_kernel(lif: Lif, outer: Connection, kernel: Kernel, before: Shape) -> Layer | str:
    bias = lif.bias_mant.reshape(kernel.after[0], -1)
    if kernel.before != before or (bias != bias[:, :1]).any():
        return "its convolutions have one bias a channel, and hear what the layer before sends"
    sign = sign_mode_of(kernel.weights)
    if not kernel.weights.any() or not np.array_equal(
        held(kernel.weights, MANTISSA_BITS, sign), kernel.weights
    ):
        return "its weights have 8 bits, and are not all 0"
    none = np.zeros(0, dtype=np.int64)
    return Layer(lif=lif, kernel=kernel, weights=none, delay=none, recurrent=None)


def _dense(lif: Lif, outer: Connection, inner: Connection | None, before: Shape) -> Layer | str:
    n, sources = lif.size, before[0] * before[1] * before[2]
    if n * sources > MOST_DENSE or n * n > MOST_DENSE:
        return f"as a dense layer it would have more than {MOST_DENSE} weights"
    matrices = [_matrix(outer, (n, sources)), *([_matrix(inner, (n, n))] if inner else [])]
    legal = all(np.array_equal(held(m, MANTISSA_BITS, sign_mode_of(m)), m) for m in matrices)
    if not legal or not kept(matrices):
        return "its weights have 8 bits, and are not all 0"
    delay = _delay(outer, matrices[0].shape)
    if delay is None or (inner is not None and (delay.any() or inner.synapses.delay.any())):
        return "its delays are one for each source or each neuron, and none where a layer hears itself"
    recurrent = matrices[1] if inner else None
    return Layer(lif=lif, kernel=None, weights=matrices[0], delay=delay, recurrent=recurrent)


def _matrix(c: Connection, shape: tuple[int, int]) -> np.ndarray:
    """What each synapse adds."""
    flat, found = c.synapses.flat(), np.zeros(shape, dtype=np.int64)
    found[flat.post, flat.source] = held(flat.weight.astype(np.int64), c.num_weight_bits, c.sign_mode)
    return found


def _delay(c: Connection, shape: tuple[int, int]) -> np.ndarray | None:
    """A number for all, for each neuron or for each source, whichever says the same with fewest; else None. Where there
    are as many neurons as sources, netx takes a list for that of the neurons."""
    flat = c.synapses.flat()
    if np.unique(flat.delay).size <= 1:
        return np.array(int(flat.delay.max(initial=0)), dtype=np.int64)
    for ends, size in ((flat.post, shape[0]), (flat.source, shape[1])):
        found = np.zeros(size, dtype=np.int64)
        found[ends] = flat.delay
        if np.array_equal(found[ends], flat.delay):
            return found
        if shape[0] == shape[1]:
            return None
    return None
