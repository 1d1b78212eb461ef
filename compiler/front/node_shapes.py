"""Infers what one NIR primitive does to a shape, and brings its parameters to normal form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...sim.diagnostic import Diagnostic, error, note
from ...sim.nir.path import shown, stored_at
from ..ir.network import FlatNode

Shape = tuple[int, ...]
SPATIAL_AXES: Mapping[str, int] = {"Conv1d": 1, "Conv2d": 2, "SumPool2d": 2, "AvgPool2d": 2}
ELEMENTWISE: Mapping[str, Mapping[str, float]] = {
    "Scale": {},
    "Delay": {},
    "Threshold": {},
    "I": {},
    "IF": {"v_reset": 0.0},
    "LI": {},
    "LIF": {"v_reset": 0.0},
    "CubaLI": {"w_in": 1.0},
    "CubaLIF": {"v_reset": 0.0, "w_in": 1.0},
}
"""Kinds whose parameters have one value an element, with NIR's value for those that a file may leave out."""
LARGEST_SHAPE = 1 << 28


@dataclass
class ShapeFault(Exception):
    """Raised for one error of one node; `infer_shapes` turns it into a finding and goes on with the other nodes."""

    diagnostic: Diagnostic


def resolve(node: FlatNode, arriving: Shape, source: str, diagnostics: list[Diagnostic]) -> FlatNode:
    """Resolve a node. `node` with its shapes and normal parameters, given that `source` brings it the shape
    `arriving`.

    Raises ShapeFault; notes go to `diagnostics`."""
    if node.kind in ELEMENTWISE:
        resolved = _elementwise(node, arriving, source, diagnostics)
    elif node.kind in {"Linear", "Affine"}:
        resolved = _linear(node, arriving, source, diagnostics)
    elif node.kind in {"Conv1d", "Conv2d"}:
        resolved = _convolution(node, arriving, source, diagnostics)
    elif node.kind in {"SumPool2d", "AvgPool2d"}:
        resolved = _pool(node, arriving, source)
    elif node.kind == "Flatten":
        resolved = _flatten(node, arriving, source, diagnostics)
    else:
        resolved = _output(node, arriving, source, diagnostics)
    if 0 in (resolved.output_shape or ()):
        raise _fault(node, "SPK0212", f"it gives shape {resolved.output_shape}, which has no elements")
    _check_size(node, resolved.output_shape or ())
    return resolved


def resolve_input(node: FlatNode, wanted_axes: int | None, diagnostics: list[Diagnostic]) -> FlatNode:
    """Resolve an Input node; leading axes of 1 that its consumers do not have (a batch that was kept) are dropped."""
    shape = stored_shape(node, "shape")
    if shape is None:
        raise _fault(
            node, "SPK0211", "its shape is stored as (), and nothing behind it tells which it is", "shape"
        )
    if any(n < 1 for n in shape):
        raise _fault(node, "SPK0212", f"an axis of shape {shape} is not positive", "shape")
    _check_size(node, shape)
    kept = shape
    while wanted_axes is not None and len(kept) > max(wanted_axes, 1) and kept[:1] == (1,):
        kept = kept[1:]
    if kept != shape:
        diagnostics.append(_dropped(node, "shape", shape, kept))
    return replace(node, params={}, input_shape=kept, output_shape=kept)


def expected_input(node: FlatNode) -> Shape | None:
    """Return the input shape that the parameters of `node` alone fix; None where they do not."""
    if node.kind in ELEMENTWISE:
        arrays = [_array(node, name) for name in sorted(node.params)]
        shapes = [array.shape for array in arrays if array.size > 1]
        return max(shapes, key=len, default=None)
    if node.kind in {"Linear", "Affine"}:
        weight = _array(node, "weight")
        return (*weight.shape[:-2], weight.shape[-1]) if weight.ndim >= 2 else None
    if node.kind == "Flatten":
        return hinted_shape(node, "input_type")
    if node.kind in {"Conv1d", "Conv2d"}:
        axes, hint = SPATIAL_AXES[node.kind], hinted_shape(node, "input_shape")
        weight = _array(node, "weight")
        if hint is not None and len(hint) >= axes and weight.ndim == axes + 2:
            return (weight.shape[1] * _integers(node, "groups", 1)[0], *hint[-axes:])
    return None


