"""Lists the synapses of a kernel, one by one."""

from __future__ import annotations

from itertools import product

import numpy as np

from ..machines.synapse_rows import SynapseRows, as_rows
from .content import Kernel

LARGEST_SUM = (1 << 23) - 1
"""Of a convolution: Lava wraps a larger one to 24 bits, which the machine does not."""


def synapses_of(kernel: Kernel) -> SynapseRows:
    """The synapses of a kernel in order of their sources; sources and neurons are counted row-major over channels, rows
    and columns. Lava turns the kernel round before it convolves, so that each weight is where torch has it."""
    features, deep = kernel.weights.shape[:2]
    feature, within = np.nonzero(np.ones((features, deep), dtype=np.bool_))
    channel = feature // (features // kernel.groups) * deep + within
    source, post, weight = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for tap in product(range(kernel.weights.shape[2]), range(kernel.weights.shape[3])):
        places = [_seen(kernel, axis, tap[axis]) for axis in (0, 1)]
        (to_y, of_y), (to_x, of_x) = places
        out = to_y[:, None] * kernel.after[2] + to_x
        seen = of_y[:, None] * kernel.before[2] + of_x
        size = kernel.after[1] * kernel.after[2], kernel.before[1] * kernel.before[2]
        post.append((feature[:, None] * size[0] + out.reshape(-1)).reshape(-1))
        source.append((channel[:, None] * size[1] + seen.reshape(-1)).reshape(-1))
        weight.append(np.repeat(kernel.weights[feature, within, tap[0], tap[1]], out.size))
    ends, codes = (np.concatenate(source), np.concatenate(post)), np.concatenate(weight)
    there = codes != 0
    order = np.lexsort((ends[1][there], ends[0][there]))
    return as_rows(*(values[there][order] for values in (*ends, codes)))


def _seen(kernel: Kernel, axis: int, tap: int) -> tuple[np.ndarray, np.ndarray]:
    """Along an axis, the places of the output to which a tap brings something, and the place that it sees there."""
    out = np.arange(kernel.after[1 + axis])
    seen = out * kernel.stride[axis] - kernel.padding[axis] + tap * kernel.dilation[axis]
    inside = (seen >= 0) & (seen < kernel.before[1 + axis])
    return out[inside], seen[inside]


def largest_sum(kernel: Kernel) -> int:
    """No sum of weights onto a neuron is larger."""
    return int(np.abs(kernel.weights).sum(axis=(1, 2, 3)).max(initial=0))
