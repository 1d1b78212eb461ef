"""The stateless NIR nodes and Delay, in float32, on arrays whose first axis is any batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..diagnostic import DiagnosticError, error
from ..dialect.dialect import NodeDialect
from ..nir.path import stored_at
from ..nir.raw_graph import RawNode
from .neurons import parameter

if TYPE_CHECKING:
    import jax

Arrays = Mapping[str, np.ndarray]
Traced: TypeAlias = "Mapping[str, jax.Array]"
"""`Arrays` as the arguments of compiled code."""
Apply: TypeAlias = "Callable[[Traced, jax.Array], jax.Array]"
MAX_DELAY_STEPS = 1_000_000
KEPT = 64
"""Functions that are kept, compiled or to be compiled."""


@dataclass(frozen=True, kw_only=True)
class LinearMap:
    """A stateless node: apply(arrays, x) takes (N, *input shape) float32 to (N, *output shape) float32.

    Maps that differ in their arrays alone have the same function, so that they share what is compiled.
    `arrays` are its float32 weights, apart so that they are arguments and not constants of compiled code."""

    apply: Apply
    arrays: Arrays = field(default_factory=dict)


def linear_map(path: str, node: RawNode, dialect: NodeDialect) -> LinearMap:
    """What a stateless node computes; ports of graphs are the identity.

    Raises DiagnosticError: SPK0285 for parameters, SPK0287 for a node kind that NIR does not have."""
    if node.kind in ("Input", "Output"):
        return LinearMap(apply=_same)
    if node.kind in ("Linear", "Affine"):
        return _matrix(path, node)
    if node.kind in ("Scale", "Threshold"):
        return _elementwise(path, node, dialect)
    if node.kind in ("Conv1d", "Conv2d"):
        return _convolution(path, node, 1 if node.kind == "Conv1d" else 2)
    if node.kind in ("SumPool2d", "AvgPool2d"):
        return _pool(path, node)
    if node.kind == "Flatten":
        return _flatten(path, node, dialect)
    raise DiagnosticError(
        (error("SPK0287", f"NIR has no node of type `{node.kind}`", where=stored_at(path)),)
    )


def _rounded(path: str, node: RawNode, name: str, default: float | None = None) -> np.ndarray:
    """A parameter in 32 bits; what is too large for them is infinite, and so is what it makes."""
    with np.errstate(over="ignore"):
        return parameter(path, node, name, default).astype(np.float32)


def _same(_: Traced, x: jax.Array) -> jax.Array:
    return x


@lru_cache(maxsize=KEPT)
def compiled(apply: Apply) -> Callable[..., jax.Array]:
    """`apply` of a `LinearMap`, jitted: once for all maps that differ in their arrays alone."""
    import jax

    return jax.jit(apply)


def output_shape(path: str, kind: str, mapping: LinearMap, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Output shape for an input of `shape`, both without batch axis.

    Raises DiagnosticError (SPK0282) if the node cannot take it."""
    import jax

    try:
        out = jax.eval_shape(mapping.apply, mapping.arrays, jax.ShapeDtypeStruct((1, *shape), np.float32))
    except (TypeError, ValueError, IndexError) as problem:
        weights = "".join(f"; its {name} has shape {mapping.arrays[name].shape}" for name in mapping.arrays)
        message = f"this {kind} cannot take an input of shape {shape}{weights}"
        raise DiagnosticError((error("SPK0282", message, where=stored_at(path)),)) from problem
    return out.shape[1:]


def delay_steps(path: str, node: RawNode, shape: tuple[int, ...], dt_seconds: float) -> np.ndarray:
    """A Delay on an input of `shape` in time steps, int64 of that shape: rint(delay / dt).

    Raises DiagnosticError: SPK0282 for another shape, SPK0284 for a delay negative or not finite."""
    steps = np.rint(parameter(path, node, "delay") / dt_seconds)
    if not np.isfinite(steps).all() or (steps < 0).any() or (steps > MAX_DELAY_STEPS).any():
        message = f"a delay is negative, not finite or longer than {MAX_DELAY_STEPS} steps of {dt_seconds} s"
        raise DiagnosticError((error("SPK0284", message, where=stored_at(path)),))
    if steps.size != 1 and steps.shape != shape:
        message = f"this Delay has {steps.shape} delays for an input of shape {shape}"
        raise DiagnosticError((error("SPK0282", message, where=stored_at(path)),))
    return np.broadcast_to(steps.astype(np.int64), shape)


