"""Reads a configuration back from `speck.json`, which may come from anyone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
import numpy as np

from ..documents import check, named, parsed, text_of
from ..layout import DecodeError
from ..machines.convolution import ConvolutionCore, Destination
from .attributes import FILE, FORMAT, encode
from .configuration import Readout, SpeckConfiguration
from .limits import violations
from .model import SpeckChip

MAX_BYTES = 1 << 26

Integer = Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)]
Natural = Annotated[int, msgspec.Meta(ge=0, le=1 << 16)]
Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 16)]
Weight = Annotated[int, msgspec.Meta(ge=-128, le=127)]
Core = Annotated[int, msgspec.Meta(ge=0, le=255)]


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Attributes x and y."""

    x: Natural
    y: Natural


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Attributes of a map's shape."""

    feature_count: Size
    size: Pair


class Dimensions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Attributes of a layer's sizes."""

    input_shape: Shape
    output_shape: Shape
    kernel_size: Size
    padding: Pair
    stride: Pair


class Sending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Attributes of one destination."""

    enable: bool
    layer: Core
    pooling: Size
    feature_shift: Natural


class Layer(msgspec.Struct, frozen=True):
    """The attributes that follow from nothing else; the others are compared when they are written again."""

    dimensions: Dimensions
    weights: list[list[list[list[Weight]]]]
    biases: list[Integer]
    threshold_high: Integer
    threshold_low: Integer
    return_to_zero: bool
    neurons_initial_value: list[list[list[Integer]]]
    monitor_enable: bool
    destinations: list[Sending]


class ReadoutTree(msgspec.Struct, frozen=True):
    """Attributes of the read-out block."""

    threshold: Integer
    output_mode_sel: Integer
    low_pass_filter_disable: bool


class Tree(msgspec.Struct, frozen=True):
    """Attributes of the whole configuration."""

    cnn_layers: list[msgspec.Raw]
    readout: ReadoutTree | None = None


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `speck.json`."""

    format: Literal["spikec-speck/1"]
    target: str
    input_cores: list[Core]
    single_spike: bool
    configuration: Tree


def decode(files: Mapping[str, bytes], chip: SpeckChip) -> SpeckConfiguration:
    """The configuration in `files`, of `chip`; only `speck.json` has to be there.

    Raises DecodeError for anything that `encode` does not write, and for what the chip cannot hold."""
    configuration = _read(text_of(files, FILE, MAX_BYTES), chip)
    check(configuration, chip, files, FILE, violations, encode)
    return configuration


def _read(text: bytes, chip: SpeckChip) -> SpeckConfiguration:
    document = parsed(text, FILE, FORMAT, Document)
    layers = [_layer(raw) for raw in document.configuration.cnn_layers]
    named(document.target, chip.name, FILE)
    if len(layers) != chip.cores.count:
        raise DecodeError(FILE, -1, f"{len(layers)} cores; {chip.title} has {chip.cores.count}")
    used = [(number, layer) for number, layer in enumerate(layers) if layer is not None]
    readout = document.configuration.readout
    return SpeckConfiguration(
        cores=tuple(_core(number, layer) for number, layer in used),
        input_cores=tuple(document.input_cores),
        monitored=tuple(number for number, layer in used if layer.monitor_enable),
        readout=None if readout is None else _readout(readout),
        single_spike=document.single_spike,
    )


def _layer(raw: msgspec.Raw) -> Layer | None:
    return None if bytes(raw) == b"{}" else parsed(bytes(raw), FILE, FORMAT, Layer)


def _core(number: int, layer: Layer) -> ConvolutionCore:
    d = layer.dimensions
    shape, place = d.input_shape, f"cnn_layers[{number}]"
    return ConvolutionCore(
        core=number,
        input_shape=(shape.feature_count, shape.size.y, shape.size.x),
        kernel=_array(layer.weights, 4, f"{place}.weights").transpose(0, 1, 3, 2).astype(np.int8),
        bias=np.array(layer.biases, dtype=np.int64),
        initial_v=_array(layer.neurons_initial_value, 3, f"{place}.neurons_initial_value").transpose(0, 2, 1),
        threshold=layer.threshold_high,
        low_threshold=layer.threshold_low,
        reset_to_zero=layer.return_to_zero,
        stride=(d.stride.y, d.stride.x),
        padding=(d.padding.y, d.padding.x),
        destinations=tuple(
            Destination(core=s.layer, pooling=s.pooling, channel_shift=s.feature_shift)
            for s in layer.destinations
            if s.enable
        ),
    )


def _array(rows: object, ndim: int, place: str) -> np.ndarray:
    try:
        array = np.array(rows, dtype=np.int64)
    except ValueError as problem:
        raise DecodeError(FILE, -1, f"{place} has lists of several lengths") from problem
    if array.ndim != ndim:
        raise DecodeError(FILE, -1, f"{place} has an empty list")
    return array


def _readout(tree: ReadoutTree) -> Readout:
    return Readout(
        threshold=tree.threshold,
        output_mode=tree.output_mode_sel,
        low_pass_filter_disable=tree.low_pass_filter_disable,
    )
