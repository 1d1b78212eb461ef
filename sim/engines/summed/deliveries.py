"""What spikes bring to a stage in JAX: as a product with a matrix, as a convolution, or synapse by synapse.

Spikes are 0 or 1, and a sum of weights fits 32 bits. A product is exact in two ways: in float32, where sums stay below
2**24, which the processor is fastest with; and in bytes whose sums have 32 bits, for other devices, where a weight is
as many bytes as it needs. A convolution is the product of windows that are cut out here: libraries that convolve may
transform what they multiply, and round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from ..delivery.kernel import Kernel
from ..delivery.sum import Group
from ..devices import Devices
from ..padding import padded
from .places import Convolution, Places, convolutions

if TYPE_CHECKING:
    import jax
    from jax.sharding import PartitionSpec

ALIGNED = 16
"""Terms of a product of bytes: a multiple of it, as devices multiply so many at once. It is not for speed alone: on a
GPU, JAX 0.11 doubles every product of bytes whose terms are no multiple of 4."""


class Matrix(NamedTuple):
    """One product; arrays: the weights as `weights_of` keeps them, (sources, neurons)."""


class Listed(NamedTuple):
    """Synapses one by one, so many, rounded up; arrays: source, post, weight int32, sorted by post."""

    synapses: int


class Window(NamedTuple):
    """A convolution; arrays: its weights, and the places of what it takes and of what it gives, where these are not
    side by side. Weights: as `weights_of` keeps them, (taps * channels, features); (taps, features) int32 where each
    feature sees one channel alone.

    before, after: rows, columns, channels. taps: down and across. first, to: the first place where they are side by
    side, else -1."""

    before: tuple[int, int, int]
    after: tuple[int, int, int]
    taps: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    alone: bool
    first: int
    to: int


Form: TypeAlias = Matrix | Listed | Window
"""What compiled code depends on."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Some of the synapses onto a stage, of one latency and onto one of its sums. bytes_a_step: what computing it
    fills for each step of a sample, beside its result."""

    latency: int
    onto: int
    form: Form
    arrays: tuple[np.ndarray, ...]
    bytes_a_step: int


def deliveries(
    group: Group, neurons: int, before: Places, after: Places, devices: Devices, *, as_bytes: bool
) -> list[Delivery]:
    """Say how the synapses of a group are delivered. neurons: of the stage, rounded up. before, after: where feature
    maps lie in the stage that it comes from, and in that which it goes to. as_bytes: how weights are kept."""
    if group.dense is not None:
        matrix = padded(group.dense, (devices.neurons(group.dense.shape[0]), neurons))
        weights = weights_of(matrix, as_bytes=as_bytes)
        each = 1 if as_bytes else 4
        return [
            Delivery(
                latency=group.latency,
                onto=group.onto,
                form=Matrix(),
                arrays=(weights,),
                bytes_a_step=each * weights.shape[-2],
            )
        ]
    found, left = convolutions(group, before, after)
    made = [_window(one, group, neurons, as_bytes=as_bytes) for one in found]
    return [*made, _listed(left, neurons, devices.neurons(left.post.size, 1))] if left.post.size else made


def along(form: Form, devices: Devices, *, as_bytes: bool) -> tuple[PartitionSpec, ...]:
    """Say how the arrays of a form are shared out: weights by the neurons or features that they lead to."""
    everywhere, last = devices.along(), devices.along(neurons=2 if as_bytes else 1)
    if isinstance(form, Matrix):
        return (last,)
    if isinstance(form, Listed):
        return (devices.along(neurons=0),) * 3
    whole = form.after[2] % devices.count == 0
    weights = everywhere if not whole else devices.along(neurons=1) if form.alone else last
    taken, given = [everywhere] * (form.first < 0), [devices.along(neurons=0)] * (form.to < 0)
    return weights, *taken, *given


def weights_of(matrix: np.ndarray, *, as_bytes: bool) -> np.ndarray:
    """Keep integers (sources, neurons) as float32, or as (bytes, sources, neurons) int8 that `multiplied` puts together
    again, with sources that weigh nothing up to a multiple of ALIGNED."""
    if not as_bytes:
        return matrix.astype(np.float32)
    rows, columns = matrix.shape
    left = padded(matrix.astype(np.int64), (-(-rows // ALIGNED) * ALIGNED, columns))
    found: list[np.ndarray] = []
    while not found or left.any():
        low = ((left + 128) & 255) - 128
        found.append(low.astype(np.int8))
        left = (left - low) >> 8
    return np.stack(found)


def _listed(group: Group, neurons: int, size: int) -> Delivery:
    """Synapses that are added, up to `size`, weigh 0 and come last."""
    room = (size,)
    post = padded(group.post, room, fill=neurons - 1)
    arrays = padded(group.source, room), post, padded(group.weight, room)
    return Delivery(
        latency=group.latency, onto=group.onto, form=Listed(room[0]), arrays=arrays, bytes_a_step=4 * room[0]
    )


def _window(found: Convolution, group: Group, neurons: int, *, as_bytes: bool) -> Delivery:
    kernel = found.kernel
    source, post = found.source.ravel(), found.post.ravel()
    first, to = _side_by_side(source), _side_by_side(post)
    alone = kernel.groups == kernel.before[0] > 1
    if alone:
        weights = kernel.weights.reshape(-1, kernel.after[0]).astype(np.int32)
    else:
        weights = weights_of(_of_all_channels(kernel).reshape(-1, kernel.after[0]), as_bytes=as_bytes)
    arrays = [weights]
    if first < 0:
        arrays.append(source.astype(np.int32))
    if to < 0:
        at = np.full(neurons, -1, dtype=np.int32)
        there = np.flatnonzero(post >= 0)
        at[post[there]] = there
        arrays.append(at)
    form = Window(
        before=(*kernel.before[1:], kernel.before[0]),
        after=(*kernel.after[1:], kernel.after[0]),
        taps=(kernel.weights.shape[0], kernel.weights.shape[1]),
        stride=kernel.stride,
        padding=kernel.padding,
        dilation=kernel.dilation,
        alone=alone,
        first=first,
        to=to,
    )
    seen = 0 if alone else weights.shape[-2] * weights.itemsize
    places = kernel.after[1] * kernel.after[2]
    filled = places * (seen + 4 * kernel.after[0])
    return Delivery(
        latency=group.latency, onto=group.onto, form=form, arrays=tuple(arrays), bytes_a_step=filled
    )


def _of_all_channels(kernel: Kernel) -> np.ndarray:
    """(rows, columns, channels, features): the weights of all groups, 0 between them."""
    *taps, deep, features = kernel.weights.shape
    if kernel.groups == 1:
        return kernel.weights
    each, found = features // kernel.groups, np.zeros((*taps, kernel.before[0], features), dtype=np.int64)
    for g in range(kernel.groups):
        own = slice(g * each, (g + 1) * each)
        found[:, :, g * deep : (g + 1) * deep, own] = kernel.weights[:, :, :, own]
    return found


def _side_by_side(places: np.ndarray) -> int:
    first = int(places[0])
    return first if first >= 0 and bool((places == first + np.arange(places.size)).all()) else -1


def arriving(form: Form, arrays: Sequence[jax.Array], spikes: jax.Array, neurons: int) -> jax.Array:
    """Compute what spikes (k, sources) uint8 bring, each row for itself: (k, neurons) int32."""
    import jax
    import jax.numpy as jnp

    if isinstance(form, Matrix):
        return multiplied(spikes, arrays[0])
    if isinstance(form, Window):
        return _convolved(form, arrays, spikes, neurons)
    source, post, weight = arrays
    terms = spikes.astype(jnp.int32).T[source] * weight[:, None]
    return jax.ops.segment_sum(terms, post, num_segments=neurons, indices_are_sorted=True).T


def multiplied(spikes: jax.Array, weights: jax.Array) -> jax.Array:
    """Multiply spikes (k, m) uint8 with weights as `weights_of` keeps them, (k, n) int32. Sums of high bytes may wrap,
    the result does not."""
    import jax
    import jax.numpy as jnp

    if weights.ndim == 2:
        rows = spikes.astype(jnp.float32)
        return jnp.matmul(rows, weights, precision=jax.lax.Precision.HIGHEST).astype(jnp.int32)
    rows = jnp.pad(spikes.astype(jnp.int8), ((0, 0), (0, weights.shape[1] - spikes.shape[1])))
    parts = [jnp.matmul(rows, one, preferred_element_type=jnp.int32) for one in weights]
    return sum((part << (8 * k) for k, part in enumerate(parts[1:], start=1)), parts[0])


def _convolved(form: Window, arrays: Sequence[jax.Array], spikes: jax.Array, neurons: int) -> jax.Array:
    import jax
    import jax.numpy as jnp

    weights, *places = arrays
    (height, width, channels), count = form.before, len(spikes)
    if form.first >= 0:
        seen = jax.lax.slice_in_dim(spikes, form.first, form.first + height * width * channels, axis=1)
    else:
        seen = _taken(spikes, places[0])
    windows = _windows(form, seen.reshape(count, height, width, channels))
    rows, columns, features = form.after
    if form.alone:
        each = features // channels
        terms = [
            jnp.repeat(window, each, axis=3).astype(jnp.int32) * weights[k]
            for k, window in enumerate(windows)
        ]
        sums = sum(terms[1:], terms[0])
    else:
        if more := weights.shape[-2] - len(windows) * channels:
            windows.append(jnp.zeros((count, rows, columns, more), jnp.uint8))
        sums = multiplied(jnp.concatenate(windows, axis=3).reshape(count * rows * columns, -1), weights)
    made = sums.reshape(count, -1)
    if form.to < 0:
        return _taken(made, places[-1])
    return jnp.pad(made, ((0, 0), (form.to, neurons - form.to - made.shape[1])))


def _windows(form: Window, seen: jax.Array) -> list[jax.Array]:
    """What each tap sees, (k, rows, columns, channels), tap by tap along rows."""
    import jax
    import jax.numpy as jnp

    (top, bottom), (left, right) = form.padding
    sides = ((0, 0, 0), (top, bottom, 0), (left, right, 0), (0, 0, 0))
    room = jax.lax.pad(seen, jnp.zeros((), seen.dtype), sides)
    found: list[jax.Array] = []
    for tap in product(range(form.taps[0]), range(form.taps[1])):
        start = [k * step for k, step in zip(tap, form.dilation, strict=True)]
        end = [
            at + (size - 1) * step + 1
            for at, size, step in zip(start, form.after[:2], form.stride, strict=True)
        ]
        limit = (len(seen), *end, seen.shape[3])
        found.append(jax.lax.slice(room, (0, *start, 0), limit, (1, *form.stride, 1)))
    return found


def _taken(rows: jax.Array, places: jax.Array) -> jax.Array:
    """Columns of rows, 0 where the place is -1."""
    import jax.numpy as jnp

    found = jnp.take(rows, jnp.maximum(places, 0), axis=1)
    return jnp.where(places >= 0, found, jnp.zeros((), rows.dtype))