def wanted_axes(node: FlatNode) -> int | None:
    """Count the axes of the input of `node`, where its kind or parameters say so."""
    if node.kind in SPATIAL_AXES:
        return SPATIAL_AXES[node.kind] + 1
    expected = expected_input(node)
    if node.kind == "Flatten" and expected is not None:
        kept = len(expected) - _batch_axes(node, expected)
        return kept if kept < len(expected) else None
    return None if expected is None else len(expected)


def _batch_axes(node: FlatNode, stored: Shape) -> int:
    """Leading axes of 1 before the first that a Flatten flattens: a batch that was kept, which it passes on."""
    start, _ = flatten_axes(node)
    ones = next((k for k, n in enumerate(stored) if n != 1), len(stored))
    return min(ones, start) if start > 0 else 0


def stored_shape(node: FlatNode, name: str) -> Shape | None:
    """Read a parameter that is a shape (`shape`, `input_type`, `input_shape`); a scalar is a shape of one axis. None
    where the file leaves it open: not stored, or of no axes."""
    shape = tuple(int(n) for n in _array(node, name).ravel()) if name in node.params else ()
    return shape or None


def hinted_shape(node: FlatNode, name: str) -> Shape | None:
    """The same of a shape that other nodes tell as well: one with an axis below 1 (-1: any size) tells nothing."""
    shape = stored_shape(node, name)
    return shape if shape is not None and min(shape) >= 1 else None


def _elementwise(node: FlatNode, arriving: Shape, source: str, diagnostics: list[Diagnostic]) -> FlatNode:
    defaults = ELEMENTWISE[node.kind]
    values = {name: _array(node, name) for name in node.params}
    shapes = sorted({value.shape for value in values.values() if value.size > 1})
    if len({_stripped(shape) for shape in shapes}) > 1 and not _all_fit(shapes, arriving):
        listed = ", ".join(f"{name} {value.shape}" for name, value in sorted(values.items()))
        raise _fault(node, "SPK0213", f"its parameters have different shapes: {listed}")
    params: dict[str, object] = {}
    for name, value in sorted(values.items()):
        fitting = value.reshape(()) if value.size == 1 else _without_leading(value, len(arriving))
        if fitting.size != 1 and not _all_fit([fitting.shape], arriving):
            raise _mismatch(node, source, arriving, f"its {name} has shape {value.shape}", name)
        if value.size > 1 and fitting.ndim != value.ndim:
            diagnostics.append(_dropped(node, name, value.shape, fitting.shape))
        params[name] = _read_only(np.broadcast_to(fitting.astype(np.float64), arriving))
    for name, default in defaults.items():
        if name not in params:
            params[name] = _read_only(np.broadcast_to(np.float64(default), arriving))
    return replace(node, params=params, input_shape=arriving, output_shape=arriving)


def _all_fit(shapes: list[Shape], onto: Shape) -> bool:
    """Equal rank and every axis equal or 1: (C, 1, 1) fits (C, H, W), (C,) does not: it could mean W."""
    return all(
        len(shape) == len(onto) and all(n in (1, m) for n, m in zip(shape, onto, strict=True))
        for shape in shapes
    )


def _linear(node: FlatNode, arriving: Shape, source: str, diagnostics: list[Diagnostic]) -> FlatNode:
    weight = _array(node, "weight").astype(np.float64, copy=False)
    if weight.ndim < 2:
        raise _fault(node, "SPK0213", f"weight has shape {weight.shape}; it needs (..., out, in)", "weight")
    expected = (*weight.shape[:-2], weight.shape[-1])
    if weight.ndim == 2:
        fits, output = arriving[-1:] == expected, (*arriving[:-1], weight.shape[0])
    else:
        fits, output = arriving == expected, weight.shape[:-1]
    if not fits:
        raise _mismatch(node, source, arriving, f"its weight {weight.shape} takes {expected}", "weight")
    params: dict[str, object] = {"weight": _read_only(weight)}
    if node.kind == "Affine":
        params["bias"] = _bias(node, weight.shape[:-1], diagnostics)
    return replace(node, params=params, input_shape=arriving, output_shape=output)


