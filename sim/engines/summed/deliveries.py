"""What spikes bring to a stage in JAX: as a product with a matrix, as a convolution, or synapse by synapse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from ..delivery.sum import Group
from ..padding import padded, rounded_up
from .places import Convolution, Places, convolutions

if TYPE_CHECKING:
    import jax


class Matrix(NamedTuple):
    """One product; arrays: (sources, neurons) float32."""


class Listed(NamedTuple):
    """Synapses one by one, so many, rounded up; arrays: source, post, weight int32, sorted by post."""

    synapses: int


class Window(NamedTuple):
    """A convolution; arrays: weights (rows, columns, channels of a group, features) float32, and the places of what it
    takes and of what it gives, where these are not side by side. before, after: rows, columns, channels. first, to: the
    first place where they are side by side, else -1."""

    before: tuple[int, int, int]
    after: tuple[int, int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int
    first: int
    to: int


Form: TypeAlias = Matrix | Listed | Window
"""What compiled code depends on."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Some of the synapses onto a stage, of one latency."""

    latency: int
    form: Form
    arrays: tuple[np.ndarray, ...]

    @property
    def bytes_a_step(self) -> int:
        """What computing it fills for each step of a sample, beside its result."""
        match self.form:
            case Matrix():
                return 4 * self.arrays[0].shape[0]
            case Listed(synapses):
                return 4 * synapses
            case Window(before=before, after=after):
                return 4 * (before[0] * before[1] * before[2] + after[0] * after[1] * after[2])


def deliveries(group: Group, neurons: int, before: Places, after: Places) -> list[Delivery]:
    """Say how the synapses of a group are delivered. neurons: of the stage, rounded up. before, after: where feature
    maps lie in the stage that it comes from, and in that which it goes to."""
    if group.dense is not None:
        matrix = padded(group.dense, (rounded_up(group.dense.shape[0]), neurons))
        return [Delivery(latency=group.latency, form=Matrix(), arrays=(matrix,))]
    found, left = convolutions(group, before, after)
    made = [_window(one, group.latency, neurons) for one in found]
    return [*made, _listed(left, neurons)] if left.post.size else made


def _listed(group: Group, neurons: int) -> Delivery:
    """Synapses that are added weigh 0 and come last."""
    room = (rounded_up(group.post.size),)
    post = padded(group.post, room, fill=neurons - 1)
    arrays = padded(group.source, room), post, padded(group.weight, room)
    return Delivery(latency=group.latency, form=Listed(room[0]), arrays=arrays)


def _window(found: Convolution, latency: int, neurons: int) -> Delivery:
    kernel = found.kernel
    source, post = found.source.ravel(), found.post.ravel()
    first, to = _side_by_side(source), _side_by_side(post)
    arrays: list[np.ndarray] = [kernel.weights.astype(np.float32)]
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
        stride=kernel.stride,
        padding=kernel.padding,
        dilation=kernel.dilation,
        groups=kernel.groups,
        first=first,
        to=to,
    )
    return Delivery(latency=latency, form=form, arrays=tuple(arrays))


def _side_by_side(places: np.ndarray) -> int:
    first = int(places[0])
    return first if first >= 0 and bool((places == first + np.arange(places.size)).all()) else -1


def arriving(form: Form, arrays: Sequence[jax.Array], spikes: jax.Array, neurons: int) -> jax.Array:
    """Compute what spikes (k, sources) uint8 bring, each row for itself: (k, neurons) int32."""
    import jax
    import jax.numpy as jnp

    if isinstance(form, Matrix):
        product = jnp.matmul(spikes.astype(jnp.float32), arrays[0], precision=jax.lax.Precision.HIGHEST)
        return product.astype(jnp.int32)
    if isinstance(form, Window):
        return _convolved(form, arrays, spikes, neurons)
    source, post, weight = arrays
    terms = spikes.astype(jnp.int32)[:, source] * weight
    return jax.vmap(
        lambda row: jax.ops.segment_sum(row, post, num_segments=neurons, indices_are_sorted=True)
    )(terms)


def _convolved(form: Window, arrays: Sequence[jax.Array], spikes: jax.Array, neurons: int) -> jax.Array:
    import jax
    import jax.numpy as jnp

    weights, *places = arrays
    count, size = len(spikes), form.before[0] * form.before[1] * form.before[2]
    if form.first >= 0:
        seen = jax.lax.slice_in_dim(spikes, form.first, form.first + size, axis=1)
    else:
        seen = _taken(spikes, places[0])
    sums = jax.lax.conv_general_dilated(
        seen.reshape(count, *form.before).astype(jnp.float32),
        weights,
        form.stride,
        form.padding,
        rhs_dilation=form.dilation,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=form.groups,
        precision=jax.lax.Precision.HIGHEST,
    )
    made = sums.astype(jnp.int32).reshape(count, -1)
    if form.to < 0:
        return _taken(made, places[-1])
    return jnp.pad(made, ((0, 0), (form.to, neurons - form.to - made.shape[1])))


def _taken(rows: jax.Array, places: jax.Array) -> jax.Array:
    """Columns of rows, 0 where the place is -1."""
    import jax.numpy as jnp

    found = jnp.take(rows, jnp.maximum(places, 0), axis=1)
    return jnp.where(places >= 0, found, jnp.zeros((), rows.dtype))