def delayed(x: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """x (T, B, ...) with each element `steps` steps later, zeros before the start."""
    steps = np.broadcast_to(steps, x.shape[2:])
    out = np.zeros_like(x)
    for lag in np.unique(steps).tolist():
        late = steps == lag
        if lag < len(x):
            out[lag:, :, late] = x[: len(x) - lag, :, late]
    return out


def integers(path: str, node: RawNode, name: str, count: int, default: int | None = None) -> tuple[int, ...]:
    """A parameter of `count` whole numbers, one stored number standing for all.

    Raises DiagnosticError (SPK0285)."""
    values = parameter(path, node, name, default).ravel()
    if not np.isfinite(values).all() or values.size not in (1, count) or (values != np.rint(values)).any():
        message = f"parameter `{name}` of {node.kind} must be {count} whole numbers"
        raise DiagnosticError((error("SPK0285", message, where=stored_at(path)),))
    return tuple(int(v) for v in np.broadcast_to(values, (count,)))


def _elementwise(path: str, node: RawNode, dialect: NodeDialect) -> LinearMap:
    name = "scale" if node.kind == "Scale" else "threshold"
    apply = _scales if node.kind == "Scale" else _is_over if dialect.fire == ">" else _reaches
    return LinearMap(apply=apply, arrays={name: _rounded(path, node, name)})


def _fitting(arrays: Traced, name: str, x: jax.Array) -> jax.Array:
    """Raises ValueError for an array that does not broadcast to x."""
    values = arrays[name]
    if np.broadcast_shapes(values.shape, x.shape[1:]) != x.shape[1:]:
        raise ValueError(f"{name} {values.shape} on {x.shape[1:]}")
    return values


def _scales(arrays: Traced, x: jax.Array) -> jax.Array:
    return x * _fitting(arrays, "scale", x)


def _is_over(arrays: Traced, x: jax.Array) -> jax.Array:
    return (x > _fitting(arrays, "threshold", x)).astype(np.float32)


def _reaches(arrays: Traced, x: jax.Array) -> jax.Array:
    return (x >= _fitting(arrays, "threshold", x)).astype(np.float32)


def _matrix(path: str, node: RawNode) -> LinearMap:
    names = ("weight", "bias") if node.kind == "Affine" else ("weight",)
    arrays = {name: _rounded(path, node, name) for name in names}
    return LinearMap(apply=_multiplied, arrays=arrays)


def _multiplied(arrays: Traced, x: jax.Array) -> jax.Array:
    import jax.numpy as jnp
    from jax.lax import Precision

    weight = arrays["weight"]
    if weight.ndim == 2:
        y = jnp.matmul(x, weight.T, precision=Precision.HIGHEST)
    else:
        y = jnp.einsum("...oi,n...i->n...o", weight, x, precision=Precision.HIGHEST)
    return y + arrays["bias"] if "bias" in arrays else y


def _convolution(path: str, node: RawNode, dims: int) -> LinearMap:
    weight = _rounded(path, node, "weight")
    bias = _rounded(path, node, "bias", 0.0)
    stride = integers(path, node, "stride", dims)
    dilation = integers(path, node, "dilation", dims)
    (groups,) = integers(path, node, "groups", 1)
    if _padding_word(node) == "same" and stride != (1,) * dims:
        raise DiagnosticError((error("SPK0285", "padding 'same' needs stride 1", where=stored_at(path)),))
    padding = tuple(_padding(path, node, weight.shape[2:], dilation))
    apply = _convolving(stride, padding, dilation, groups)
    return LinearMap(apply=apply, arrays={"weight": weight, "bias": bias})


@lru_cache(maxsize=KEPT)
def _convolving(
    stride: tuple[int, ...], padding: tuple[tuple[int, int], ...], dilation: tuple[int, ...], groups: int
) -> Apply:
    dims = len(stride)
    layout = ("NCH", "OIH", "NCH") if dims == 1 else ("NCHW", "OIHW", "NCHW")

    def apply(arrays: Traced, x: jax.Array) -> jax.Array:
        from jax.lax import Precision, conv_general_dilated

        y = conv_general_dilated(
            x, arrays["weight"], stride, padding, rhs_dilation=dilation, dimension_numbers=layout,
            feature_group_count=groups, precision=Precision.HIGHEST,
        )  # fmt: skip
        return y + arrays["bias"].reshape((-1,) + (1,) * dims)

    return apply


def _padding_word(node: RawNode) -> str | None:
    stored = node.params.get("padding")
    return stored if isinstance(stored, str) else None


def _padding(
    path: str, node: RawNode, kernel: tuple[int, ...], dilation: tuple[int, ...]
) -> list[tuple[int, int]]:
    """Zeros before and after, an axis each. 'same' puts the odd one after, as torch and XLA do."""
    stored = _padding_word(node)
    if stored == "valid":
        return [(0, 0)] * len(kernel)
    if stored == "same":
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    return [(p, p) for p in integers(path, node, "padding", len(kernel))]


def _pool(path: str, node: RawNode) -> LinearMap:
    kernel = integers(path, node, "kernel_size", 2)
    stride = integers(path, node, "stride", 2)
    padding = integers(path, node, "padding", 2)
    return LinearMap(apply=_pooling(kernel, stride, padding, node.kind == "AvgPool2d"))


@lru_cache(maxsize=KEPT)
def _pooling(
    kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], averages: bool
) -> Apply:
    around = [(0, 0), (0, 0), *((p, p) for p in padding)]
    size = np.float32(kernel[0] * kernel[1])

    def apply(_: Traced, x: jax.Array) -> jax.Array:
        from jax.lax import add, reduce_window

        total = reduce_window(x, np.float32(0), add, (1, 1, *kernel), (1, 1, *stride), around)
        return total / size if averages else total

    return apply


def _flatten(path: str, node: RawNode, dialect: NodeDialect) -> LinearMap:
    (start,) = integers(path, node, "start_dim", 1, default=1)
    (end,) = integers(path, node, "end_dim", 1, default=-1)
    return LinearMap(apply=_flattening(start, end, dialect.flatten == "HWC"))


@lru_cache(maxsize=KEPT)
def _flattening(start: int, end: int, channels_last: bool) -> Apply:
    def apply(_: Traced, x: jax.Array) -> jax.Array:
        shape = x.shape[1:]
        first, last = (axis + len(shape) if axis < 0 else axis for axis in (start, end))
        if not 0 <= first <= last < len(shape):
            raise ValueError(f"axes {start}..{end} of shape {shape}")
        if channels_last and len(shape) == 3 and (first, last) == (0, 2):
            x = x.transpose(0, 2, 3, 1)
            shape = x.shape[1:]
        middle = int(np.prod(shape[first : last + 1]))
        return x.reshape(x.shape[0], *shape[:first], middle, *shape[last + 1 :])

    return apply