def _bias(node: FlatNode, shape: Shape, diagnostics: list[Diagnostic]) -> np.ndarray:
    stored = _array(node, "bias").astype(np.float64)
    bias = stored.reshape(()) if stored.size == 1 else _without_leading(stored, len(shape))
    if bias.size != 1 and bias.shape != shape and bias.shape != shape[-1:]:
        raise _fault(node, "SPK0213", f"bias has shape {stored.shape}, the weight asks for {shape}", "bias")
    if stored.size > 1 and bias.ndim != stored.ndim:
        diagnostics.append(_dropped(node, "bias", stored.shape, bias.shape))
    return _read_only(np.broadcast_to(bias, shape))


def _convolution(node: FlatNode, arriving: Shape, source: str, diagnostics: list[Diagnostic]) -> FlatNode:
    axes = SPATIAL_AXES[node.kind]
    weight = _array(node, "weight").astype(np.float64, copy=False)
    if weight.ndim != axes + 2:
        raise _fault(node, "SPK0213", f"weight has shape {weight.shape}; it needs {axes + 2} axes", "weight")
    groups = _positive(node, "groups", 1)[0]
    stride, dilation = _positive(node, "stride", axes), _positive(node, "dilation", axes)
    if weight.shape[0] % groups:
        raise _fault(
            node, "SPK0212", f"{weight.shape[0]} output channels do not divide into {groups} groups", "groups"
        )
    channels = weight.shape[1] * groups
    if len(arriving) != axes + 1 or arriving[0] != channels:
        shape = f"({channels}, {'length' if axes == 1 else 'height, width'})"
        raise _mismatch(
            node, source, arriving, f"its weight {weight.shape} and {groups} groups take {shape}", "weight"
        )
    hint = hinted_shape(node, "input_shape")
    if hint is not None and hint[-axes:] != arriving[1:]:
        raise _mismatch(node, source, arriving, f"its input_shape is {hint}", "input_shape")
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True))
    padding = _convolution_padding(node, stride, reach)
    output = (weight.shape[0], *_windows(node, arriving[1:], reach, stride, padding))
    params: dict[str, object] = {
        "weight": _read_only(weight),
        "bias": _bias(node, weight.shape[:1], diagnostics),
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }
    return replace(node, params=params, input_shape=arriving, output_shape=output)


