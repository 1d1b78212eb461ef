"""Convolutions are recognised from their synapses, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from spikec.sim.engines.delivery.kernel import Kernel, recognise

from ..effort import EXAMPLES

Synapses = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A convolution as its definition says it: weights (features, channels of a group, rows, columns)."""

    weights: np.ndarray
    before: tuple[int, int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int

    @property
    def after(self) -> tuple[int, int, int]:
        sides = [
            (size + 2 * p - d * (k - 1) - 1) // s + 1
            for size, p, d, k, s in zip(
                self.before[1:], self.padding, self.dilation, self.weights.shape[2:], self.stride, strict=True
            )
        ]
        return len(self.weights), sides[0], sides[1]

    def synapses(self) -> Synapses:
        """Every output, tap by tap."""
        found: list[tuple[int, int, int]] = []
        features, deep = self.weights.shape[:2]
        for f, row, column in np.ndindex(*self.after):
            first = f // (features // self.groups) * deep
            for c, ky, kx in np.ndindex(*self.weights.shape[1:]):
                y = row * self.stride[0] + ky * self.dilation[0] - self.padding[0]
                x = column * self.stride[1] + kx * self.dilation[1] - self.padding[1]
                weight = int(self.weights[f, c, ky, kx])
                if 0 <= y < self.before[1] and 0 <= x < self.before[2] and weight:
                    source = np.ravel_multi_index((first + c, y, x), self.before)
                    found.append(
                        (int(source), int(np.ravel_multi_index((f, row, column), self.after)), weight)
                    )
        source, post, weight = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return source, post, weight


def drawn(seed: int) -> Drawn:
    random = np.random.default_rng(seed)
    groups = int(random.choice([1, 1, 2, 3]))
    deep, each = random.integers(1, 4, 2).tolist()
    kernel, dilation = random.integers(1, 4, 2), random.integers(1, 3, 2)
    stride = random.integers(1, 4, 2)
    sides = dilation * (kernel - 1) + 1 + stride * random.integers(2, 5, 2) + random.integers(0, 2, 2)
    padding = [int(random.integers(0, k)) for k in kernel]
    weights = random.integers(-3, 4, (groups * each, deep, *kernel))
    weights[0, 0, 0, 0] = 1
    return Drawn(
        weights=weights,
        before=(groups * deep, *sides.tolist()),
        stride=(int(stride[0]), int(stride[1])),
        padding=(padding[0], padding[1]),
        dilation=(int(dilation[0]), int(dilation[1])),
        groups=groups,
    )


def synapses_of(kernel: Kernel) -> dict[tuple[int, int], int]:
    """What a kernel says, by the definition of a convolution over padded rows and columns."""
    found: dict[tuple[int, int], int] = {}
    deep, each = kernel.weights.shape[2], kernel.after[0] // kernel.groups
    for ky, kx, c, f in np.argwhere(kernel.weights).tolist():
        for row, column in np.ndindex(*kernel.after[1:]):
            y = row * kernel.stride[0] + ky * kernel.dilation[0] - kernel.padding[0][0]
            x = column * kernel.stride[1] + kx * kernel.dilation[1] - kernel.padding[1][0]
            if 0 <= y < kernel.before[1] and 0 <= x < kernel.before[2]:
                source = np.ravel_multi_index((f // each * deep + c, y, x), kernel.before)
                post = np.ravel_multi_index((f, row, column), kernel.after)
                found[int(source), int(post)] = int(kernel.weights[ky, kx, c, f])
    return found


def outputs(kernel: Kernel, axis: int) -> int:
    """Places that a convolution with these paddings gives."""
    room = kernel.before[1 + axis] + sum(kernel.padding[axis])
    reach = kernel.dilation[axis] * (kernel.weights.shape[axis] - 1) + 1
    return (room - reach) // kernel.stride[axis] + 1


def as_dict(synapses: Synapses) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for source, post, weight in zip(*(values.tolist() for values in synapses), strict=True):
        found[source, post] = found.get((source, post), 0) + weight
    return {pair: weight for pair, weight in found.items() if weight}


def shuffled(seed: int, synapses: Synapses) -> Synapses:
    """In another order, some in two parts, some of weight 0 between."""
    random = np.random.default_rng(seed)
    source, post, weight = synapses
    part = np.where(random.random(weight.size) < 0.3, random.integers(-5, 6, weight.size), 0)
    every = [np.concatenate([a, b]) for a, b in ((source, source), (post, post), (weight - part, part))]
    order = random.permutation(every[0].size)
    return every[0][order], every[1][order], every[2][order]


@pytest.mark.parametrize("seed", range(4 * EXAMPLES))
def test_a_convolution_is_recognised(seed: int) -> None:
    """Whatever kernel is found, it makes these synapses."""
    made = drawn(seed)
    synapses = made.synapses()
    kernel = recognise(*shuffled(seed, synapses), made.before, made.after)
    assert kernel is not None
    assert synapses_of(kernel) == as_dict(synapses)
    assert (kernel.after[0], outputs(kernel, 0), outputs(kernel, 1)) == made.after
    assert 0 < kernel.largest_sum <= np.abs(made.weights).sum(axis=(1, 2, 3)).max()


@pytest.mark.parametrize("seed", range(4 * EXAMPLES))
def test_one_synapse_else_is_none(seed: int) -> None:
    """Altered, missing or added: what is found then is another kernel with exactly these synapses, or none."""
    random, made = np.random.default_rng(seed), drawn(seed)
    source, post, weight = made.synapses()
    one = int(random.integers(source.size))
    pair = [int(random.integers(np.prod(shape))) for shape in (made.before, made.after)]
    altered = weight.copy()
    altered[one] += 9
    others = {
        "altered": (source, post, altered),
        "missing": tuple(np.delete(values, one) for values in (source, post, weight)),
        "added": (np.append(source, pair[0]), np.append(post, pair[1]), np.append(weight, 9)),
    }
    for what, synapses in others.items():
        kernel = recognise(*synapses, made.before, made.after)
        assert kernel is None or synapses_of(kernel) == as_dict(synapses), what


def test_each_synapse_of_a_kernel_counts() -> None:
    """Each one altered, and each one left out, of a padded layer of 3 x 3 weights, none of which is 0."""
    weights = np.arange(1, 37).reshape(2, 2, 3, 3)
    made = Drawn(weights=weights, before=(2, 5, 4), stride=(1, 1), padding=(1, 1), dilation=(1, 1), groups=1)
    source, post, weight = made.synapses()
    assert recognise(source, post, weight, made.before, made.after) is not None
    for k in range(weight.size):
        left = [np.delete(values, k) for values in (source, post, weight)]
        assert recognise(*left, made.before, made.after) is None
        altered = weight + (np.arange(weight.size) == k)
        assert recognise(source, post, altered, made.before, made.after) is None


def test_what_is_found() -> None:
    layer = Drawn(
        weights=np.arange(1, 25).reshape(2, 2, 3, 2), before=(4, 9, 8), stride=(2, 1), padding=(1, 0),
        dilation=(1, 2), groups=2,
    )  # fmt: skip
    kernel = recognise(*layer.synapses(), layer.before, layer.after)
    assert kernel is not None
    assert (kernel.stride, kernel.dilation, kernel.groups) == ((2, 1), (1, 2), 2)
    assert kernel.padding == ((1, 1), (0, 0))
    np.testing.assert_array_equal(kernel.weights, layer.weights.transpose(2, 3, 1, 0))
    pool = Drawn(
        weights=np.full((3, 1, 2, 2), 7), before=(3, 7, 6), stride=(2, 2), padding=(0, 0), dilation=(1, 1), groups=3
    )  # fmt: skip
    kernel = recognise(*pool.synapses(), pool.before, pool.after)
    assert kernel is not None
    assert kernel.groups == 3
    assert kernel.padding == ((0, -1), (0, 0))
    assert (kernel.weights == 7).all()


def test_columns_alone() -> None:
    made = Drawn(
        weights=np.arange(1, 13).reshape(2, 2, 1, 3), before=(2, 1, 9), stride=(1, 2), padding=(0, 1),
        dilation=(1, 1), groups=1,
    )  # fmt: skip
    kernel = recognise(*made.synapses(), (2, 9), (2, 5))
    assert kernel is not None
    assert kernel.stride == (1, 2)


def test_what_is_no_convolution() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert recognise(none, none, none, (1, 4, 4), (1, 4, 4)) is None
    one = np.array([3])
    assert recognise(one, one, one * 0, (1, 4, 4), (1, 4, 4)) is None
    assert recognise(one, one, one, (1, 2, 2, 2), (8,)) is None
    weights = np.arange(1, 13)
    assert recognise(np.tile(np.arange(4), 3), np.repeat(np.arange(3), 4), weights, (4,), (3,)) is None
    random = np.random.default_rng(0)
    few = random.integers(0, 4000, 500), random.integers(0, 4000, 500), np.ones(500, dtype=np.int64)
    assert recognise(*few, (4000,), (4000,)) is None, "a kernel of 16 million numbers"