def _convolution_padding(node: FlatNode, stride: Shape, reach: Shape) -> tuple[tuple[int, int], ...]:
    asked = node.params["padding"]
    if isinstance(asked, str) and asked == "valid":
        return ((0, 0),) * len(reach)
    if isinstance(asked, str):
        if set(stride) != {1}:
            raise _fault(node, "SPK0212", f"padding 'same' needs stride 1; the stride is {stride}", "padding")
        return tuple(((r - 1) // 2, (r - 1) - (r - 1) // 2) for r in reach)
    return tuple((n, n) for n in _not_negative(node, "padding", len(reach)))


def _pool(node: FlatNode, arriving: Shape, source: str) -> FlatNode:
    if len(arriving) != 3:
        raise _mismatch(node, source, arriving, f"{node.kind} takes (channels, height, width)")
    kernel, stride = _positive(node, "kernel_size", 2), _positive(node, "stride", 2)
    padding = tuple((n, n) for n in _not_negative(node, "padding", 2))
    output = (arriving[0], *_windows(node, arriving[1:], kernel, stride, padding))
    params: dict[str, object] = {"kernel_size": kernel, "stride": stride, "padding": padding}
    return replace(node, params=params, input_shape=arriving, output_shape=output)


def _windows(
    node: FlatNode, size: Shape, reach: Shape, stride: Shape, padding: tuple[tuple[int, int], ...]
) -> Shape:
    """How many windows of `reach` fit on each padded axis."""
    padded = tuple(n + low + high for n, (low, high) in zip(size, padding, strict=True))
    count = tuple((n - r) // s + 1 for n, r, s in zip(padded, reach, stride, strict=True))
    if any(n < 1 for n in count) or any(r < 1 for r in reach):
        raise _fault(node, "SPK0212", f"a window of {reach} does not fit into the padded input {padded}")
    return count


def _flatten(node: FlatNode, arriving: Shape, source: str, diagnostics: list[Diagnostic]) -> FlatNode:
    stored = hinted_shape(node, "input_type")
    extra = 0
    if stored is not None and stored != arriving:
        extra = len(stored) - len(arriving)
        if extra <= 0 or stored[extra:] != arriving or set(stored[:extra]) != {1}:
            raise _mismatch(node, source, arriving, f"its input_type is {stored}", "input_type")
        diagnostics.append(_dropped(node, "input_type", stored, arriving))
    axes = len(arriving) + extra
    start, end = flatten_axes(node)
    if not (-axes <= start < axes and -axes <= end < axes):
        raise _fault(
            node, "SPK0212", f"axes {start} to {end} do not exist in an input of {axes} axes", "start_dim"
        )
    first, last = max(start % axes - extra, 0), max(end % axes - extra, 0)
    if first > last:
        raise _fault(node, "SPK0212", f"start_dim {start} comes after end_dim {end}", "start_dim")
    params: dict[str, object] = {"start_dim": first, "end_dim": last}
    return replace(node, params=params, input_shape=arriving, output_shape=flattened(arriving, first, last))


def flatten_axes(node: FlatNode) -> tuple[int, int]:
    """The first and the last axis that a Flatten flattens, as stored: negative ones count from the end."""
    start = _integers(node, "start_dim", 1)[0] if "start_dim" in node.params else 1
    end = _integers(node, "end_dim", 1)[0] if "end_dim" in node.params else -1
    return start, end


def flattened(shape: Shape, start: int, end: int) -> Shape | None:
    """A shape with axes `start` to `end` in one; None where there are no such axes."""
    axes = len(shape)
    first, last = start + axes * (start < 0), end + axes * (end < 0)
    if not 0 <= first <= last < axes:
        return None
    return (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])


def _output(node: FlatNode, arriving: Shape, source: str, diagnostics: list[Diagnostic]) -> FlatNode:
    stored = stored_shape(node, "shape")
    if stored is None and "shape" in node.params:
        message = f"its shape is stored as (): it takes that of `{shown(source)}`, {arriving}"
        diagnostics.append(note("SPK0222", message, where=stored_at(node.path, "shape")))
    if stored is not None and stored != arriving:
        extra = len(stored) - len(arriving)
        if extra <= 0 or stored[extra:] != arriving or set(stored[:extra]) != {1}:
            raise _mismatch(node, source, arriving, f"its shape is {stored}", "shape")
        diagnostics.append(_dropped(node, "shape", stored, arriving))
    return replace(node, params={}, input_shape=arriving, output_shape=arriving)


def _array(node: FlatNode, name: str) -> np.ndarray:
    value = node.params[name]
    return value if isinstance(value, np.ndarray) else np.asarray(value)


def _integers(node: FlatNode, name: str, count: int) -> Shape:
    values = tuple(int(n) for n in _array(node, name).ravel())
    if len(values) not in {1, count}:
        raise _fault(node, "SPK0212", f"{name} has {len(values)} values; it needs 1 or {count}", name)
    return values * count if len(values) == 1 else values


def _positive(node: FlatNode, name: str, count: int) -> Shape:
    values = _integers(node, name, count)
    if min(values) < 1:
        raise _fault(node, "SPK0212", f"{name} is {values}; it must be positive", name)
    return values


def _not_negative(node: FlatNode, name: str, count: int) -> Shape:
    values = _integers(node, name, count)
    if min(values) < 0:
        raise _fault(node, "SPK0212", f"{name} is {values}; it must not be negative", name)
    return values


def _check_size(node: FlatNode, shape: Shape) -> None:
    if math.prod(shape) > LARGEST_SHAPE:
        raise _fault(node, "SPK0212", f"shape {shape} has more than {LARGEST_SHAPE} elements")


def _stripped(shape: Shape) -> Shape:
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    return shape


def _without_leading(value: np.ndarray, axes: int) -> np.ndarray:
    """`value` less leading axes of 1, as far as it has more than `axes` of them."""
    while value.ndim > axes and value.shape[0] == 1:
        value = value[0]
    return value


def _read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def _fault(node: FlatNode, code: str, message: str, name: str = "") -> ShapeFault:
    return ShapeFault(error(code, message, where=stored_at(node.path, name)))


def _mismatch(node: FlatNode, source: str, arriving: Shape, expected: str, name: str = "") -> ShapeFault:
    message = f"`{source}` gives shape {arriving}, but {expected}"
    return ShapeFault(error("SPK0210", message, where=stored_at(node.path, name)))


def _dropped(node: FlatNode, name: str, stored: Shape, kept: Shape) -> Diagnostic:
    message = f"leading axes of 1 are dropped: {stored} is read as {kept}"
    return note("SPK0214", message, where=stored_at(node.path, name))
